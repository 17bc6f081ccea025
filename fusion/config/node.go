package config

import "encoding/json"

// kind is the JSON type of a node, worded for a problem's text.
type kind string

const (
	kindNull    kind = "null"
	kindBoolean kind = "a boolean"
	kindNumber  kind = "a number"
	kindString  kind = "a string"
	kindArray   kind = "an array"
	kindObject  kind = "an object"
)

// node is a JSON value that knows where it stands in its file.
type node struct {
	kind   kind
	offset int
	// text is a string's value with its variables expanded, a number's
	// literal, or the word of a boolean.
	text string
	// raw is text as the file has it. Only raw may be printed.
	raw string
	// variable is set when a variable was expanded into text.
	variable bool
	// broken is set when a problem with the value has been reported, so that
	// those that only follow from it are not.
	broken  bool
	items   []*node
	members []member
}

// member is one field of an object.
type member struct {
	key    string
	offset int
	value  *node
}

// value returns the node as string, bool, json.Number, []any, map[string]any
// or nil.
func (n *node) value() any {
	switch n.kind {
	case kindString:
		return n.text
	case kindNumber:
		return json.Number(n.text)
	case kindBoolean:
		return n.text == "true"
	case kindArray:
		return n.values()
	case kindObject:
		return n.fields()
	default:
		return nil
	}
}

func (n *node) values() []any {
	list := make([]any, len(n.items))
	for i, item := range n.items {
		list[i] = item.value()
	}
	return list
}

func (n *node) fields() map[string]any {
	fields := make(map[string]any, len(n.members))
	for _, m := range n.members {
		fields[m.key] = m.value.value()
	}
	return fields
}

// hasVariable reports whether the node, or one inside it, held a variable.
func (n *node) hasVariable() bool {
	if n.variable {
		return true
	}
	for _, item := range n.items {
		if item.hasVariable() {
			return true
		}
	}
	for _, m := range n.members {
		if m.value.hasVariable() {
			return true
		}
	}
	return false
}
