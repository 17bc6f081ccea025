package config

import (
	"slices"
	"strings"
)

// readPath reads the path and holds its placeholders against the path
// parameters.
func (e *endpoint) readPath() {
	c, ok := e.object.needText("path")
	if !ok {
		return
	}
	e.Path = c.node.text
	names, reason := placeholders(e.Path)
	if reason == "" {
		reason = checkPath(e.Path)
	}
	if reason != "" {
		c.problem("%s %s; must be one such as /users/{id}", c.quoted(), reason)
		return
	}
	e.matchPlaceholders(c, names)
}

func checkPath(path string) string {
	switch {
	case !strings.HasPrefix(path, "/"):
		return "does not begin with a slash"
	case strings.Contains(path, "#"):
		return "has a fragment"
	case strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }):
		return "has a space, a backslash or a control character"
	case climbsEscaped(path):
		return climbing
	default:
		return ""
	}
}

// climbing is what is wrong with a path that has dot-segments (RFC 3986,
// section 3.3).
const climbing = `has a segment "." or "..", so it leads elsewhere`

// Climbs reports whether an unescaped path, or a value that becomes part of
// one, has "." or ".." between its slashes. Backslashes count as slashes, as
// they do for some servers.
func Climbs(path string) bool {
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// unescapeClimbing unescapes the characters that make a path climb: many a
// server unescapes a path before it cleans it.
var unescapeClimbing = strings.NewReplacer("%2e", ".", "%2E", ".", "%2f", "/", "%2F", "/", "%5c", "/", "%5C", "/")

// climbsEscaped is Climbs for a path as it stands in a URL, or a template of
// one, without its query.
func climbsEscaped(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return Climbs(unescapeClimbing.Replace(path))
}

// placeholders returns the names in braces, in their order and without
// repetitions.
func placeholders(path string) (names []string, reason string) {
	for {
		before, rest, found := strings.Cut(path, "{")
		if strings.Contains(before, "}") {
			return nil, "has a closing brace without an opening one"
		}
		if !found {
			return names, ""
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.ContainsAny(name, "{/?") {
			return nil, "has a brace that begins no placeholder"
		}
		if path = after; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
}

// matchPlaceholders reports placeholders without a parameter, and settles the
// path parameters.
func (e *endpoint) matchPlaceholders(path cursor, names []string) {
	filled := make(map[string]bool)
	for _, p := range e.parameters {
		if p.Location == InPath {
			p.settlePath(slices.Contains(names, p.SentName()))
			filled[p.SentName()] = true
		}
	}
	for _, name := range names {
		if !filled[name] {
			path.problem("the placeholder %s has no parameter; add one of that name with the location \"path\"", path.placeholder(name))
		}
	}
}

// placeholder prints a placeholder of the path, unless part of it may be the
// value of a variable.
func (c cursor) placeholder(name string) string {
	if c.node.variable {
		return "in " + c.quoted()
	}
	return clip("{" + name + "}")
}

// settlePath decides what becomes of a path parameter. A path cannot leave a
// placeholder open, so a parameter without a default is required there.
func (p *parameter) settlePath(used bool) {
	switch {
	case used:
		p.Required = p.Required || !p.HasDefault
		p.checkPathDefault()
	case p.Required && !p.Static:
		p.object.problem("the path has no placeholder for this required parameter; write {%s} in the path, or change the location", p.sentAs.node.raw)
	default:
		p.Unused = true
		p.object.warn("the path has no placeholder {%s}; the parameter is neither shown nor sent", p.sentAs.node.raw)
	}
}

// checkPathDefault warns about a default with which no call is sent.
func (p *parameter) checkPathDefault() {
	text, isText := p.Default.(string)
	if isText && (text == "" && !p.Quoted || Climbs(text)) {
		c, _ := p.object.find("default")
		c.warn("%s cannot be part of a path, so a call without the argument is refused; leave it out", c.quoted())
	}
}
