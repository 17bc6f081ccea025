package config

import "regexp"

// serviceKey is what a service may be called: its key is part of tool names
// and of paths.
var serviceKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// reserved are the words that have another meaning where a service's key
// stands.
var reserved = map[string]bool{"connections": true, "openapi": true, "health": true}

// unsupportedTransports are those of services that are no REST API.
var unsupportedTransports = map[string]bool{"mcp_stdio": true, "mcp_http": true, "mcp_sse": true}

func (l *loader) readService(m member, c cursor) {
	l.checkKey(m, c)
	if refuseTransport(c) {
		return
	}
	c.walk(cursor.expandVariables)
	s := &service{Service: &Service{Key: m.key, Position: c.scope.file.position(m.offset)}}
	o := c.object()
	s.read(o)
	for _, item := range needEndpoints(o) {
		l.readEndpoint(s, item)
	}
	o.done()
	l.services = append(l.services, s.Service)
}

func needEndpoints(o *object) []cursor {
	c, found := o.need("endpoints")
	if !found || !c.is(kindArray) {
		return nil
	}
	if len(c.node.items) == 0 {
		c.problem("is empty; a service has at least one endpoint")
	}
	return c.items()
}

// keyPlace is where a service's key stands.
type keyPlace struct {
	file     *file
	position Position
}

func (l *loader) checkKey(m member, c cursor) {
	if !serviceKey.MatchString(m.key) {
		c.problemAt(m.offset, "%s cannot be a service's key; allowed are a-z, 0-9, _ and -, beginning with a letter or digit", clip(m.key))
	}
	if reserved[m.key] {
		c.problemAt(m.offset, "the key %q is reserved; choose another than connections, openapi and health", m.key)
	}
	place := keyPlace{c.scope.file, c.scope.file.position(m.offset)}
	if first, taken := l.keys[m.key]; taken && first.file != place.file { // twice in one file is reported already
		c.problemAt(m.offset, "the service key %s is in %s as well as in %s; rename or remove one", clip(m.key), first.position, place.file.name)
	}
	l.keys[m.key] = place
}

// refuseTransport reports whether the service is of a kind that this version
// does not read. Nothing else in it is looked at: its language is another.
func refuseTransport(c cursor) bool {
	for _, m := range c.node.members {
		if m.key == "transport" && unsupportedTransports[m.value.text] {
			c.unsupported("the transport \"" + m.value.text + "\" is")
			return true
		}
	}
	return false
}

// service is a Service being read, with what its endpoints inherit.
type service struct {
	*Service
	connection Connection
	retry      *Retry
}

// read reads everything but the endpoints, which need it.
func (s *service) read(o *object) {
	s.Name = o.needString("name")
	if c, ok := o.needText("baseURL"); ok {
		s.BaseURL = c.baseURL()
	}
	s.Auth = readAuth(o, s.BaseURL)
	s.CircuitBreaker = readCircuitBreaker(o.child("circuitBreaker"))
	s.DenyPrivate = o.flag("denyPrivate", false)
	s.connection = readConnection(o.child("connection"), Connection{Timeout: defaultTimeout})
	s.retry = readRetry(o.child("retry"))
	o.ignored("serviceKey", "a service's key is its name in \"services\"")
	if c, found := o.find("transport"); found && c.is(kindString) {
		c.problem("is %s; leave it out for a REST API", c.quoted())
	}
}
