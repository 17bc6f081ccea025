package fusion

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// result makes a result of a 2xx answer.
func (c *call) result(ctx context.Context, got outcome) (*Result, error) {
	a, redact := got.answer, got.redact
	body := a.utf8()
	switch {
	case len(body) == 0, !c.tool.text && len(bytes.TrimSpace(body)) == 0:
		return &Result{Status: a.status}, nil
	case c.tool.text && c.tool.transform != nil:
		return c.transformed(ctx, got, marshal(string(redact.content(body))))
	case c.tool.text:
		return a.textResult(redact.content(body), redact, c.maxResult), nil
	}
	return c.jsonResult(ctx, got, body)
}

// jsonResult takes whatever is JSON, also where the API calls it something
// else: many do.
func (c *call) jsonResult(ctx context.Context, got outcome, body []byte) (*Result, error) {
	compact := bytes.NewBuffer(make([]byte, 0, len(body)))
	if json.Compact(compact, body) != nil {
		return nil, got.answer.notJSON(body, got.redact)
	}
	if c.tool.transform != nil {
		return c.transformed(ctx, got, compact.Bytes())
	}
	return c.cutJSON(got, compact.Bytes(), got.answer.jsonType(got.redact))
}

// cutJSON is a result of compact JSON, within the limit and without secrets.
func (c *call) cutJSON(got outcome, compact []byte, kind string) (*Result, error) {
	content, ok := got.redact.json(compact)
	if !ok {
		return nil, c.holdsSecret(got)
	}
	r := &Result{Status: got.answer.status, ContentType: kind, Content: content}
	if len(content) > c.maxResult {
		var place string
		r.Content, place = cut(content, c.maxResult)
		r.Note = note(len(r.Content), len(content), place)
	}
	return r, nil
}

func (c *call) holdsSecret(got outcome) error {
	return &UpstreamError{Status: got.answer.status, Detail: "the answer holds the service's credential and is not passed on"}
}

// transformed is a result of what the transform makes of JSON. The secrets go
// before, so that no error of the program repeats one, and after, so that it
// puts none together.
func (c *call) transformed(ctx context.Context, got outcome, compact []byte) (*Result, error) {
	safe, ok := got.redact.json(compact)
	if !ok {
		return nil, c.holdsSecret(got)
	}
	limited, cancel := context.WithTimeout(ctx, transformTime)
	defer cancel()
	out, err := transform(limited, c.tool.transform, safe, c.values, c.tool.sender.maxUpstream)
	if err != nil {
		return nil, c.transformError(got, err)
	}
	return c.cutJSON(got, out, "application/json")
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
