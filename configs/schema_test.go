package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// anyVariable stands for an environment in which all is set.
func anyVariable(name string) (string, bool) {
	if strings.HasSuffix(name, "URL") {
		return "https://service.example.com", true
	}
	return "value", true
}

// schema compiles schema.json, which also holds it against the metaschema of
// JSON Schema 2020-12.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiled, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return compiled
}

func requireValid(t *testing.T, s *jsonschema.Schema, name string, data []byte) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	require.NoError(t, err, name)
	require.NoError(t, s.Validate(document), name)
}

// TestSchemaAcceptsGoodFiles: what is shipped, a file with every field, and
// the files of people are valid by both.
func TestSchemaAcceptsGoodFiles(t *testing.T) {
	s := schema(t)
	files := append(shipped(t), languageCases+"full.json")
	if folder := os.Getenv("COMPAT_CONFIGS"); folder != "" {
		compat, err := filepath.Glob(filepath.Join(folder, "*.json"))
		require.NoError(t, err)
		files = append(files, compat...)
	}
	for _, file := range files {
		data := read(t, file)
		_, err := config.Parse(file, data, config.WithLookup(anyVariable))
		require.NoError(t, err)
		requireValid(t, s, file, data)
	}
}

// languageCases are the cases that the loader is tested with.
const languageCases = "../fusion/config/testdata/"

// TestSchemaAgreesWithTheLoader takes the loader's own cases: what the loader
// accepts, with or without a warning, is valid; what it refuses is not, unless
// it is in onlyTheLoader. So no editor marks what is right.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	s := schema(t)
	archives, err := filepath.Glob(languageCases + "*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, archives)
	seen := map[string]bool{}
	for _, archive := range archives {
		for name, data := range casesOf(t, archive) {
			document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
			if err != nil {
				continue // no JSON: refused by everybody
			}
			_, refused := config.Parse("f", data, config.WithLookup(caseVariable))
			wrong, reason := s.Validate(document), onlyTheLoader[name]
			switch {
			case refused == nil:
				require.NoError(t, wrong, "%s: the loader accepts this", name)
			case reason == "":
				require.Error(t, wrong, "%s: the loader refuses this: %v", name, refused)
			default:
				require.NoError(t, wrong, "%s: the schema refuses it, too: take it out of onlyTheLoader", name)
			}
			seen[name] = true
		}
	}
	for name := range onlyTheLoader {
		require.True(t, seen[name], "%s is no case any more", name)
	}
}

// casesOf returns the documents of an archive, by "archive/case".
func casesOf(t *testing.T, path string) map[string][]byte {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	frame, documents := "@@\n", map[string][]byte{}
	for _, f := range archive.Files {
		switch {
		case f.Name == "frame":
			frame = string(f.Data)
		case strings.HasSuffix(f.Name, ".want"):
		case strings.HasSuffix(f.Name, "!"):
			documents[caseName(path, f.Name)] = f.Data
		default:
			documents[caseName(path, f.Name)] = []byte(strings.Replace(frame, "@@\n", string(f.Data), 1))
		}
	}
	return documents
}

func caseName(path, name string) string {
	return strings.TrimSuffix(filepath.Base(path), ".txtar") + "/" + strings.TrimSuffix(name, "!")
}

// caseVariable is the environment of the loader's own cases, with values that
// do no harm.
func caseVariable(name string) (string, bool) {
	values := map[string]string{"URL": "https://api.example.com/v1", "SECRET": "value", "EMPTY": "", "NUMBER": "71", "BAD_URL": "bad://[", "BRACES": "x{"}
	value, set := values[name]
	return value, set
}
