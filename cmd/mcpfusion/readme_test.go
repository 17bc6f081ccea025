package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadmeExampleLoadsWithoutAWarning(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(readme, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		code, stdout, stderr := once(t, hermetic(t, "TICKETS_TOKEN=x"), "check", writeFile(t, string(block[1])))
		require.Equal(t, exitDone, code, stderr)
		require.Contains(t, stdout, "1 services, 1 tools, 0 warnings")
	}
}

func TestReadmeCallsEndpointsThatExist(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	calls := regexp.MustCompile(`/api/(\w+)/(\w+)`).FindAllSubmatch(readme, -1)
	require.NotEmpty(t, calls)
	for _, call := range calls {
		config, err := os.ReadFile("../../configs/" + string(call[1]) + ".json")
		require.NoError(t, err)
		require.Contains(t, string(config), `"id": "`+string(call[2])+`"`)
	}
}
