package config

import (
	"fmt"
	"strconv"
	"strings"
)

// scope is what all values of one file share.
type scope struct {
	*settings
	*findings
	file *file
}

// cursor is a value together with its JSON path and the place to report to.
type cursor struct {
	scope *scope
	node  *node
	path  *path
}

// problem reports what is wrong with the value and what is allowed instead.
// No argument may be a text that holds a variable's value; see quoted.
func (c cursor) problem(format string, args ...any) { c.problemAt(c.node.offset, format, args...) }

func (c cursor) problemAt(offset int, format string, args ...any) {
	c.scope.problems = append(c.scope.problems, c.finding(offset, format, args...))
}

// warn reports what is loose; the same rule holds for its arguments.
func (c cursor) warn(format string, args ...any) { c.warnAt(c.node.offset, format, args...) }

func (c cursor) warnAt(offset int, format string, args ...any) {
	c.scope.warnings = append(c.scope.warnings, c.finding(offset, format, args...))
}

func (c cursor) finding(offset int, format string, args ...any) finding {
	return finding{c.scope.file, offset, c.path.String(), fmt.Sprintf(format, args...)}
}

func (c cursor) position() Position { return c.scope.file.position(c.node.offset) }

// quoted is how the value may be printed: as the file has it, shortened.
func (c cursor) quoted() string {
	switch c.node.kind {
	case kindString:
		return clip(c.node.raw)
	case kindNumber, kindBoolean:
		return c.node.text
	default:
		return string(c.node.kind)
	}
}

// is reports a value of another kind. A value whose problem is already known
// is not of any kind.
func (c cursor) is(want kind) bool {
	if c.node.broken {
		return false
	}
	if c.node.kind != want {
		c.problem("is %s; must be %s", c.node.kind, want)
		c.node.broken = true
		return false
	}
	return true
}

func (c cursor) item(i int) cursor {
	return cursor{c.scope, c.node.items[i], &path{above: c.path, index: i}}
}

func (c cursor) items() []cursor {
	list := make([]cursor, len(c.node.items))
	for i := range list {
		list[i] = c.item(i)
	}
	return list
}

func (c cursor) field(m member) cursor {
	return cursor{c.scope, m.value, &path{above: c.path, key: m.key, index: -1}}
}

// walk visits the value and all that is in it, in the order of the file.
func (c cursor) walk(visit func(cursor)) {
	visit(c)
	for i := range c.node.items {
		c.item(i).walk(visit)
	}
	for _, m := range c.node.members {
		c.field(m).walk(visit)
	}
}

// reportRepeated reports keys that an object has more than once. JSON leaves
// open which one counts, so none may be chosen silently.
func (c cursor) reportRepeated() {
	seen := make(map[string]bool, len(c.node.members))
	for _, m := range c.node.members {
		if seen[m.key] {
			c.field(m).problemAt(m.offset, "the field stands twice in the same object; remove one")
		}
		seen[m.key] = true
	}
}

// clip quotes a text, shortened when it is long.
func clip(text string) string {
	const most = 60
	runes := []rune(strings.ToValidUTF8(text, "\ufffd"))
	if len(runes) <= most {
		return strconv.Quote(string(runes))
	}
	return strconv.Quote(string(runes[:most])) + "..."
}
