package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// minimal returns a file with one service of that key.
func minimal(key string) string {
	return `{"services": {"` + key + `": {"name": "A", "baseURL": "https://a.example.com", "endpoints": [
		{"id": "get", "name": "Get", "method": "GET", "path": "/get"}]}}}`
}

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
}

// problemsOf returns the problems, one a line, with the folder as DIR.
func problemsOf(t *testing.T, folder string, err error) string {
	t.Helper()
	var failed *config.Error
	require.True(t, errors.As(err, &failed), "%v", err)
	require.NotEmpty(t, failed.Problems)
	return strings.ReplaceAll(err.Error(), folder, "DIR")
}

func keysOf(loaded *config.Config) (keys []string) {
	for _, s := range loaded.Services {
		keys = append(keys, s.Key)
	}
	return keys
}

// jsonSchema stands beside configurations, for their editors.
const jsonSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}`

func TestLoadReadsFilesAndFoldersInOrder(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{
		"b.json": minimal("b"), "a.json": minimal("a"), "c.txt": "no JSON", ".hidden.json": "no JSON",
		"schema.json": jsonSchema,
	})
	require.NoError(t, os.Mkdir(filepath.Join(folder, "sub.json"), 0o700))
	loaded, err := config.Load([]string{filepath.Join(folder, "b.json"), folder + "/"})
	require.NoError(t, err)
	require.Equal(t, []string{"b", "a"}, keysOf(loaded), "a file that is named twice is read once")
}

func TestLoadNamesBothFilesOfADoubleKey(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a.json": minimal("same"), "b.json": minimal("same")})
	_, err := config.Load([]string{folder})
	require.Equal(t, `DIR/b.json:1:15: services.same: the service key "same" is in DIR/a.json:1:15 as well as in DIR/b.json; rename or remove one
DIR/b.json:2:10: services.same.endpoints[0].id: the tool name "same_get" is taken by services.same.endpoints[0] (DIR/a.json:2:10); give one of them another id`,
		problemsOf(t, folder, err))
}

func TestLoadReportsWhatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "empty"), 0o700))
	write(t, folder, map[string]string{"good.json": minimal("a"), "large.json": strings.Repeat(" ", 16<<20+1), "schema.json": jsonSchema})
	_, err := config.Load([]string{
		filepath.Join(folder, "missing.json"), filepath.Join(folder, "empty"),
		filepath.Join(folder, "good.json"), filepath.Join(folder, "large.json"),
		filepath.Join(folder, "schema.json"),
	})
	require.Equal(t, `DIR/missing.json: cannot be read: no such file or directory
DIR/empty: the directory has no *.json file
DIR/large.json: is larger than 16 MiB
DIR/schema.json: is a JSON Schema, which describes configurations; name a configuration`, problemsOf(t, folder, err))
}

func TestDocumentsAndFilesAreOneConfiguration(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"a.json": minimal("a")})
	loaded, err := config.Load([]string{folder}, config.WithDocument("memory", []byte(minimal("b"))))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, keysOf(loaded))

	_, err = config.Load([]string{folder}, config.WithDocument("memory", []byte(minimal("a"))))
	require.ErrorContains(t, err, `memory:1:15: services.a: the service key "a" is in `+folder+`/a.json:1:15 as well as in memory`)
	_, err = config.Load(nil, config.WithDocument("same", []byte(minimal("a"))), config.WithDocument("same", []byte(minimal("a"))))
	require.ErrorContains(t, err, `the service key "a" is in same:1:15 as well as in same`)
}

func TestLoadOfNothingIsAnError(t *testing.T) {
	_, err := config.Load(nil)
	require.EqualError(t, err, "configuration: no file is given")
}

// Somebody who mends a configuration wants to see everything at once.
func TestAllProblemsOfAllFilesAreReported(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{
		"a.json": "{",
		"b.json": strings.Replace(minimal("b"), "GET", "GOT", 1),
		"c.json": strings.NewReplacer("Get", "${C}", "/get", "get", `"name": "A"`, `"nam": "A"`).Replace(minimal("c")),
	})
	_, err := config.Load([]string{folder})
	require.Equal(t, `DIR/a.json:1:2: not JSON: the end of the file stands where a field name in double quotes is needed
DIR/b.json:2:42: services.b.endpoints[0].method: is "GOT"; must be one of GET, POST, PUT, PATCH, DELETE, HEAD
DIR/c.json:1:20: services.c: "name" is missing; it is required
DIR/c.json:1:21: services.c: unknown field "nam"; did you mean "name"?
DIR/c.json:2:25: services.c.endpoints[0].name: the environment variable C is not set; set it, or write ${C:default}
DIR/c.json:2:58: services.c.endpoints[0].path: "get" does not begin with a slash; must be one such as /users/{id}`,
		problemsOf(t, folder, err))
}

func TestSkipUnsupportedServesTheRest(t *testing.T) {
	document := `{"commands": {"git": {}}, "services": {"x": {"transport": "mcp_stdio", "command": "${UNSET}", "command": 1},` +
		strings.TrimPrefix(minimal("a"), `{"services": {`)
	_, err := config.Parse("f", []byte(strings.Replace(document, `, "command": 1`, "", 1)))
	require.EqualError(t, err, `f:1:22: commands.git: commands are not supported by this version; remove it, or start with -skip-unsupported
f:1:45: services.x: the transport "mcp_stdio" is not supported by this version; remove it, or start with -skip-unsupported`)

	loaded, err := config.Parse("f", []byte(strings.Replace(document, `, "command": 1`, "", 1)), config.WithSkipUnsupported())
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, keysOf(loaded))
	require.Len(t, loaded.Warnings, 2)
	require.Equal(t, `f:1:45: services.x: the transport "mcp_stdio" is not supported by this version; skipped`, loaded.Warnings[1].String())

	_, err = config.Parse("f", []byte(document), config.WithSkipUnsupported())
	require.ErrorContains(t, err, "services.x.command: the field stands twice")
}

func TestByteOrderMarkIsTolerated(t *testing.T) {
	_, err := config.Parse("f", []byte("\ufeff"+minimal("a")))
	require.NoError(t, err)
	_, err = config.Parse("f", []byte("\ufeff{x"))
	require.ErrorContains(t, err, "f:1:2: ", "the mark is no column")
}

func TestWrongEncodingsAndDepthAreReported(t *testing.T) {
	for text, want := range map[string]string{
		"\xff\xfe{\x00}\x00":                      "f:1:1: not JSON: the byte 0xff is not UTF-8; save the file as UTF-8",
		"{\n\"\xe4\": 1}":                         "f:2:2: not JSON: the byte 0xe4 is not UTF-8; save the file as UTF-8",
		strings.Repeat("[", 5_000_000):            "f:1:102: not JSON: arrays and objects nest deeper than 100 levels",
		strings.Repeat(`{"a":`, 102):              "f:1:506: not JSON: arrays and objects nest deeper than 100 levels",
		`{"a": ` + strings.Repeat("1", 401) + "}": "no number with at most 400 digits",
	} {
		_, err := config.Parse("f", []byte(text))
		require.ErrorContains(t, err, want)
	}
}
