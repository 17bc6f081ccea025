package fusion

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// normalise returns the value that an argument means. What it cannot read is
// returned as it is: saying so is the check's part. The argument itself is
// not changed. query is set when it comes from a URL.
func (p *param) normalise(v any, now time.Time, query bool) any {
	if p.Type == config.String {
		return p.normaliseString(v, now)
	}
	v = normaliseType(v, p.Type)
	if p.Type != config.Array {
		return expand(v, now)
	}
	if text, ok := v.(string); ok && query {
		v = []any{text}
	}
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]any, len(list))
	for i, element := range list {
		out[i] = expand(normaliseType(element, p.Items), now)
	}
	return out
}

// expand replaces time tokens where there are any.
func expand(v any, now time.Time) any {
	if !hasToken(v) {
		return v
	}
	return expandDeep(v, now)
}

// normaliseString replaces time tokens, though not in the content of a file.
// Where a day is asked for, a token that stands alone becomes one.
func (p *param) normaliseString(v any, now time.Time) any {
	text, ok := v.(string)
	if !ok || p.Location == config.InFile {
		return v
	}
	layout := time.RFC3339
	if p.Validation.Format == "date" || p.reduce {
		layout = time.DateOnly
	}
	text = expandString(text, now, layout)
	if p.reduce {
		return config.ReduceDate(text)
	}
	return text
}

// normaliseType turns a string into the value that it spells, where the type
// is another one.
func normaliseType(v any, t config.Type) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	switch t {
	case config.Number, config.Integer:
		if _, ok := config.ParseDecimal(text); ok {
			return json.Number(text)
		}
	case config.Boolean:
		return spelledBoolean(text)
	case config.Array:
		return spelledJSON(text, '[')
	case config.Object:
		return spelledJSON(text, '{')
	}
	return v
}

// spelledBoolean reads true and false in any case.
func spelledBoolean(text string) any {
	switch {
	case strings.EqualFold(text, "true"):
		return true
	case strings.EqualFold(text, "false"):
		return false
	}
	return text
}

// spelledJSON reads a whole array or object that begins with open.
func spelledJSON(text string, open byte) any {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != open || !json.Valid([]byte(trimmed)) {
		return text
	}
	d := json.NewDecoder(strings.NewReader(trimmed))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return text
	}
	return v
}
