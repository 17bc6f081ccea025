package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// TestFilesOfUsersLoad protects the files that people already have: they load
// without a change. COMPAT_CONFIGS names a folder with such files.
func TestFilesOfUsersLoad(t *testing.T) {
	folder := os.Getenv("COMPAT_CONFIGS")
	if folder == "" {
		t.Skip("COMPAT_CONFIGS names no folder with configurations of users")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			loaded, err := config.Load([]string{file}, config.WithLookup(variablesOf(t, file)))
			require.NoError(t, err)
			requireConsistent(t, loaded)
			for _, warning := range loaded.Warnings {
				t.Log(warning)
			}
		})
	}
	all := func(name string) (string, bool) { return valueFor(name), true }
	_, err = config.Load([]string{folder}, config.WithLookup(all))
	require.NoError(t, err, "all files are one configuration")
}

// variablesOf sets exactly the variables that the file names.
func variablesOf(t *testing.T, file string) func(string) (string, bool) {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	set := make(map[string]bool)
	for _, match := range regexp.MustCompile(`\$\{([^}:]+)`).FindAllStringSubmatch(string(data), -1) {
		set[match[1]] = true
	}
	return func(name string) (string, bool) { return valueFor(name), set[name] }
}

func valueFor(name string) string {
	if strings.HasSuffix(name, "URL") {
		return "https://service.example.com"
	}
	return "value"
}
