package configs_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/configs"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// variables are those that a file cannot do without.
var variables = map[string]string{
	"MCPFUSION_DEMO_URL": "http://127.0.0.1:4444",
	"MS365_CLIENT_ID":    "client", "GOOGLE_CLIENT_ID": "client", "GOOGLE_CLIENT_SECRET": "secret",
}

func lookup(name string) (string, bool) {
	value, set := variables[name]
	return value, set
}

// shipped are the configurations of this folder.
func shipped(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.json")
	require.NoError(t, err)
	files = slices.DeleteFunc(files, func(name string) bool { return name == "schema.json" })
	require.NotEmpty(t, files)
	return files
}

// What is shipped is an example: it shows no loose habit.
func TestShippedFilesLoadWithoutWarning(t *testing.T) {
	for _, file := range shipped(t) {
		t.Run(file, func(t *testing.T) {
			loaded, err := config.Load([]string{file}, config.WithLookup(lookup))
			require.NoError(t, err)
			require.Empty(t, loaded.Warnings)
			requireDescriptions(t, loaded)
		})
	}
}

func TestShippedFilesAreOneConfiguration(t *testing.T) {
	_, err := config.Load([]string{"."}, config.WithLookup(lookup))
	require.NoError(t, err)
}

// Mail is written for people to send: no tool of these services sends it.
func TestMailIsNeverSent(t *testing.T) {
	for _, file := range []string{"microsoft365.json", "google-workspace.json"} {
		loaded, err := config.Load([]string{file}, config.WithLookup(lookup))
		require.NoError(t, err)
		for _, e := range loaded.Services[0].Endpoints {
			require.NotRegexp(t, `(?i)/(send|sendMail|reply|replyAll|forward)$`, e.Path)
		}
		require.NotContains(t, string(read(t, file)), "Mail.Send")
	}
}

func TestEditorsFindTheSchema(t *testing.T) {
	for _, file := range shipped(t) {
		if file == "demo.json" {
			continue // it is embedded, far from any schema
		}
		require.Contains(t, string(read(t, file)), "\n  \"$schema\": \"./schema.json\",\n", file)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return data
}

// A model knows a tool only by what it reads.
func requireDescriptions(t *testing.T, loaded *config.Config) {
	for _, s := range loaded.Services {
		for _, e := range s.Endpoints {
			require.NotEmpty(t, e.Description, e.ToolName)
			for _, p := range e.Parameters {
				require.NotEmpty(t, p.Description, "%s: %s", e.ToolName, p.Name)
			}
		}
	}
}

func TestDemoShowsEachPlaceOfAParameter(t *testing.T) {
	loaded, err := config.Parse("demo.json", configs.Demo, config.WithLookup(lookup))
	require.NoError(t, err)
	require.Len(t, loaded.Services, 1)
	require.GreaterOrEqual(t, len(loaded.Services[0].Endpoints), 8)
	require.Equal(t, "http://127.0.0.1:4444", loaded.Services[0].BaseURL.String())
	places := make(map[config.Location]int)
	for _, e := range loaded.Services[0].Endpoints {
		for _, p := range e.Parameters {
			places[p.Location]++
		}
	}
	for _, place := range []config.Location{config.InPath, config.InQuery, config.InHeader, config.InBody} {
		require.Positive(t, places[place], place)
	}
}
