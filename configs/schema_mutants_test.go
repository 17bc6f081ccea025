package configs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// mutations take the place of each value of a file that has every field.
var mutations = []any{
	json.Number("-1"), json.Number("99999999999"), json.Number("0.5"), true, "", "a b\x01", []any{}, map[string]any{"x": "y"},
}

// mutantsOfTheLoader are the places where the loader compares values or reads
// another language, so that a schema may take what it refuses.
var mutantsOfTheLoader = regexp.MustCompile(`\.(default|enum\[\d\]|minimum|maximum|transform|expression|targetName|fileNameParam|parameters|parameters\[\d\]\.name)$`)

// TestSchemaAgreesAboutWrongValues changes one value at a time: an editor and
// the loader find the same ones wrong.
func TestSchemaAgreesAboutWrongValues(t *testing.T) {
	s, refusedByBoth := schema(t), 0
	for key, service := range everyField(t) {
		services := map[string]any{key: service}
		file := map[string]any{"services": services}
		mutate(services, "services", func(path string, value any) {
			mutant, err := json.Marshal(file)
			require.NoError(t, err)
			_, refused := config.Parse("f", mutant, config.WithLookup(caseVariable))
			wrong := s.Validate(file)
			switch {
			case refused == nil:
				require.NoError(t, wrong, "%s: %#v: the loader accepts this", path, value)
			case wrong != nil:
				refusedByBoth++
			default:
				require.Regexp(t, mutantsOfTheLoader, path, "%#v: the schema accepts this: %v", value, refused)
			}
		})
	}
	require.Greater(t, refusedByBoth, 1000)
}

// everyField returns the services of a file that has every field.
func everyField(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(languageCases + "full.json")
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var file struct{ Services map[string]any }
	require.NoError(t, decoder.Decode(&file))
	return file.Services
}

// mutate calls check with each mutation in the place of each value below v,
// one at a time.
func mutate(v any, path string, check func(path string, value any)) {
	each := func(path string, old any, set func(any)) {
		for _, mutation := range mutations {
			set(mutation)
			check(path, mutation)
		}
		set(old)
		mutate(old, path, check)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			each(path+"."+key, v[key], func(value any) { v[key] = value })
		}
	case []any:
		for i, old := range v {
			each(fmt.Sprintf("%s[%d]", path, i), old, func(value any) { v[i] = value })
		}
	}
}
