package fusion

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// whole is an answer as it is shown, before it is cut. It holds no secret, and
// never changes.
type whole struct {
	status int
	kind   string
	body   []byte // nil when the API sent nothing
	text   bool   // the body is text rather than JSON
	file   string // the name, if the body is a file
	pages
}

// whole makes one of a 2xx answer.
func (c *call) whole(ctx context.Context, got outcome) (*whole, error) {
	if c.tool.binary {
		return c.wholeFile(got)
	}
	body := got.answer.utf8()
	switch {
	case len(body) == 0, !c.tool.text && len(bytes.TrimSpace(body)) == 0:
		return &whole{status: got.answer.status}, nil
	case c.tool.text:
		return c.wholeText(ctx, got, got.redact.content(body))
	}
	return c.wholeJSON(ctx, got, body)
}

// wholeFile takes the bytes as they are. A credential cannot be taken out of a
// file without damage.
func (c *call) wholeFile(got outcome) (*whole, error) {
	a := got.answer
	switch {
	case len(a.body) == 0:
		return &whole{status: a.status}, nil
	case containsAny(a.body, got.redact.long):
		return nil, c.holdsSecret(got)
	}
	kind := cmp.Or(a.mediaType(got.redact), "application/octet-stream")
	return &whole{a.status, kind, a.body, false, a.fileName(c.tool.Endpoint, got.redact), pages{}}, nil
}

func (c *call) wholeText(ctx context.Context, got outcome, safe []byte) (*whole, error) {
	w := &whole{got.answer.status, got.answer.textType(got.redact), safe, true, "", pages{}}
	if c.tool.transform != nil {
		return c.transformed(ctx, got, w, marshal(string(safe)))
	}
	return w, nil
}

// wholeJSON takes whatever is JSON, also where the API calls it something
// else: many do.
func (c *call) wholeJSON(ctx context.Context, got outcome, body []byte) (*whole, error) {
	compact := bytes.NewBuffer(make([]byte, 0, len(body)))
	if json.Compact(compact, body) != nil {
		return nil, got.answer.notJSON(body, got.redact)
	}
	safe, ok := got.redact.json(compact.Bytes())
	if !ok {
		return nil, c.holdsSecret(got)
	}
	w := &whole{got.answer.status, got.answer.jsonType(got.redact), safe, false, "", pages{}}
	if c.tool.paging != nil {
		var err error
		if w.body, w.pages, err = c.gather(ctx, c.newPage(got, compact.Bytes(), safe)); err != nil {
			return nil, err
		}
	}
	if c.tool.transform != nil {
		return c.transformed(ctx, got, w, w.body)
	}
	return w, nil
}

func (c *call) holdsSecret(got outcome) error {
	return &UpstreamError{Status: got.answer.status, Detail: "the answer holds the service's credential and is not passed on"}
}

// transformed is what the transform makes of JSON without secrets. They went
// before, so that no error of the program repeats one, and go after, so that it
// puts none together.
func (c *call) transformed(ctx context.Context, got outcome, w *whole, safe []byte) (*whole, error) {
	out, err := transform(ctx, c.tool.transform, safe, c.values, c.tool.sender.maxUpstream)
	if err != nil {
		return nil, c.transformError(got, err)
	}
	out, ok := got.redact.json(out)
	if !ok {
		return nil, c.holdsSecret(got)
	}
	return &whole{w.status, "application/json", out, false, "", w.pages.blurred()}, nil
}

// transformError words what went wrong in a transform. What the program says
// may repeat a part of the answer.
func (c *call) transformError(got outcome, err error) error {
	if ended := ended(c.caller, c.tool); ended != nil {
		return ended
	}
	e := &UpstreamError{Status: got.answer.status}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Timeout = true
		e.Detail = "the answer could not be transformed (response.transform) within " + seconds(transformTime)
	case errors.Is(err, errTooMuch):
		e.Detail = fmt.Sprintf("the transformed answer (response.transform) is longer than %d bytes", c.tool.sender.maxUpstream)
	default:
		e.Detail = clip("the answer could not be transformed (response.transform): "+clean(got.redact.text(err.Error())), maxDetail)
	}
	return e
}
