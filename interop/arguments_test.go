package interop

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// property is what the JSON Schema of a tool's input says of one argument, as
// far as values are made by it.
type property struct {
	Type     string
	Format   string
	Pattern  string
	Examples []json.RawMessage
	Default  json.RawMessage
	Enum     []json.RawMessage
	Minimum  json.RawMessage
	Items    *property
}

// inputSchema is the JSON Schema of a tool's input.
type inputSchema struct {
	Properties map[string]property
	Required   []string
}

// arguments makes valid arguments: the required ones, or all.
func (s inputSchema) arguments(t *testing.T, all bool) string {
	t.Helper()
	names := s.Required
	if all {
		names = slices.Sorted(maps.Keys(s.Properties))
	}
	object := map[string]json.RawMessage{}
	for _, name := range names {
		object[name] = s.Properties[name].value(t)
	}
	encoded, err := json.Marshal(object)
	require.NoError(t, err)
	return string(encoded)
}

// value is one that an author would give first.
func (p property) value(t *testing.T) json.RawMessage {
	t.Helper()
	switch {
	case len(p.Examples) > 0:
		return p.Examples[0]
	case len(p.Enum) > 0:
		return p.Enum[0]
	case p.Default != nil:
		return p.Default
	case p.Items != nil:
		return json.RawMessage(fmt.Sprintf("[%s]", p.Items.value(t)))
	}
	require.Empty(t, p.Pattern, "an argument with a pattern needs an example")
	if value, ok := formatted[p.Format]; ok {
		return json.RawMessage(value)
	}
	if p.Minimum != nil {
		return p.Minimum
	}
	return json.RawMessage(plain[p.Type])
}

var plain = map[string]string{"string": `"x"`, "integer": `1`, "number": `1`, "boolean": `true`, "array": `[]`, "object": `{}`}

var formatted = map[string]string{
	"date": `"2026-01-02"`, "date-time": `"2026-01-02T03:04:05Z"`, "email": `"a@example.com"`,
	"uri": `"https://example.com/"`, "uuid": `"123e4567-e89b-12d3-a456-426614174000"`,
}
