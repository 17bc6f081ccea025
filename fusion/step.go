package fusion

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// step applies the transforms to a checked value, without changing that. It
// says what is wrong with a value that one of them refuses.
func (p *param) step(v any) (out any, wrong string) {
	for _, step := range p.Transforms {
		switch step.Name {
		case config.HTMLCompact:
			v = compact(v, nil)
		case config.HTMLCompactFields:
			for _, field := range step.Fields {
				v = compact(v, field)
			}
		case config.ValidateObjectFields:
			if wrong = incomplete(v, step.Fields); wrong != "" {
				return nil, wrong
			}
		}
	}
	return v, ""
}

// compact compacts the texts at the end of a path of members. Arrays on the
// way are entered.
func compact(v any, path []string) any {
	switch v := v.(type) {
	case string:
		if len(path) == 0 {
			return compactHTML(v)
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = compact(v[i], path)
		}
		return list
	case map[string]any:
		if len(path) == 0 {
			return v
		}
		if member, ok := v[path[0]]; ok {
			object := maps.Clone(v)
			object[path[0]] = compact(member, path[1:])
			return object
		}
	}
	return v
}

var (
	// lineBreaks is white space between two tags that has a line break. Spaces
	// alone stay: between two words they are seen.
	lineBreaks = regexp.MustCompile(`>[ \t\f]*[\r\n][ \t\f\r\n]*<`)
	// verbatim is where line breaks mean something.
	verbatim = regexp.MustCompile(`(?is)<pre[\s>].*?</pre\s*>|<textarea[\s>].*?</textarea\s*>|` +
		`<script[\s>].*?</script\s*>|<style[\s>].*?</style\s*>|<!--.*?-->`)
)

// compactHTML removes the line breaks between tags: what converts HTML for
// other programs may take them for text.
func compactHTML(s string) string {
	var b strings.Builder
	from := 0
	for _, kept := range verbatim.FindAllStringIndex(s, -1) {
		first, last := kept[0]+1, kept[1]-1 // between its "<" and ">", which also end what is around it
		b.WriteString(lineBreaks.ReplaceAllString(s[from:first], "><"))
		b.WriteString(s[first:last])
		from = last
	}
	b.WriteString(lineBreaks.ReplaceAllString(s[from:], "><"))
	return b.String()
}

// incomplete says which field an object lacks, or the first of an array's
// objects that lacks one; "" when there is none.
func incomplete(v any, fields [][]string) string {
	list, ok := v.([]any)
	if !ok {
		return lacking(v, fields)
	}
	for i, element := range list {
		if wrong := lacking(element, fields); wrong != "" {
			return "element " + strconv.Itoa(i+1) + " " + wrong
		}
	}
	return ""
}

func lacking(v any, fields [][]string) string {
	for _, field := range fields {
		if !filled(v, field) {
			return fmt.Sprintf("has no %s; it must be there and not be empty", strings.Join(field, "."))
		}
	}
	return ""
}

// filled reports whether there is something at the end of a path of members,
// in each element of an array on the way.
func filled(v any, path []string) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return len(path) == 0 && v != ""
	case []any:
		for _, element := range v {
			if len(path) > 0 && !filled(element, path) {
				return false
			}
		}
		return len(v) > 0
	case map[string]any:
		if len(path) > 0 {
			return filled(v[path[0]], path[1:])
		}
		return len(v) > 0
	}
	return len(path) == 0
}
