package config

import (
	"slices"
	"strings"
)

// readBody reads how body parameters are encoded.
func (e *endpoint) readBody(o *object) {
	e.Body.Encoding = o.choice("encoding", JSON, JSON, Form, Mail)
	path, found := o.findText("wrapperPath")
	switch {
	case found && e.Body.Encoding == Mail:
		e.Body.WrapperPath = path.node.text
		e.checkWrapperPath(path)
	case found:
		path.warn("has no effect; it is for the encoding %s", Mail)
	case e.Body.Encoding == Mail:
		o.missing("\"wrapperPath\" is missing; it says where the encoded message goes, such as \"message.raw\"")
	}
	o.done()
	e.checkArrayFormats()
	e.checkMessage(o)
	e.checkFiles()
}

// checkMessage warns about a message that nothing is put into.
func (e *endpoint) checkMessage(o *object) {
	inMessage := func(p *parameter) bool { return p.InMessage() }
	if e.Body.Encoding == Mail && !slices.ContainsFunc(e.parameters, inMessage) {
		o.warn("no message is ever sent; it is made of body parameters named to, cc, bcc, subject and body, without a targetName")
	}
}

// checkFiles warns about files in requests whose body hardly any API reads.
func (e *endpoint) checkFiles() {
	for _, p := range e.parameters {
		if p.isFile() && (e.Method == "GET" || e.Method == "HEAD") {
			p.object.warn("is sent as a file in the body of a %s request, which hardly any API reads; change the method, such as to POST", e.Method)
		}
	}
}

// checkWrapperPath reports body parameters that want the place of the message.
func (e *endpoint) checkWrapperPath(c cursor) {
	for _, p := range e.parameters {
		name, path := p.SentName()+".", e.Body.WrapperPath+"."
		if p.Location != InBody || p.InMessage() {
			continue
		}
		if strings.HasPrefix(name, path) || strings.HasPrefix(path, name) && p.Type != Object {
			p.object.problem("its place in the body is that of the message, at %s; rename it, or change requestBody.wrapperPath", c.quoted())
		}
	}
}

// checkArrayFormats warns about formats of what is sent otherwise.
func (e *endpoint) checkArrayFormats() {
	isFile := func(p *parameter) bool { return p.Location == InFile || p.Location == InFilePath }
	form := e.Body.Encoding == Form || slices.ContainsFunc(e.parameters, isFile)
	for _, p := range e.parameters {
		c, given := p.object.find("arrayFormat")
		listed := p.Location == InQuery || p.Location == InBody && form
		if given && (p.Type != Array || !listed) {
			c.warn("has no effect; it is for arrays in the query or a form")
		}
	}
}

// messageFields are the names of the parameters that form a message.
var messageFields = map[string]bool{"to": true, "cc": true, "bcc": true, "subject": true, "body": true}

// InMessage reports whether the parameter belongs into the message where the
// encoding is Mail. One with a target name stays beside it.
func (p *Parameter) InMessage() bool {
	return p.Location == InBody && messageFields[p.Name] && p.Transform.TargetName == ""
}
