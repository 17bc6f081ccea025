package config_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

var update = flag.Bool("update", false, "write the findings into the testdata, for review")

// variables are set in every case; their values must never be printed.
var variables = map[string]string{
	"URL": "https://canary.example.com/v1", "SECRET": "canary value", "EMPTY": "", "NUMBER": "71",
	"BAD_URL": "canary://[", "BRACES": "canary{",
}

func lookup(name string) (string, bool) {
	value, set := variables[name]
	return value, set
}

// TestFindings protects what people read when a file is wrong. Each archive
// in testdata has a frame and cases; a case stands for the line @@ of the
// frame, so its own first line is as far down as the marker. A case whose
// name ends in "!" stands alone. The file NAME.want has the problems and
// warnings, one a line, "ok" when there is none.
func TestFindings(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { checkArchive(t, name) })
	}
}

func checkArchive(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	require.NoError(t, err)
	frame, want := "", make(map[string]string)
	for _, f := range archive.Files {
		if f.Name == "frame" {
			frame = string(f.Data)
		} else if strings.HasSuffix(f.Name, ".want") {
			want[strings.TrimSuffix(f.Name, ".want")] = string(f.Data)
		}
	}
	rewritten := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if strings.HasSuffix(f.Name, ".want") {
			continue
		}
		rewritten.Files = append(rewritten.Files, f)
		if f.Name == "frame" {
			continue
		}
		got := findingsOf(framed(frame, f))
		rewritten.Files = append(rewritten.Files, txtar.File{Name: f.Name + ".want", Data: []byte(got)})
		if !*update {
			t.Run(f.Name, func(t *testing.T) { require.Equal(t, want[f.Name], got) })
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(name, txtar.Format(rewritten), 0o600))
	}
}

func framed(frame string, f txtar.File) []byte {
	if strings.HasSuffix(f.Name, "!") {
		return f.Data
	}
	return []byte(strings.Replace(frame, "@@\n", string(f.Data), 1))
}

// findingsOf reads a document with and without its warnings being all there
// is: warnings of a file with problems are not returned.
func findingsOf(data []byte) string {
	loaded, err := config.Parse("f", data, config.WithLookup(lookup))
	var lines []string
	var failed *config.Error
	switch {
	case errors.As(err, &failed):
		for _, p := range failed.Problems {
			lines = append(lines, "error "+p.String())
		}
	case err != nil:
		lines = append(lines, "unexpected error "+err.Error())
	default:
		for _, p := range loaded.Warnings {
			lines = append(lines, "warning "+p.String())
		}
	}
	if len(lines) == 0 {
		return "ok\n"
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestFindingsHideVariables protects the values of variables: the cases of
// all archives set some to canaries.
func TestFindingsHideVariables(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		require.NoError(t, err)
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".want") {
				require.NotContains(t, string(f.Data), "canary", "%s in %s", f.Name, name)
			}
		}
	}
}
