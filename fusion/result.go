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
		out, err := c.transformed(ctx, got, marshal(string(redact.content(body))))
		if err != nil {
			return nil, err
		}
		return c.cutJSON(got, out, "application/json", ""), nil
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
	first, err := c.newPage(got, compact.Bytes())
	if err != nil {
		return nil, err
	}
	whole, rest, kind := first.body, "", got.answer.jsonType(got.redact)
	if c.tool.paging != nil {
		all, err := c.gather(ctx, *first)
		if err != nil {
			return nil, err
		}
		whole, rest = all.join(c.tool.paging.NextPageTokenPath), all.rest
	}
	if c.tool.transform != nil {
		if whole, err = c.transformed(ctx, got, whole); err != nil {
			return nil, err
		}
		kind = "application/json"
	}
	return c.cutJSON(got, whole, kind, rest), nil
}

// cutJSON is a result of compact JSON, within the limit.
func (c *call) cutJSON(got outcome, content []byte, kind, rest string) *Result {
	r := &Result{Status: got.answer.status, ContentType: kind, Content: content}
	var place string
	if len(content) > c.maxResult {
		r.Content, place = cut(content, c.maxResult)
	}
	r.Note = note(len(r.Content), len(content), place, rest)
	return r
}

func (c *call) holdsSecret(got outcome) error {
	return &UpstreamError{Status: got.answer.status, Detail: "the answer holds the service's credential and is not passed on"}
}

// transformed is what the transform makes of JSON without secrets. They went
// before, so that no error of the program repeats one, and go after, so that it
// puts none together.
func (c *call) transformed(ctx context.Context, got outcome, safe []byte) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, transformTime)
	defer cancel()
	out, err := transform(limited, c.tool.transform, safe, c.values, c.tool.sender.maxUpstream)
	if err != nil {
		return nil, c.transformError(got, err)
	}
	out, ok := got.redact.json(out)
	if !ok {
		return nil, c.holdsSecret(got)
	}
	return out, nil
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
