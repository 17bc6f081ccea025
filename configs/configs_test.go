package configs_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/configs"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

func demoAddress(name string) (string, bool) {
	return "http://127.0.0.1:4444", name == "MCPFUSION_DEMO_URL"
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
			loaded, err := config.Load([]string{file}, config.WithLookup(demoAddress))
			require.NoError(t, err)
			require.Empty(t, loaded.Warnings)
			requireDescriptions(t, loaded)
		})
	}
}

func TestShippedFilesAreOneConfiguration(t *testing.T) {
	_, err := config.Load([]string{"."}, config.WithLookup(demoAddress))
	require.NoError(t, err)
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
	loaded, err := config.Parse("demo.json", configs.Demo, config.WithLookup(demoAddress))
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
