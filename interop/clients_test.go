package interop

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

type toolResult struct {
	IsError bool
	Content []struct{ Type, Text string }
}

// seen is what a client script prints.
type seen struct {
	Version         string
	Tools           []string
	Called, Refused toolResult
}

func TestTypeScriptClientsListAndCall(t *testing.T) {
	url, token := start(t)
	for name, c := range map[string]struct {
		script, insist, version string
	}{
		"SDK 1, newest version it knows": {"legacy.mjs", "", "2025-11-25"},
		"client 2, handshake":            {"modern.mjs", "legacy", "2025-11-25"},
		"client 2, stateless":            {"modern.mjs", "2026-07-28", "2026-07-28"},
	} {
		t.Run(name, func(t *testing.T) {
			var saw seen
			out := runNode(t, c.script, url+"/mcp", token, c.insist)
			require.NoError(t, json.Unmarshal(out, &saw), string(out))
			require.Equal(t, c.version, saw.Version)
			require.ElementsMatch(t, []string{"bin_get", "connections", "read_more", "test_error_handling", "test_simple_text"}, saw.Tools)
			requireEcho(t, saw.Called, token[:8])
			require.True(t, saw.Refused.IsError)
			require.Contains(t, saw.Refused.Content[0].Text, "value")
		})
	}
}

// requireEcho checks that go-httpbin received the value.
func requireEcho(t *testing.T, result toolResult, value string) {
	t.Helper()
	require.False(t, result.IsError)
	require.NotEmpty(t, result.Content)
	var echo struct{ Args map[string][]string }
	require.NoError(t, json.Unmarshal([]byte(result.Content[0].Text), &echo))
	require.Equal(t, []string{value}, echo.Args["value"])
}

const inspector = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"

func TestInspectorListsAndCalls(t *testing.T) {
	url, token := start(t)
	run := func(args ...string) []byte {
		return runNode(t, append([]string{inspector, "--cli", url + "/mcp", "--transport", "http", "--header", "Authorization: Bearer " + token}, args...)...)
	}
	var list struct{ Tools []struct{ Name string } }
	require.NoError(t, json.Unmarshal(run("--method", "tools/list", "--strict"), &list))
	require.Len(t, list.Tools, 5, "with connections and read_more")
	var called toolResult
	require.NoError(t, json.Unmarshal(run("--method", "tools/call", "--tool-name", "bin_get", "--tool-arg", "value=x"), &called))
	requireEcho(t, called, "x")
}
