package config

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// maxDepth bounds how deep arrays and objects nest, so that no input can
// exhaust the stack.
const maxDepth = 100

// byteOrderMark is what some editors put at the start of UTF-8 files. RFC
// 8259 lets a parser ignore it.
const byteOrderMark = "\ufeff"

// syntaxError says where a text stops being JSON.
type syntaxError struct {
	offset int
	text   string
}

// scanner reads JSON as RFC 8259 defines it and nothing more. Unlike
// encoding/json it keeps offsets and repeated keys, and explains itself.
type scanner struct {
	data []byte
	pos  int
}

// scan returns the tree of a whole document. Repeated keys are kept, for the
// caller to report.
func scan(data []byte) (*node, *syntaxError) {
	s := &scanner{data: data}
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		s.pos = len(byteOrderMark)
	}
	if err := s.checkUTF8(); err != nil {
		return nil, err
	}
	root, err := s.value(0)
	if err != nil {
		return nil, err
	}
	if s.skip(); s.pos < len(s.data) {
		return nil, s.fail(s.pos, "%s follows the end of the document; a file holds one JSON value", s.here())
	}
	return root, nil
}

func (s *scanner) checkUTF8() *syntaxError {
	for i := s.pos; i < len(s.data); {
		r, size := utf8.DecodeRune(s.data[i:])
		if r == utf8.RuneError && size == 1 {
			return s.fail(i, "the byte 0x%02x is not UTF-8; save the file as UTF-8", s.data[i])
		}
		i += size
	}
	return nil
}

func (s *scanner) fail(offset int, format string, args ...any) *syntaxError {
	return &syntaxError{offset, "not JSON: " + fmt.Sprintf(format, args...)}
}

// skip moves to the next character that is not white space.
func (s *scanner) skip() {
	for s.pos < len(s.data) && bytes.IndexByte([]byte(" \t\r\n"), s.data[s.pos]) >= 0 {
		s.pos++
	}
}

// peek returns the next character after white space, or 0 at the end.
func (s *scanner) peek() byte {
	if s.skip(); s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// here names what stands at the current position.
func (s *scanner) here() string {
	if s.pos >= len(s.data) {
		return "the end of the file"
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	if r == '/' {
		return "'/' (JSON has no comments)"
	}
	return fmt.Sprintf("%q", r)
}

func (s *scanner) value(depth int) (*node, *syntaxError) {
	first := s.peek()
	if depth > maxDepth {
		return nil, s.fail(s.pos, "arrays and objects nest deeper than %d levels", maxDepth)
	}
	switch {
	case first == '{':
		return s.object(depth)
	case first == '[':
		return s.array(depth)
	case first == '"':
		return s.text()
	case first == '-' || first >= '0' && first <= '9':
		return s.number()
	default:
		return s.word()
	}
}
