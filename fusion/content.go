package fusion

import (
	"bytes"
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
	// fields are the parameters in the body; a form has them as they are.
	fields []*param
	form   bool
	object *bodyNode // nil when there are no fields
	mail   *mailer   // nil unless some of the fields form a message
}

// payload is a body with its media type.
type payload struct {
	kind string
	data []byte
}

// newContent arranges the parameters that are sent in the body; nil when
// there is none.
func newContent(e *config.Endpoint, params []*param) *content {
	c := &content{always: expectsBody(e.Method), form: e.Body.Encoding == config.Form}
	for _, p := range params {
		if p.Location == config.InBody {
			c.fields = append(c.fields, p)
		}
	}
	if c.fields == nil {
		return nil
	}
	nested := c.fields
	if e.Body.Encoding == config.Mail {
		c.mail, nested = newMailer(e.Body.WrapperPath, params)
	}
	c.object = newBody(nested)
	return c
}

func expectsBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// payload returns the body; nil for none. An error is an *ArgumentError.
func (c *content) payload(v values) (*payload, error) {
	switch {
	case c == nil || !c.always && !slices.ContainsFunc(c.fields, v.has):
		return nil, nil
	case c.form:
		return &payload{"application/x-www-form-urlencoded", c.encodeForm(v)}, nil
	}
	if c.mail != nil {
		var err error
		if v, err = c.mail.add(v); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	c.object.write(&b, v)
	return &payload{"application/json", b.Bytes()}, nil
}

// encodeForm writes the fields as they are named: a form does not nest.
func (c *content) encodeForm(v values) []byte {
	var b strings.Builder
	for _, p := range c.fields {
		p.writeQuery(&b, v[p.index])
	}
	return []byte(b.String())
}
