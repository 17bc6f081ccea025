package fusion

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Call calls a tool: it checks the arguments, sends the request and reads the
// answer. The tool may come from another Fusion, such as the one that this
// one replaces.
//
// The error is an [*ArgumentError], [*DestructiveError], [*BreakerError] or
// [*auth.CredentialError] when nothing was sent, an [*UpstreamError] when the API
// did not answer with what a result can hold; the texts of all of these are safe
// for clients. When ctx was cancelled the error wraps [context.Canceled]. Any
// other error is a mistake of ours, and its text is for the log.
func (f *Fusion) Call(ctx context.Context, t *Tool, args Arguments) (*Result, error) {
	return f.call(ctx, t, args, position{})
}

// ReadMore calls a tool that only reads again, and gives its answer from the
// position that a Result had as From. The rest is as for Call; a position that
// this tool did not give to this tenant is an [*ArgumentError] for "from".
func (f *Fusion) ReadMore(ctx context.Context, t *Tool, args Arguments, from string) (*Result, error) {
	if !t.Hints.ReadOnly {
		return nil, argumentError("from", "cannot be given to "+t.Name+"; only a tool that only reads may be called again to read on")
	}
	at, err := t.position(ctx, from)
	if err != nil {
		return nil, err
	}
	return f.call(ctx, t, args, at)
}

func (f *Fusion) call(ctx context.Context, t *Tool, args Arguments, from position) (*Result, error) {
	if t.blocked != "" {
		return nil, &DestructiveError{t.blocked}
	}
	c, err := f.newCall(ctx, t, args, from)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, t.retry.atMost(t.Timeout))
	defer cancel()
	return c.run(limited)
}

// newCall checks the arguments.
func (f *Fusion) newCall(ctx context.Context, t *Tool, args Arguments, from position) (*call, error) {
	values, err := t.prepare(args, f.now())
	if err != nil {
		return nil, err
	}
	return &call{tool: t, values: values, caller: ctx, maxResult: f.maxResult, cache: f.cache, now: f.now, from: from, at: from.Page}, nil
}

// call is one call of a tool on its way.
type call struct {
	tool   *Tool
	values values
	// caller is the caller's context: an error says whose time was up. The
	// work itself has a shorter one.
	caller    context.Context
	maxResult int
	cache     *cache // for a tool with caching
	now       func() time.Time
	from      position
	// at is the page that is asked for, and asked the URL of the last one that
	// was, without the credential; only for a tool that has pages.
	at    pageRef
	asked *url.URL
	// added is what the credential adds to the query, and renew gets another one
	// for it; nil when there is none.
	added url.Values
	renew func(context.Context) (bool, error)
}

// run gets an answer and makes a result of it.
func (c *call) run(ctx context.Context) (*Result, error) {
	w, err := c.answer(ctx)
	if err != nil {
		return nil, err
	}
	return c.show(ctx, w)
}

// outcome is what one attempt came to.
type outcome struct {
	answer *answer // a 2xx; nil with err
	redact *redactor
	err    error
	fault  fault // what err says of the API
}

// attempt does one exchange, unless the service's circuit breaker is open.
func (c *call) attempt(ctx context.Context) outcome {
	leave, err := c.tool.breakers.enter(ctx)
	if err != nil {
		return outcome{err: err}
	}
	limited, cancel := c.tool.retry.limit(ctx, c.tool.Timeout)
	defer cancel()
	got := c.ask(limited)
	if ctx.Err() != nil && c.at != (pageRef{}) {
		got.fault = fault{} // the pages before took the time, which says nothing of the API
	}
	leave(got.health())
	return got
}

// ask asks the API, and once more with another credential where it has refused
// the first.
func (c *call) ask(ctx context.Context) outcome {
	got := c.askOnce(ctx)
	if c.renew == nil || !c.tool.renewal.isRefusal(got.fault) {
		return got
	}
	if c.renewed(ctx, got) {
		return c.askOnce(ctx)
	}
	if err := ended(c.caller, c.tool); err != nil {
		return outcome{err: err}
	}
	return got
}

// askOnce builds the request, puts the credential on it, sends it and reads the
// answer.
func (c *call) askOnce(ctx context.Context) outcome {
	r, err := c.request(context.WithValue(ctx, targetKey{}, &c.tool.target))
	if err != nil {
		return outcome{err: err}
	}
	redact, err := c.authorize(r)
	if err != nil {
		return outcome{err: err}
	}
	return c.send(r, redact)
}

// authorize puts the credential on a finished request.
func (c *call) authorize(r *http.Request) (*redactor, error) {
	before := r.URL.RawQuery
	sent, err := c.tool.auth.Apply(r.Context(), r)
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", c.tool.Name, err)
	}
	c.renew = sent.Renew
	if added := strings.TrimPrefix(r.URL.RawQuery, before); added != "" {
		c.added, _ = url.ParseQuery(added) // ours, and valid
	}
	if !c.tool.target.contains(r) {
		return nil, errOutside
	}
	return newRedactor(slices.Concat(sent.Secrets, c.tool.hidden)), nil
}

// send does one exchange with the API.
func (c *call) send(r *http.Request, redact *redactor) outcome {
	answer, failed := c.tool.sender.send(r)
	switch {
	case failed != nil:
		return c.failed(failed, redact)
	case !isSuccess(answer.status):
		return outcome{redact: redact, err: c.refused(answer, redact), fault: answer.fault(time.Now())}
	}
	return outcome{answer: answer, redact: redact}
}

// refused is the error for a status other than 2xx.
func (c *call) refused(answer *answer, redact *redactor) *UpstreamError {
	e := answer.refusal(redact)
	if e.Status == http.StatusUnauthorized {
		e.Connector = c.tool.Connector
	}
	return e
}

// failed words for the client, and for the log, why there is no answer.
func (c *call) failed(failed *failure, redact *redactor) outcome {
	if err := ended(c.caller, c.tool); err != nil {
		return outcome{err: err}
	}
	e := failed.upstream(c.caller, c.tool, c.tool.sender.maxUpstream)
	// The API chooses where it redirects to. What was cut could not be found.
	e.Detail = clip(clean(redact.text(e.Detail)), maxDetail)
	if failed.cause != nil {
		e.Cause = clip(clean(redact.text(withoutURL(failed.cause).Error())), maxDetail)
	}
	if c.caller.Err() != nil {
		return outcome{redact: redact, err: e} // the caller had no time, which says nothing of the API
	}
	return outcome{redact: redact, err: e, fault: failed.fault()}
}
