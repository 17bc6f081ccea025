package config

import (
	"fmt"
	"strings"
)

// Position is a place in a file. Line and Column count from 1, columns in
// characters; a zero Line means the file as a whole.
type Position struct {
	File         string
	Line, Column int
}

// String returns file:line:column, or the file alone.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Problem is one thing that is wrong, or loose, in a configuration.
type Problem struct {
	Position Position
	// Path is the JSON path, such as services.github.endpoints[3].method; ""
	// when the whole file is meant.
	Path string
	// Text says what is wrong and what is allowed. It never holds the value
	// of an environment variable.
	Text string
}

// String returns "file:line:column: path: what is wrong; what is allowed".
func (p Problem) String() string {
	if p.Path == "" {
		return fmt.Sprintf("%s: %s", p.Position, p.Text)
	}
	return fmt.Sprintf("%s: %s: %s", p.Position, p.Path, p.Text)
}

// Error is returned when a configuration cannot be used. It holds every
// problem that was found, not only the first.
type Error struct {
	// Problems has at least one element, in the order of the positions.
	Problems []Problem
}

// Error returns one line for each problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
