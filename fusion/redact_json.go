package fusion

import (
	"bytes"
	"encoding/json"
)

// json removes the secrets from JSON. Beyond the known spellings, a string
// with escapes is looked at as it reads without them. It reports false when
// a secret stood outside a string, so that what remains is no JSON.
func (r *redactor) json(b []byte) ([]byte, bool) {
	if len(r.long) == 0 {
		return b, true
	}
	clean := r.content(b)
	if bytes.IndexByte(clean, '\\') >= 0 {
		clean = r.escapedStrings(clean)
	}
	if len(clean) == len(b) && bytes.Equal(clean, b) {
		return b, true
	}
	return clean, json.Valid(clean)
}

// escapedStrings goes through the strings that have escapes.
func (r *redactor) escapedStrings(b []byte) []byte {
	var out []byte
	kept := 0 // what is before this is in out
	for i := 0; i < len(b); i++ {
		if b[i] != '"' {
			continue
		}
		end, escaped := stringEnd(b, i)
		if escaped {
			if replaced, ok := r.unescaped(b[i:end]); ok {
				out = append(append(out, b[kept:i]...), replaced...)
				kept = end
			}
		}
		i = end - 1
	}
	return append(out, b[kept:]...)
}

// unescaped returns a JSON string without the secrets in it, if it has any.
func (r *redactor) unescaped(token []byte) ([]byte, bool) {
	var s string
	if json.Unmarshal(token, &s) != nil || !containsAny([]byte(s), r.long) {
		return nil, false
	}
	return marshal(replaceAll(s, r.long)), true
}

// stringEnd returns the place after the JSON string that begins at start, and
// whether it has escapes.
func stringEnd(b []byte, start int) (end int, escaped bool) {
	for i := start + 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			return i + 1, escaped
		}
	}
	return len(b), escaped
}
