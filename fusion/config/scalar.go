package config

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxNumber bounds the characters of a number. More of them are a mistake.
const maxNumber = 400

// words are the values that are no number, text, array or object.
var words = map[string]kind{"true": kindBoolean, "false": kindBoolean, "null": kindNull}

func (s *scanner) text() (*node, *syntaxError) {
	start := s.pos
	for s.pos++; ; s.pos++ {
		if s.pos >= len(s.data) {
			return nil, s.fail(start, "this string has no closing quote")
		}
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.unescape(start)
		case c == '\\':
			s.pos++
		case c < ' ':
			return nil, s.fail(s.pos, "a control character in a string; write a new line as \\n and a tab as \\t")
		}
	}
}

func (s *scanner) unescape(start int) (*node, *syntaxError) {
	n := &node{kind: kindString, offset: start}
	if inner := s.data[start+1 : s.pos-1]; bytes.IndexByte(inner, '\\') < 0 {
		n.text = string(inner)
	} else if err := json.Unmarshal(s.data[start:s.pos], &n.text); err != nil {
		return nil, s.fail(start, "an unknown escape in this string; a backslash itself is written \\\\")
	}
	n.raw = n.text
	return n, nil
}

func (s *scanner) number() (*node, *syntaxError) {
	start := s.pos
	literal := string(s.run())
	s.pos = start + len(literal)
	if !isNumber(literal) {
		return nil, s.fail(start, "%s is no number with at most %d digits and an exponent of at most %d", clip(literal), maxNumber, MaxExponent)
	}
	return &node{kind: kindNumber, offset: start, text: literal, raw: literal}, nil
}

func (s *scanner) word() (*node, *syntaxError) {
	start := s.pos
	text := string(s.run())
	if k, known := words[text]; known {
		s.pos += len(text)
		return &node{kind: k, offset: start, text: text, raw: text}, nil
	}
	return nil, s.fail(start, "%s", s.stray(text))
}

// run returns the characters from here that numbers and words are made of.
func (s *scanner) run() []byte {
	end := s.pos
	for end < len(s.data) && strings.IndexByte("+-._", s.data[end]) >= 0 || end < len(s.data) && isAlphanumeric(s.data[end]) {
		end++
	}
	return s.data[s.pos:end]
}

// stray explains what cannot begin a value.
func (s *scanner) stray(word string) string {
	switch {
	case word != "":
		return clip(word) + " is no value; strings stand in double quotes, words are true, false and null"
	case s.pos < len(s.data) && s.data[s.pos] == '\'':
		return "strings stand in double quotes"
	default:
		return s.here() + " stands where a value is needed"
	}
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// isNumber reports whether text is a JSON number within our bounds.
func isNumber(text string) bool {
	_, ok := ParseDecimal(text)
	return ok && len(text) <= maxNumber
}
