package fusion

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// errOutside would be a mistake of ours: arguments are checked before. It
// names no URL, because that may hold a credential.
var errOutside = errors.New("fusion: the request would leave the configured path")

// request builds the whole request except for the credential. An error is an
// *ArgumentError, that of ctx, or a mistake of ours.
func (t *Tool) request(ctx context.Context, v values) (*http.Request, error) {
	v, err := t.change(ctx, v)
	if err != nil {
		return nil, err
	}
	to, err := t.target.url(v)
	if err != nil {
		return nil, err
	}
	body, err := t.content.payload(ctx, v)
	if err != nil {
		return nil, err
	}
	r, err := newRequest(ctx, t.Method, body)
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}
	r.URL, r.Host = to, to.Host
	r.Header.Set("Accept", t.accept)
	r.Header.Set("User-Agent", "mcpfusion/"+global.Version)
	t.setHeaders(r.Header, v)
	if body != nil && body.bound {
		r.Header.Set("Content-Type", body.kind)
	}
	return r, nil
}

// newRequest returns a request with the body, which may be nil.
func newRequest(ctx context.Context, method string, body *payload) (*http.Request, error) {
	if body == nil {
		return http.NewRequestWithContext(ctx, method, "", nil)
	}
	r, err := http.NewRequestWithContext(ctx, method, "", bytes.NewReader(body.data))
	if err == nil {
		r.Header.Set("Content-Type", body.kind)
	}
	return r, err
}

// setHeaders comes last, so that a parameter may replace what is set anyway.
func (t *Tool) setHeaders(h http.Header, v values) {
	for _, p := range t.params {
		if p.Location == config.InHeader && v.has(p) && v[p.index] != nil {
			h.Set(p.key, p.text(v[p.index]))
		}
	}
}

// contains reports whether a finished request goes where the configuration
// says. It looks at what will be sent, not at how it was made.
func (t *target) contains(r *http.Request) bool {
	return r.Host == t.base.Host && t.containsURL(r.URL)
}

func (t *target) containsURL(u *url.URL) bool {
	return u.Scheme == t.base.Scheme && u.Host == t.base.Host && u.User == nil && u.Opaque == "" && t.isAbove(u)
}

// isAbove reports whether the path of a URL is below the configured one.
func (t *target) isAbove(u *url.URL) bool {
	return strings.HasPrefix(u.EscapedPath(), t.prefix+"/") && !config.Climbs(u.Path[len(t.base.Path):])
}
