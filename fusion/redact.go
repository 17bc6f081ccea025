package fusion

import (
	"bytes"
	"html"
	"net/url"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/global"
)

const (
	removed = "[redacted]"

	// minSecret is the shortest secret that is looked for in contents. A
	// shorter one is found in any text by chance, and taking it out would
	// spoil answers and, by the gaps, tell what it is.
	minSecret = 6
)

// redactor takes a call's secrets out of what comes back.
type redactor struct {
	// forms are the secrets in all spellings, longest first; long are those
	// that are looked for in contents.
	forms, long []string
}

func newRedactor(secrets []global.Secret) *redactor {
	r := &redactor{}
	for _, s := range secrets {
		r.add(s.Reveal())
	}
	slices.SortStableFunc(r.forms, func(a, b string) int { return len(b) - len(a) })
	slices.SortStableFunc(r.long, func(a, b string) int { return len(b) - len(a) })
	return r
}

// add takes a secret in the spellings in which an API may echo it.
func (r *redactor) add(secret string) {
	if secret == "" {
		return
	}
	// Lower case is what becomes of a host's name, in a redirect for example.
	forms := append(inBase64(secret), secret, strings.ToLower(secret))
	if strings.ContainsFunc(secret, isEscaped) {
		forms = append(forms, escaped(secret)...)
	}
	for _, form := range forms {
		if slices.Contains(r.forms, form) {
			continue
		}
		r.forms = append(r.forms, form)
		if len(secret) >= minSecret {
			r.long = append(r.long, form)
		}
	}
}

// isEscaped reports whether anything writes the character in another way.
func isEscaped(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
		return false
	}
	return true
}

// escaped returns the spellings of a secret that has such characters.
// encoding/json and others escape <, > and & as well, PHP the slash.
func escaped(secret string) []string {
	inJSON := string(marshal(secret))
	inJSON = inJSON[1 : len(inJSON)-1]
	return []string{
		html.EscapeString(secret), inJSON, strings.ReplaceAll(inJSON, "/", `\/`),
		strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(inJSON),
		url.PathEscape(secret), lowerEscapes(url.PathEscape(secret)),
		url.QueryEscape(secret), lowerEscapes(url.QueryEscape(secret)),
		escapeQuery(secret), lowerEscapes(escapeQuery(secret)),
		strings.ReplaceAll(escapeQuery(secret), "%2F", "/"), // which a query may have as it is
	}
}

// lowerEscapes spells %2F as %2f.
func lowerEscapes(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}

// text removes all secrets from an error's text.
func (r *redactor) text(s string) string { return replaceAll(s, r.forms) }

// content removes the secrets from text that is a result.
func (r *redactor) content(b []byte) []byte {
	if !containsAny(b, r.long) {
		return b
	}
	return []byte(replaceAll(string(b), r.long))
}

func replaceAll(s string, forms []string) string {
	if !containsAny([]byte(s), forms) {
		return s
	}
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, removed)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

func containsAny(b []byte, forms []string) bool {
	return slices.ContainsFunc(forms, func(form string) bool { return bytes.Contains(b, []byte(form)) })
}
