package fusion

import (
	"bytes"
	"maps"
	"slices"
	"strings"
)

// bodyNode is a place in the JSON object that the body parameters form. A
// dotted name leads through several.
type bodyNode struct {
	name string
	// params put their value here: the last one that is sent wins.
	params []*param
	// members are the places below. A value that is sent here as well counts
	// only if it is an object, and its members give way to these.
	members []*bodyNode
}

// newBody arranges the parameters.
func newBody(params []*param) *bodyNode {
	root := &bodyNode{}
	for _, p := range params {
		node := root
		for name := range strings.SplitSeq(p.key, ".") {
			node = node.member(name)
		}
		node.params = append(node.params, p)
	}
	return root
}

// member finds or adds the member of that name.
func (n *bodyNode) member(name string) *bodyNode {
	for _, m := range n.members {
		if m.name == name {
			return m
		}
	}
	m := &bodyNode{name: name}
	n.members = append(n.members, m)
	return m
}

// value returns what is sent in this place itself.
func (n *bodyNode) value(v values) any {
	for _, p := range slices.Backward(n.params) {
		if v.has(p) {
			return p.bodyValue(v[p.index])
		}
	}
	return absent
}

// bodyValue is the value in JSON: unlike elsewhere it keeps its type, unless
// it is to be quoted.
func (p *param) bodyValue(v any) any {
	switch v.(type) {
	case []any, map[string]any, nil:
		return v
	}
	if p.Quoted {
		return p.text(v)
	}
	return v
}

// sent reports whether anything is sent here or below.
func (n *bodyNode) sent(v values) bool {
	return n.value(v) != absent || slices.ContainsFunc(n.members, func(m *bodyNode) bool { return m.sent(v) })
}

// write adds the node's value.
func (n *bodyNode) write(b *bytes.Buffer, v values) {
	var below []*bodyNode
	for _, m := range n.members {
		if m.sent(v) {
			below = append(below, m)
		}
	}
	value := n.value(v)
	if len(below) == 0 && value != absent {
		b.Write(marshal(value))
		return
	}
	object, _ := value.(map[string]any)
	n.writeObject(b, v, object, below)
}

// writeObject adds the members of a value, as far as no node replaces them,
// and then the nodes below.
func (n *bodyNode) writeObject(b *bytes.Buffer, v values, object map[string]any, below []*bodyNode) {
	start := b.Len()
	b.WriteByte('{')
	key := func(name string) {
		if b.Len() > start+1 {
			b.WriteByte(',')
		}
		b.Write(marshal(name))
		b.WriteByte(':')
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.ContainsFunc(below, func(m *bodyNode) bool { return m.name == name }) {
			key(name)
			b.Write(marshal(object[name]))
		}
	}
	for _, m := range below {
		key(m.name)
		m.write(b, v)
	}
	b.WriteByte('}')
}
