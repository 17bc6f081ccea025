package config

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// file is one source of a configuration.
type file struct {
	// index is the place of the file among all files of the configuration.
	index int
	name  string
	data  []byte

	// The last place that was asked for. Places are mostly asked for in
	// order, so counting goes on from here instead of from the start.
	at, line, column int
}

func newFile(index int, name string, data []byte) *file {
	f := &file{index: index, name: name, data: data}
	f.rewind()
	return f
}

func (f *file) rewind() {
	f.at, f.line, f.column = 0, 1, 1
	if bytes.HasPrefix(f.data, []byte(byteOrderMark)) {
		f.at = len(byteOrderMark)
	}
}

// position returns the line and column of an offset; a negative one means the
// whole file.
func (f *file) position(offset int) Position {
	if offset < 0 {
		return Position{File: f.name}
	}
	if offset < f.at {
		f.rewind()
	}
	passed := f.data[f.at:max(offset, f.at)]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		f.line += bytes.Count(passed, []byte("\n"))
		f.column = 1
		passed = passed[last+1:]
	}
	f.column += utf8.RuneCount(passed)
	f.at = max(offset, f.at)
	return Position{File: f.name, Line: f.line, Column: f.column}
}

// path is the way to a value. It becomes text only where something is
// reported: most values are right. Nil is the whole file.
type path struct {
	above *path
	key   string // of a field
	index int    // of an element; -1 for a field
}

// String spells the path. Names that would make it ambiguous are quoted.
func (p *path) String() string {
	switch {
	case p == nil:
		return ""
	case p.index >= 0:
		return p.above.String() + "[" + strconv.Itoa(p.index) + "]"
	case p.key == "" || strings.ContainsFunc(p.key, func(r rune) bool { return r > '~' || strings.ContainsRune(" .[]\"'", r) || r < ' ' }):
		return p.above.String() + "[" + clip(p.key) + "]"
	case p.above == nil:
		return p.key
	}
	return p.above.String() + "." + p.key
}
