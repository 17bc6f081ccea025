package config

import (
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/global"
)

// text reads a string; def when it is absent.
func (o *object) text(def string, names ...string) string {
	if c, found := o.find(names...); found && c.is(kindString) {
		return c.node.text
	}
	return def
}

// findText finds a string that is not empty. Programs that write files leave
// empty strings where nothing is meant.
func (o *object) findText(names ...string) (c cursor, ok bool) {
	c, found := o.find(names...)
	return c, found && c.is(kindString) && c.node.text != ""
}

// needText reads a string that must be there and not be empty. The cursor is
// for further problems with it; ok is false when there is nothing to check.
func (o *object) needText(names ...string) (c cursor, ok bool) {
	if c, ok = o.need(names...); !ok || !c.is(kindString) {
		return c, false
	}
	if c.node.text == "" {
		c.problem("is empty; must be a text")
		return c, false
	}
	return c, true
}

// needString is needText for values without further rules.
func (o *object) needString(names ...string) string {
	if c, ok := o.needText(names...); ok {
		return c.node.text
	}
	return ""
}

func (o *object) secret(names ...string) global.Secret {
	return global.NewSecret(o.text("", names...))
}

func (o *object) flag(name string, def bool) bool {
	if c, found := o.find(name); found && c.is(kindBoolean) {
		return c.node.text == "true"
	}
	return def
}

// choice reads one of the allowed texts; def when it is absent.
func (o *object) choice(name, def string, allowed ...string) string {
	if c, found := o.find(name); found {
		return c.oneOf(def, allowed)
	}
	return def
}

// needChoice is choice for a field that must be there.
func (o *object) needChoice(name string, allowed ...string) string {
	if c, found := o.need(name); found {
		return c.oneOf("", allowed)
	}
	return ""
}

func (c cursor) oneOf(def string, allowed []string) string {
	if !c.is(kindString) {
		return def
	}
	if slices.Contains(allowed, c.node.text) {
		return c.node.text
	}
	named := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
	c.problem("is %s; must be one of %s", c.quoted(), strings.Join(named, ", "))
	return def
}

// texts reads an array of strings that are not empty.
func (o *object) texts(name string) []cursor {
	var list []cursor
	for _, c := range o.list(name) {
		if !c.is(kindString) {
			continue
		}
		if c.node.text == "" {
			c.problem("is empty; must be a text")
			continue
		}
		list = append(list, c)
	}
	return list
}

// strings reads an object whose values are strings.
func (o *object) strings(name string) map[string]string {
	c, found := o.find(name)
	if !found || !c.is(kindObject) {
		return nil
	}
	texts := make(map[string]string, len(c.node.members))
	for _, m := range c.node.members {
		if c.field(m).is(kindString) {
			texts[m.key] = m.value.text
		}
	}
	return texts
}
