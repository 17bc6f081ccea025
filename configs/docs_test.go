package configs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// home is the one variable that the examples take for set.
func home(name string) (string, bool) { return "example", name == "HOME" }

const language = "configuration.md"

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + name)
	require.NoError(t, err)
	return string(text)
}

// examples are the whole files of a page, by where they stand in it.
func examples(t *testing.T, name string) map[string][]byte {
	t.Helper()
	text, found := page(t, name), map[string][]byte{}
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatchIndex(text, -1) {
		line := strings.Count(text[:block[2]], "\n") + 1
		found[fmt.Sprintf("%s, line %d", name, line)] = []byte(text[block[2]:block[3]])
	}
	require.Equal(t, strings.Count(text, "```"), 2*len(found), "a block is none of JSON")
	return found
}

// TestDocumentedExamplesLoad: what people copy works, and shows no loose
// habit.
func TestDocumentedExamplesLoad(t *testing.T) {
	s, all := schema(t), examples(t, language)
	maps.Copy(all, examples(t, "sign-in.md"))
	for name, data := range all {
		loaded, err := config.Parse(name, data, config.WithLookup(home))
		require.NoError(t, err)
		require.Empty(t, loaded.Warnings)
		requireValid(t, s, name, data)
	}
}

// TestEachFieldIsDocumented: every field of the schema has a place on the page
// and in an example.
func TestEachFieldIsDocumented(t *testing.T) {
	defs, text, used := definitions(t), page(t, language), map[string]bool{}
	for _, data := range examples(t, language) {
		var file any
		require.NoError(t, json.Unmarshal(data, &file))
		collect(defs, definition{Ref: "#/$defs/file"}, file, used)
	}
	for name, d := range defs {
		for field, property := range d.Properties {
			if property.Deprecated {
				continue
			}
			require.Contains(t, text, "`"+field+"`", "%s.%s", name, field)
			shown := used[name+"."+field] || strings.HasPrefix(name, "oauth2_") && inAnyOAuth(used, field)
			require.True(t, shown, "%s.%s is in no example", name, field)
		}
	}
}

// inAnyOAuth is for what the four types have in common.
func inAnyOAuth(used map[string]bool, field string) bool {
	return used["oauth2_device."+field] || used["oauth2_code."+field]
}

// collect notes the fields of v, which d describes, as "definition.field".
func collect(defs map[string]definition, d definition, v any, used map[string]bool) {
	name := strings.TrimPrefix(d.Ref, "#/$defs/")
	if d.Ref != "" {
		d = defs[name]
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if d.Items != nil {
				collect(defs, *d.Items, item, used)
			}
		}
	case map[string]any:
		for field, value := range v {
			property, isField := d.Properties[field]
			if !isField {
				property = anyProperty(d)
			}
			if name == "auth" && field == "config" {
				property = definition{Ref: "#/$defs/" + v["type"].(string)}
			}
			used[name+"."+field] = true
			collect(defs, property, value, used)
		}
	}
}

// anyProperty is what describes the fields of an object with free names.
func anyProperty(d definition) definition {
	ref, _ := d.AdditionalProperties.(map[string]any)
	name, _ := ref["$ref"].(string)
	return definition{Ref: name}
}
