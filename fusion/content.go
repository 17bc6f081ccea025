package fusion

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// content is how a tool's parameters become the body of a request. It never
// changes.
type content struct {
	// always is set where a body is sent even when no argument fills it,
	// because an API that reads JSON does not take nothing for an empty object.
	always bool
	given  []*param // the parameters in the body
	mail   *mailer  // nil unless some of them form a message
	// fields are what the body has: those of given, or the message and what is
	// not in it.
	fields []*param
	form   bool
	object *bodyNode // the fields as JSON
	// files are sent beside the fields, when a call has one.
	files   []*fileParam
	uploads *uploads
}

// payload is a body with its media type.
type payload struct {
	kind string
	data []byte
	// bound is set when the body cannot be read under another type.
	bound bool
}

// newContent arranges the parameters that are sent in the body.
func newContent(e *config.Endpoint, params []*param, u *uploads) *content {
	c := &content{form: e.Body.Encoding == config.Form, files: newFiles(params), uploads: u}
	for _, p := range params {
		if p.Location == config.InBody {
			c.given = append(c.given, p)
		}
	}
	c.always = c.given != nil && expectsBody(e.Method)
	c.fields = c.given
	if e.Body.Encoding == config.Mail {
		c.mail, c.fields = newMailer(e.Body.WrapperPath, params)
	}
	c.object = newBody(c.fields)
	return c
}

func expectsBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// payload returns the body; nil for none. An error is an *ArgumentError, or a
// mistake of ours.
func (c *content) payload(ctx context.Context, v values) (*payload, error) {
	files, err := c.openFiles(ctx, v)
	if err != nil {
		return nil, err
	}
	if files == nil && !c.always && !slices.ContainsFunc(c.given, v.has) {
		return nil, nil
	}
	if c.mail != nil {
		if v, err = c.mail.add(v); err != nil {
			return nil, err
		}
	}
	switch {
	case files != nil:
		return c.multipart(v, files), nil
	case c.form:
		return &payload{kind: "application/x-www-form-urlencoded", data: c.encodeForm(v)}, nil
	}
	var b bytes.Buffer
	c.object.write(&b, v)
	return &payload{kind: "application/json", data: b.Bytes()}, nil
}

// encodeForm writes the fields as they are named: a form does not nest.
func (c *content) encodeForm(v values) []byte {
	var b strings.Builder
	for _, p := range c.fields {
		p.writeQuery(&b, v[p.index])
	}
	return []byte(b.String())
}
