package fusion

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// escapeQuery escapes for a query. A space becomes %20, which every server
// reads, and not the "+" of HTML forms.
func escapeQuery(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// writeQuery adds a parameter; nothing for a value that is not sent, for null
// and for an empty array.
func (p *param) writeQuery(b *strings.Builder, v any) {
	if v == absent || v == nil {
		return
	}
	list, ok := v.([]any)
	switch {
	case !ok:
		writePair(b, p.key, escapeQuery(p.text(v)))
	case len(list) == 0:
	case p.ArrayFormat == "comma":
		writePair(b, p.key, p.joined(list, escapeQuery)) // the commas stay
	default:
		for _, element := range list {
			writePair(b, p.listKey(v), escapeQuery(p.text(element)))
		}
	}
}

// texts returns what writeQuery sends under the key of a value, not escaped.
func (p *param) texts(v any) []string {
	list, ok := v.([]any)
	switch {
	case v == absent || v == nil || ok && len(list) == 0:
		return nil
	case !ok || p.ArrayFormat == "comma":
		return []string{p.text(v)}
	}
	out := make([]string, len(list))
	for i, element := range list {
		out[i] = p.text(element)
	}
	return out
}

// listKey is the name that a value, or each element of one, is sent under.
func (p *param) listKey(v any) string {
	if _, ok := v.([]any); ok && p.ArrayFormat == "brackets" {
		return p.key + "[]"
	}
	return p.key
}

// writePair adds name=value; the value is escaped already.
func writePair(b *strings.Builder, name, value string) {
	if b.Len() > 0 {
		b.WriteByte('&')
	}
	b.WriteString(escapeQuery(name))
	b.WriteByte('=')
	b.WriteString(value)
}

// joined puts commas between the elements, each of them escaped.
func (p *param) joined(list []any, escape func(string) string) string {
	out := make([]string, len(list))
	for i, element := range list {
		out[i] = escape(p.text(element))
	}
	return strings.Join(out, ",")
}

// text returns the value as it stands in a path, a query or a header: numbers
// as they came in, arrays with commas, objects as JSON; "" for what is absent
// or null.
func (p *param) text(v any) string {
	switch v := v.(type) {
	case []any:
		return p.joined(v, func(s string) string { return s })
	case nil, absentValue:
		return ""
	}
	text := scalarText(v)
	if p.Quoted {
		return quote(text)
	}
	return text
}

func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return string(marshal(v))
}

// quote puts a value in double quotes. One that begins and ends with them
// has them already, from a caller who knows that the API wants them.
func quote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return s
	}
	return `"` + s + `"`
}

// unsendable says why a valid value cannot stand where it has to; "" when it
// can.
func (p *param) unsendable(v any) string {
	switch p.Location {
	case config.InPath:
		return unsendableInPath(p.text(v))
	case config.InHeader:
		return unsendableInHeader(p.text(v))
	}
	return ""
}

func unsendableInPath(text string) string {
	switch {
	case text == "":
		return "is empty; it is part of the path and must have a value"
	case config.Climbs(text):
		return "is " + echo(text) + `; it is part of the path, in which "." and ".." are refused`
	}
	return ""
}

func unsendableInHeader(text string) string {
	if config.HasControl(text) {
		return "is " + echo(text) + "; it is sent in a header and must not have control characters, such as line breaks"
	}
	return ""
}
