package config

import (
	"slices"
	"strings"
)

// object reads the fields of one JSON object by name. Fields that nobody has
// asked for when done is called are unknown fields.
type object struct {
	cursor
	// given is false when the file has no such object; it then reads as an
	// empty one, so that the defaults come from the same code.
	given bool
	asked []string
}

// object reads the value as an object. Another kind of value is reported and
// reads as an empty object that misses nothing.
func (c cursor) object() *object {
	if c.is(kindObject) {
		return &object{cursor: c, given: true, asked: make([]string, 0, 20)}
	}
	broken := c
	broken.node = &node{kind: kindObject, offset: c.node.offset, broken: true}
	return &object{cursor: broken}
}

// find returns a field under its name or one of its other names. A null is
// an absent field, as in files that programs have written.
func (o *object) find(names ...string) (cursor, bool) {
	o.asked = append(o.asked, names...)
	first := -1
	for i, m := range o.node.members {
		if !slices.Contains(names, m.key) || m.value.kind == kindNull {
			continue
		}
		if first < 0 {
			first = i
		} else {
			o.reportSecondName(o.node.members[first].key, m)
		}
	}
	if first < 0 {
		return cursor{}, false
	}
	return o.field(o.node.members[first]), true
}

// reportSecondName reports a member that says the same as one before it. A
// name that merely stands twice is reported elsewhere.
func (o *object) reportSecondName(first string, m member) {
	if m.key != first && !m.value.broken {
		o.field(m).problemAt(m.offset, "means the same as %q, which is there as well; remove one", first)
		m.value.broken = true
	}
}

// need is find for a field that must be there.
func (o *object) need(names ...string) (cursor, bool) {
	c, found := o.find(names...)
	if !found {
		o.missing("%q is missing; it is required", names[0])
	}
	return c, found
}

// missing reports something that the object lacks.
func (o *object) missing(format string, args ...any) {
	if !o.node.broken {
		o.problem(format, args...)
	}
}

// child returns a field that is an object.
func (o *object) child(name string) *object {
	if c, found := o.find(name); found {
		return c.object()
	}
	empty := cursor{o.scope, &node{kind: kindObject, offset: o.node.offset, broken: o.node.broken}, &path{above: o.path, key: name, index: -1}}
	return &object{cursor: empty}
}

// list returns the elements of a field that is an array.
func (o *object) list(name string) []cursor {
	c, found := o.find(name)
	if !found || !c.is(kindArray) {
		return nil
	}
	return c.items()
}

// ignored warns about a field that old files have and that means nothing.
func (o *object) ignored(name, instead string) {
	for _, m := range o.node.members {
		if m.key == name {
			o.field(m).warnAt(m.offset, "is ignored; %s", instead)
		}
	}
	o.asked = append(o.asked, name)
}

// done reports the fields that nobody asked for.
func (o *object) done() {
	for _, m := range o.node.members {
		if !slices.Contains(o.asked, m.key) {
			o.problemAt(m.offset, "unknown field %s; %s", clip(m.key), suggest(m.key, o.asked))
		}
	}
}

// suggest names the nearest of the names, or all when none is near.
func suggest(given string, names []string) string {
	if near := Nearest(given, names); near != "" {
		return "did you mean \"" + near + "\"?"
	}
	if len(names) == 0 {
		return "no field is allowed here"
	}
	sorted := slices.Sorted(slices.Values(names))
	return "allowed: " + strings.Join(slices.Compact(sorted), ", ")
}
