package db

import (
	"strings"
	"unicode"
)

// maxDescription is the number of characters of a description.
const maxDescription = 200

// cleanDescription makes a text safe to show on one line of a terminal.
func cleanDescription(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > maxDescription {
		s = strings.TrimSpace(string(runes[:maxDescription]))
	}
	return s
}
