package config_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// FuzzParse protects the server from whatever a file holds: nothing panics,
// each problem stands in the file, and what loads keeps what the types
// promise.
func FuzzParse(f *testing.F) {
	for _, document := range goldenDocuments(f) {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		loaded, err := config.Parse("f", data, config.WithLookup(lookup))
		if err == nil {
			requireConsistent(t, loaded)
			requireInside(t, data, loaded.Warnings)
			return
		}
		var failed *config.Error
		require.True(t, errors.As(err, &failed))
		require.NotEmpty(t, failed.Problems)
		requireInside(t, data, failed.Problems)
	})
}

// goldenDocuments are those of all archives, as the seed.
func goldenDocuments(f *testing.F) (documents [][]byte) {
	archives, err := filepath.Glob("testdata/*.txtar")
	require.NoError(f, err)
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		require.NoError(f, err)
		frame := ""
		for _, file := range archive.Files {
			if file.Name == "frame" {
				frame = string(file.Data)
			} else if !strings.HasSuffix(file.Name, ".want") {
				documents = append(documents, framed(frame, file))
			}
		}
	}
	return documents
}

func requireInside(t *testing.T, data []byte, problems []config.Problem) {
	lines := strings.Split(string(data), "\n")
	for i, p := range problems {
		require.Equal(t, "f", p.Position.File)
		require.NotEmpty(t, p.Text)
		if !bytes.Contains(data, []byte("canary")) {
			require.NotContains(t, p.Text, "canary", "the value of a variable")
		}
		require.True(t, p.Position.Line >= 1 && p.Position.Line <= len(lines), p)
		line := lines[p.Position.Line-1]
		require.True(t, p.Position.Column >= 1 && p.Position.Column <= utf8.RuneCountInString(line)+1, p)
		if i > 0 {
			before := problems[i-1].Position
			require.True(t, before.Line < p.Position.Line || before.Line == p.Position.Line && before.Column <= p.Position.Column, "order")
		}
	}
}

var withDefault = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*):[^}]*\}`)

// FuzzExpand protects what a variable can do to a value: only itself.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"", "a", "${A}", "${A:b}", "${A:}", "x${A}y${B:c}z", "${a b}", "${", "${A", "${${A}}", "$${A}", "${A:${B}}", "${é}", "${1}"} {
		f.Add(seed, "v")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		same := func(name string) (string, bool) { return "${" + name + "}", true }
		result, _, unset := config.Expand(text, same)
		require.Equal(t, withDefault.ReplaceAllString(text, "${$1}"), result, "a variable that stands for itself changes nothing")
		require.Empty(t, unset)

		result, found, unset := config.Expand(text, func(string) (string, bool) { return value, true })
		require.Empty(t, unset)
		if !found {
			require.Equal(t, text, result)
		}
		require.Equal(t, found, strings.Contains(text, "${") && config.HasVariable(text))

		_, _, unset = config.Expand(text, func(string) (string, bool) { return "", false })
		for _, name := range unset {
			require.Contains(t, text, "${"+name+"}")
		}
	})
}
