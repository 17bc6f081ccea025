package fusion

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxEcho is how many bytes of an argument an error repeats.
	maxEcho = 100
	// maxChoices is how many bytes of a list of allowed values it shows.
	maxChoices = 400
)

// echo shows a value as JSON, shortened.
func echo(v any) string {
	if s, ok := v.(string); ok {
		return strings.TrimRight(string(marshal(clip(s, maxEcho))), "\n")
	}
	return clip(string(marshal(v)), maxEcho)
}

// echoList shows values as JSON with commas between, as far as there is room.
func echoList(values []any) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > maxChoices {
			b.WriteString("…")
			break
		}
		b.WriteString(echo(v))
	}
	return b.String()
}

// between words a range, of which one end may be open ("").
func between(low, high string) string {
	switch {
	case high == "":
		return "at least " + low
	case low == "":
		return "at most " + high
	}
	return "between " + low + " and " + high
}

// marshal returns v as compact JSON without HTML escapes. It is for the
// values of configurations and arguments, which always can be.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// clip shortens s to at most limit bytes, at a character, and shows that it
// did.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:boundary(s, limit)] + "…"
}

// boundary returns the last place up to limit where a character begins.
func boundary[T string | []byte](s T, limit int) int {
	for limit > 0 && limit < len(s) && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return limit
}

// clean makes one line of plain text: control characters, line breaks and the
// characters that reorder a line (Unicode bidirectional controls) become
// spaces.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}
