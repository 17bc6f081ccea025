package config

import (
	"regexp"
	"strings"
)

// forbiddenHeaders belong to the connection, not to an API, and are set by
// the HTTP client. Whoever sets Accept-Encoding has to decompress as well.
var forbiddenHeaders = map[string]bool{
	"accept-encoding": true, "connection": true, "content-length": true, "host": true, "keep-alive": true,
	"proxy-authorization": true, "proxy-connection": true, "te": true, "trailer": true,
	"transfer-encoding": true, "upgrade": true,
}

// token is RFC 9110 section 5.6.2: what names of headers and cookies are.
var token = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// checkHeaderName reports a name that cannot be a header of a request.
func (c cursor) checkHeaderName() {
	switch name := c.node.text; {
	case c.node.kind != kindString || c.node.broken:
	case !token.MatchString(name):
		c.problem("%s is no header name; allowed are letters, digits and !#$%%&'*+-.^_`|~", c.quoted())
	case forbiddenHeaders[strings.ToLower(name)]:
		c.problem("the header %s is set by the gateway itself; choose another", c.quoted())
	}
}

// HasControl reports whether a text has a control character, with which it
// cannot be sent in a header.
func HasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// headerText reads a text that becomes part of a header.
func (o *object) headerText(name, def string) string {
	c, found := o.find(name)
	if !found || !c.is(kindString) {
		return def
	}
	if HasControl(c.node.text) {
		c.problem("has a control character, which a header cannot")
	}
	return c.node.text
}

func (o *object) cookieName(name string, needed bool) string {
	c, found := o.find(name)
	switch {
	case !found && needed:
		o.missing("%q is missing; it is required when the location is cookie", name)
	case !found || !c.is(kindString):
	case !token.MatchString(c.node.text):
		c.problem("%s is no cookie name; allowed are letters, digits and !#$%%&'*+-.^_`|~", c.quoted())
	default:
		return c.node.text
	}
	return ""
}
