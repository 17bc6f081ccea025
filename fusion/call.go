package fusion

import (
	"context"
	"fmt"
	"net/http"
)

// Call calls a tool: it checks the arguments, sends one request and reads the
// answer. The tool may come from another Fusion, such as the one that this
// one replaces.
//
// The error is an [*ArgumentError], [*UnsupportedError], [*DestructiveError]
// or [*auth.CredentialError] when nothing was sent, an [*UpstreamError] when
// the API did not answer with what a result can hold; the texts of all of
// these are safe for clients. When ctx was cancelled the error wraps
// [context.Canceled]. Any other error is a mistake of ours, and its text is
// for the log.
func (f *Fusion) Call(ctx context.Context, t *Tool, args Arguments) (*Result, error) {
	if t.unsupported != "" {
		return nil, &UnsupportedError{t.unsupported}
	}
	if t.blocked != "" {
		return nil, &DestructiveError{t.blocked}
	}
	values, err := t.prepare(args, f.now())
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	request, err := t.request(limited, values)
	if err != nil {
		return nil, err
	}
	return f.exchange(ctx, t, request)
}

// exchange puts the credential on the request, sends it and reads the answer.
// ctx is the caller's; the request has one with the tool's timeout.
func (f *Fusion) exchange(ctx context.Context, t *Tool, r *http.Request) (*Result, error) {
	secrets, err := t.auth.Apply(r.Context(), r)
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", t.Name, err)
	}
	if !t.target.contains(r) {
		return nil, errOutside
	}
	redact := newRedactor(secrets)
	answer, failed := t.sender.send(r)
	if failed != nil {
		return nil, f.failed(ctx, t, failed, redact)
	}
	if !isSuccess(answer.status) {
		return nil, answer.refusal(redact)
	}
	return answer.result(t, redact, f.maxResult)
}

// failed words for the client, and for the log, why there is no answer.
func (f *Fusion) failed(ctx context.Context, t *Tool, failed *failure, redact *redactor) error {
	if err := ended(ctx, t); err != nil {
		return err
	}
	e := failed.upstream(ctx, t, t.sender.maxUpstream)
	// The API chooses where it redirects to. What was cut could not be found.
	e.Detail = clip(clean(redact.text(e.Detail)), maxDetail)
	if failed.cause != nil {
		e.Cause = clip(clean(redact.text(withoutURL(failed.cause).Error())), maxDetail)
	}
	return e
}
