package fusion

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

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
	ctx = auth.Offline(ctx)
	c, err := f.newCall(ctx, t, args, position{})
	if err != nil {
		return nil, err
	}
	r, err := c.request(ctx)
	if errors.Is(err, errNoTenant) {
		return nil, errors.New("a dry run is for no tenant, and so cannot show a file of one")
	}
	if err != nil {
		return nil, err
	}
	before := r.Clone(ctx)
	redact, err := c.authorize(r)
	missing, isMissing := errors.AsType[*auth.CredentialError](err)
	switch {
	case isMissing:
		shown, err := newRedactor(t.hidden).request(r, before)
		if err == nil {
			shown.Missing = missing.Detail
		}
		return shown, err
	case err != nil:
		return nil, err
	}
	return redact.request(r, before)
}

// request shows a request without the secrets. A short one is only looked for
// where the request differs from what it was before: elsewhere it would be found
// by chance, and the gap would tell it.
func (r *redactor) request(from, before *http.Request) (*Request, error) {
	shown := &Request{Method: from.Method, Header: http.Header{}}
	to, query := *from.URL, r.long
	if from.URL.RawQuery != before.URL.RawQuery {
		query = r.forms
	}
	to.RawQuery = ""
	if shown.URL = replaceAll(to.String(), r.long); from.URL.RawQuery != "" {
		shown.URL += "?" + replaceAll(from.URL.RawQuery, query)
	}
	for name, values := range from.Header {
		forms := r.long
		if !slices.Equal(values, before.Header[name]) {
			forms = r.forms
		}
		for _, value := range values {
			shown.Header.Add(name, replaceAll(value, forms))
		}
	}
	if from.Body == nil {
		return shown, nil
	}
	defer from.Body.Close()
	body, err := io.ReadAll(from.Body)
	shown.Body = r.content(body)
	return shown, err
}
