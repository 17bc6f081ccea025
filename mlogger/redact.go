package mlogger

import (
	"bytes"
	"io"
	"regexp"
)

// redactor removes what looks like a secret from whole lines, after they were
// formatted, so that no attribute, group or error text gets past it. It is a
// net below code that does not log secrets in the first place.
type redactor struct{ w io.Writer }

func (r redactor) Write(line []byte) (int, error) {
	if _, err := r.w.Write(redact(line)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// secretRun is the length of an API token, and of a hash, in hex digits.
const secretRun = 64

var (
	// An API token keeps its first 8 digits, the prefix by which people know
	// it. A full hash is cut in the same way, since the two look alike.
	longHex = regexp.MustCompile(`([0-9a-fA-F]{8})[0-9a-fA-F]{56,}`)
	// Credentials of an Authorization header (RFC 7235 token68).
	authorization = regexp.MustCompile(`(?i)\b(bearer|basic)([ +]|%20)+[A-Za-z0-9._~+/=-]{8,}`)
)

func redact(line []byte) []byte {
	if hasHexRun(line) {
		line = longHex.ReplaceAll(line, []byte("$1[redacted]"))
	}
	if bytes.ContainsAny(line, "bB") {
		line = authorization.ReplaceAll(line, []byte("$1 [redacted]"))
	}
	return line
}

// hasHexRun spares nearly every line the regular expression.
func hasHexRun(line []byte) bool {
	run := 0
	for _, c := range line {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
			if run++; run == secretRun {
				return true
			}
			continue
		}
		run = 0
	}
	return false
}
