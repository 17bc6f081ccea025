package fusion

import (
	"encoding/json"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// Property is one argument of a tool, as its InputSchema has it.
type Property struct {
	Name, Description string
	// Schema is the JSON Schema of the value.
	Schema   json.RawMessage
	Required bool
	// Structured is set for what a query holds as JSON: an object, or an array
	// of which the elements may be objects. Other arrays may also be a name
	// that is repeated.
	Structured bool
}

// Properties returns the tool's arguments in the order of the configuration.
func (t *Tool) Properties() []Property {
	var list []Property
	for _, p := range t.params {
		if p.visible() {
			list = append(list, Property{
				Name: p.Shown, Description: p.Description, Schema: p.schema(),
				Required: p.needed(), Structured: p.structured(),
			})
		}
	}
	return list
}

// Takes reports whether the tool has an argument of that name.
func (t *Tool) Takes(name string) bool {
	_, ok := t.shown[name]
	return ok
}

func (p *param) structured() bool {
	return p.Type == config.Object || p.Type == config.Array && (p.Items == "" || p.Items == config.Object)
}

// AnswersJSON reports whether a successful answer with content is JSON.
func (t *Tool) AnswersJSON() bool { return t.accept == "application/json" || t.transform != nil }
