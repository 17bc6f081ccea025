package fusion

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// Request is what a call would send. The service's credential is redacted.
type Request struct {
	Method, URL string
	Header      http.Header
	Body        []byte
	// Missing says why there is no credential on it; "" when there is one, or
	// none is needed.
	Missing string
}

// DryRun builds the request that Call would send, and sends nothing: not even
// for a credential. With a ctx that has no tenant, the credential is that of the
// configuration. The errors are those of Call before it sends; a destructive
// tool is none.
func (f *Fusion) DryRun(ctx context.Context, t *Tool, args Arguments) (*Request, error) {
	if t.unsupported != "" {
		return nil, &UnsupportedError{t.unsupported}
	}
	values, err := t.prepare(args, f.now())
	if err != nil {
		return nil, err
	}
	c := &call{tool: t, values: values, caller: ctx, maxResult: f.maxResult}
	r, err := c.request(ctx)
	if err != nil {
		return nil, err
	}
	redact, err := c.authorize(r)
	missing, isMissing := errors.AsType[*auth.CredentialError](err)
	switch {
	case isMissing:
		shown, err := newRedactor(nil).request(r)
		if err == nil {
			shown.Missing = missing.Detail
		}
		return shown, err
	case err != nil:
		return nil, err
	}
	return redact.request(r)
}

// request shows a request without the secrets.
func (r *redactor) request(from *http.Request) (*Request, error) {
	shown := &Request{Method: from.Method, URL: r.text(from.URL.String()), Header: http.Header{}}
	for name, values := range from.Header {
		for _, value := range values {
			shown.Header.Add(name, r.text(value))
		}
	}
	if from.Body == nil {
		return shown, nil
	}
	defer from.Body.Close()
	body, err := io.ReadAll(from.Body)
	shown.Body = []byte(r.text(string(body)))
	return shown, err
}
