package fusion

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// target is where a tool's requests go: the configured origin, a path below
// the configured one, and the query.
type target struct {
	base *url.URL
	// prefix is the base's escaped path; it has no slash at its end.
	prefix string
	path   []part
	query  []part   // what the path carries after "?"
	params []*param // the parameters in the query, in order
}

// part is a piece of a path template: escaped text, or a parameter.
type part struct {
	text  string
	param *param
}

// newTarget compiles a path template. Each placeholder has its parameter: the
// loader sees to that.
func newTarget(base *url.URL, template string, params []*param) target {
	path, query, _ := strings.Cut(template, "?")
	t := target{base: base, prefix: base.EscapedPath()}
	t.path = parts(path, params, pathBytes)
	t.query = parts(query, params, queryBytes)
	for _, p := range params {
		if p.Location == config.InQuery {
			t.params = append(t.params, p)
		}
	}
	return t
}

// parts splits a template at its placeholders.
func parts(template string, params []*param, keep string) []part {
	var out []part
	for template != "" {
		text, rest, ok := strings.Cut(template, "{")
		name, after, closed := strings.Cut(rest, "}")
		p := placeholder(name, params)
		if !ok || !closed || p == nil {
			return append(out, part{text: escapeText(template, keep)})
		}
		out = append(out, part{text: escapeText(text, keep)}, part{param: p})
		template = after
	}
	return out
}

// placeholder finds the path parameter that a placeholder names.
func placeholder(name string, params []*param) *param {
	for _, p := range params {
		if p.Location == config.InPath && p.key == name {
			return p
		}
	}
	return nil
}

// What RFC 3986 lets stand in a path and in a query (pchar, and "/" and "?").
const (
	pathBytes  = "-._~!$&'()*+,;=:@/"
	queryBytes = pathBytes + "?"
)

// escapeText escapes what the configuration wrote plainly. What it wrote with
// an escape stays as it is.
func escapeText(s, keep string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		escaped := c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
		if escaped || isAlphanumeric(c) || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// url fills in the values.
func (t *target) url(v values) (*url.URL, error) {
	var path, query strings.Builder
	path.WriteString(t.prefix)
	writeParts(&path, t.path, v, url.PathEscape)
	writeParts(&query, t.query, v, escapeQuery)
	for _, p := range t.params {
		p.writeQuery(&query, v[p.index])
	}
	plain, err := url.PathUnescape(path.String())
	if err != nil {
		return nil, fmt.Errorf("building the path: %w", err)
	}
	if config.Climbs(plain[len(t.base.Path):]) {
		return nil, t.climbError(v)
	}
	return &url.URL{
		Scheme: t.base.Scheme, Host: t.base.Host,
		Path: plain, RawPath: path.String(), RawQuery: query.String(),
	}, nil
}

func writeParts(b *strings.Builder, parts []part, v values, escape func(string) string) {
	for _, part := range parts {
		b.WriteString(part.text)
		if part.param != nil {
			b.WriteString(escape(part.param.text(v[part.param.index])))
		}
	}
}

// climbError names the arguments that make a path climb together with what
// stands beside them, such as {a}{b} with "." for both.
func (t *target) climbError(v values) error {
	e := &ArgumentError{}
	for _, part := range t.path {
		if p := part.param; p != nil && strings.ContainsAny(p.text(v[p.index]), `./\`) {
			e.Problems = append(e.Problems, ArgumentProblem{p.Shown, `makes a part of the path "." or "..", which is refused`})
		}
	}
	if e.Problems == nil {
		return errOutside
	}
	return e
}
