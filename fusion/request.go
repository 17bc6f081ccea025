package fusion

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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
	r, err := http.NewRequestWithContext(ctx, t.Method, "", t.content(v))
	if err != nil {
		return nil, fmt.Errorf("building the request: %w", err)
	}
	r.URL, r.Host = to, to.Host
	if r.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", t.accept)
	r.Header.Set("User-Agent", "mcpfusion/"+global.Version)
	t.setHeaders(r.Header, v)
	return r, nil
}

// setHeaders comes last, so that a parameter may replace what is set anyway.
func (t *Tool) setHeaders(h http.Header, v values) {
	for _, p := range t.params {
		if p.Location == config.InHeader && v.has(p) && v[p.index] != nil {
			h.Set(p.key, p.text(v[p.index]))
		}
	}
}

// content returns the body; nil for none. A method that usually has a body
// gets an object even when no argument fills it, because an API that reads
// JSON does not take nothing for an empty object.
func (t *Tool) content(v values) io.Reader {
	if t.body == nil || (!t.body.sent(v) && !expectsBody(t.Method)) {
		return nil
	}
	var b bytes.Buffer
	t.body.write(&b, v)
	return bytes.NewReader(b.Bytes())
}

func expectsBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// contains reports whether a finished request goes where the configuration
// says. It looks at what will be sent, not at how it was made.
func (t *target) contains(r *http.Request) bool {
	path := r.URL.EscapedPath()
	return r.URL.Scheme == t.base.Scheme && r.URL.Host == t.base.Host && r.Host == t.base.Host &&
		r.URL.User == nil && r.URL.Opaque == "" &&
		strings.HasPrefix(path, t.prefix+"/") && !config.Climbs(r.URL.Path[len(t.base.Path):])
}
