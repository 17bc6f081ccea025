package config_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// replacements are values that nobody expects somewhere.
var replacements = []string{
	`null`, `true`, `-0.5`, `1e400`, `""`, `"x"`, `"/{\u0000"`, `"${SECRET}"`, `"${NOBODY}"`, `"${EMPTY}"`, `[null, {}]`, `{"x": []}`,
}

// TestDamagedFiles protects what fuzzing bytes rarely reaches: each value of
// a document with all fields of the language is replaced by each of the
// above. Nothing panics, problems have their place, and what still loads is
// consistent.
func TestDamagedFiles(t *testing.T) {
	data, err := os.ReadFile("testdata/full.json")
	require.NoError(t, err)
	loaded, err := config.Parse("f", data, config.WithLookup(lookup))
	require.NoError(t, err)
	require.Empty(t, loaded.Warnings)

	var tree any
	require.NoError(t, json.Unmarshal(data, &tree))
	loads := 0
	each(&tree, func(put func(any)) {
		for _, text := range replacements {
			put(json.RawMessage(text))
			if checkDamaged(t, tree) {
				loads++
			}
		}
	})
	require.Positive(t, loads)
	t.Logf("%d of the damaged files load", loads)
}

// each visits all values with a way to replace them; the value is put back.
func each(value *any, visit func(put func(any))) {
	original := *value
	visit(func(v any) { *value = v })
	*value = original
	switch v := original.(type) {
	case map[string]any:
		for key, field := range v {
			each(&field, func(put func(any)) {
				visit(func(replacement any) { put(replacement); v[key] = field })
			})
			v[key] = field
		}
	case []any:
		for i := range v {
			each(&v[i], visit)
		}
	}
}

func checkDamaged(t *testing.T, tree any) bool {
	data, err := json.Marshal(tree)
	require.NoError(t, err)
	loaded, err := config.Parse("f", data, config.WithLookup(lookup))
	var failed *config.Error
	switch {
	case err == nil:
		requireConsistent(t, loaded)
		requireInside(t, data, loaded.Warnings)
	case errors.As(err, &failed):
		requireInside(t, data, failed.Problems)
	default:
		require.NoError(t, err)
	}
	return err == nil
}
