package config

import "regexp"

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}

// endpoint is an Endpoint being read, with the places that later checks need.
type endpoint struct {
	*Endpoint
	service    *service
	object     *object
	parameters []*parameter
}

func (l *loader) readEndpoint(s *service, c cursor) {
	e := &endpoint{Endpoint: &Endpoint{Position: c.position()}, service: s, object: c.object()}
	if id, ok := e.object.needText("id"); ok {
		e.readID(id)
		l.tools = append(l.tools, tool{e.Endpoint, id, s.Key + "_" + id.node.raw})
	}
	e.readHead()
	e.readParameters()
	e.readPath()
	e.checkShown()
	e.checkStatic()
	e.checkNesting()
	e.readBehaviour()
	e.object.done()
	s.Endpoints = append(s.Endpoints, e.Endpoint)
}

// toolName is what an endpoint's id may add to a service's key.
var toolName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// maxToolName is the longest tool name in characters that all clients take.
const maxToolName = 64

func (e *endpoint) readID(id cursor) {
	e.ID = id.node.text
	e.ToolName = e.service.Key + "_" + e.ID
	switch {
	case !toolName.MatchString(e.ID):
		id.problem("%s cannot be part of a tool name; allowed are A-Z, a-z, 0-9, _ and -", id.quoted())
	case len(e.ToolName) > maxToolName:
		id.problem("the tool name %s has %d characters; at most %d are allowed, so shorten the id",
			clip(e.service.Key+"_"+id.node.raw), len(e.ToolName), maxToolName)
	}
}

func (e *endpoint) readHead() {
	e.Name = e.object.needString("name")
	e.Description = e.object.text("", "description")
	e.Method = e.object.needChoice("method", methods...)
	e.BaseURL = e.service.BaseURL
	if c, found := e.object.findText("baseURL"); found {
		e.BaseURL = c.baseURL()
	}
	e.Hints = readHints(e.object.child("hints"), e.Method)
}

func (e *endpoint) readBehaviour() {
	e.readBody(e.object.child("requestBody"))
	e.readResponse(e.object.child("response"))
	e.Connection = readConnection(e.object.child("connection"), e.service.connection)
	retry := e.object.child("retry")
	// The endpoint's settings count as a whole: {"enabled": false} switches
	// off what the service has.
	if e.Retry = readRetry(retry); !retry.given {
		e.Retry = e.service.retry
	}
}

// readHints reads what the file says; what it does not say follows from the
// method (RFC 9110 section 9.2).
func readHints(o *object, method string) Hints {
	destructive := o.flag("destructive", method == "DELETE")
	readOnly, said := o.find("readOnly")
	h := Hints{
		ReadOnly:    o.flag("readOnly", !destructive && (method == "GET" || method == "HEAD")),
		Destructive: destructive,
		Idempotent:  o.flag("idempotent", method != "POST" && method != "PATCH"),
		OpenWorld:   o.flag("openWorld", true),
	}
	if said && h.ReadOnly && h.Destructive {
		readOnly.problem("a tool cannot be both read-only and destructive (as DELETE is unless \"destructive\" is false)")
	}
	o.done()
	return h
}
