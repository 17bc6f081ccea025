package config

import (
	"regexp"
	"strings"
)

// variable is ${NAME} or ${NAME:default}; a default ends at the first closing
// brace and may be empty.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:[^}]*)?\}`)

// expand replaces the variables of text in one pass: a value is not searched
// for further variables. It returns whether there were any, and the names of
// those that are unset and have no default.
func expand(text string, lookup func(string) (string, bool)) (result string, found bool, unset []string) {
	var b strings.Builder
	end := 0
	for _, m := range variable.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[end:m[0]])
		end = m[1]
		name := text[m[2]:m[3]]
		if value, set := lookup(name); set {
			b.WriteString(value)
		} else if m[4] >= 0 {
			b.WriteString(text[m[4]+1 : m[5]])
		} else {
			unset = append(unset, name)
		}
	}
	b.WriteString(text[end:])
	return b.String(), end > 0, unset
}

// expandVariables expands one string. Only values come here, never keys, so a
// variable cannot change the structure.
func (c cursor) expandVariables() {
	if c.node.kind != kindString || !strings.Contains(c.node.raw, "${") {
		return
	}
	var unset []string
	c.node.text, c.node.variable, unset = expand(c.node.raw, c.scope.lookup)
	for _, name := range unset {
		c.node.broken = true
		c.problem("the environment variable %s is not set; set it, or write ${%s:default}", name, name)
	}
}
