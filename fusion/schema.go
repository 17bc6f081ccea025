package fusion

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// inputSchema writes the JSON Schema 2020-12 of a tool's arguments. It is
// written by hand so that the parameters keep the order of the configuration,
// which models read as an order of importance. "$schema" is left out: 2020-12
// is what MCP assumes, and a list of tools is long enough.
func inputSchema(params []*param) json.RawMessage {
	properties, required := newObjectWriter(), []string{}
	for _, p := range params {
		if !p.visible() {
			continue
		}
		properties.add(p.Shown, p.schema())
		if p.needed() {
			required = append(required, p.Shown)
		}
	}
	w := newObjectWriter()
	w.add("type", "object")
	w.add("properties", properties.bytes())
	if len(required) > 0 {
		w.add("required", required)
	}
	w.add("additionalProperties", false)
	return w.bytes()
}

// schema writes one parameter. A default that its rules do not admit stands
// beside them.
func (p *param) schema() json.RawMessage {
	w := newObjectWriter()
	if p.Description != "" {
		w.add("description", p.Description)
	}
	if p.loose {
		rules, other := newObjectWriter(), newObjectWriter()
		p.addRules(rules)
		other.add("const", p.Default)
		w.add("anyOf", []json.RawMessage{rules.bytes(), other.bytes()})
	} else {
		p.addRules(w)
	}
	if p.HasDefault {
		w.add("default", p.Default)
	}
	if len(p.Examples) > 0 {
		w.add("examples", p.Examples)
	}
	return w.bytes()
}

// addRules writes what check enforces.
func (p *param) addRules(w *objectWriter) {
	w.add("type", string(p.Type))
	if p.Type == config.Array {
		w.add("items", itemSchema(p.Items))
	}
	rules := &p.Validation
	if rules.Enum != nil {
		w.add("enum", rules.Enum)
	}
	w.addNumber("minimum", rules.Minimum.String())
	w.addNumber("maximum", rules.Maximum.String())
	switch {
	case p.reduce:
		// The lengths and the format are those of the reduced value: they
		// would keep a client from sending a date that may be given.
		w.add("pattern", config.DateInput)
		return
	case rules.Pattern != nil && isECMA(rules.Pattern):
		w.add("pattern", rules.Pattern.String())
	}
	w.addNumber("minLength", p.minLength())
	w.addNumber("maxLength", count(rules.MaxLength))
	if rules.Format != "" {
		w.add("format", rules.Format)
	}
}

// minLength is the one of the rules; a string that stands in the path as it is
// is never empty.
func (p *param) minLength() string {
	n := p.Validation.MinLength
	if p.Location == config.InPath && p.Type == config.String && !p.Quoted && p.expression == nil && (n == nil || *n == 0) {
		return "1"
	}
	return count(n)
}

func itemSchema(t config.Type) json.RawMessage {
	if t == "" {
		return json.RawMessage(`{}`)
	}
	return json.RawMessage(`{"type":` + strconv.Quote(string(t)) + `}`)
}

// objectWriter writes a JSON object member by member.
type objectWriter struct{ b bytes.Buffer }

func newObjectWriter() *objectWriter {
	w := &objectWriter{}
	w.b.WriteByte('{')
	return w
}

func (w *objectWriter) add(name string, v any) {
	if w.b.Len() > 1 {
		w.b.WriteByte(',')
	}
	w.b.Write(marshal(name))
	w.b.WriteByte(':')
	if raw, ok := v.(json.RawMessage); ok {
		w.b.Write(raw) // as it was written, without another pass
		return
	}
	w.b.Write(marshal(v))
}

// addNumber adds a number as it is spelled; "" is none.
func (w *objectWriter) addNumber(name, literal string) {
	if literal != "" {
		w.add(name, json.RawMessage(literal))
	}
}

func (w *objectWriter) bytes() json.RawMessage {
	return append(w.b.Bytes()[:w.b.Len():w.b.Len()], '}')
}
