package interop

import "testing"

// fault is what befalls a request in place of the provider's own answer.
type fault struct {
	Kind    string            `json:"kind"`
	Path    string            `json:"path,omitempty"` // of the endpoint; "" is /token
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
}

var (
	// An answer, while nothing was done.
	failing  = fault{Kind: "answer", Status: 500, Headers: map[string]string{"Content-Type": "text/html"}, Body: "<h1>Oops</h1>"}
	busy     = fault{Kind: "answer", Status: 429, Headers: map[string]string{"Retry-After": "7"}, Body: "busy"}
	slowDown = fault{Kind: "answer", Status: 400, Headers: map[string]string{"Content-Type": "application/json"}, Body: `{"error": "slow_down"}`}
	// The connection is closed: nothing was done.
	closing = fault{Kind: "close"}
	// It was done, and the connection is closed instead of the answer.
	losing = fault{Kind: "lose"}
	// Nothing is done before release, and nothing at all if the client has
	// gone by then.
	holding = fault{Kind: "hold"}
)

// strike lets the next requests to an endpoint fail.
func (p *provider) strike(t *testing.T, count int, f fault) {
	t.Helper()
	p.control(t, "faults", struct {
		fault
		Count int `json:"count"`
	}{f, count}, nil)
}

// awaitHeld returns when so many requests are held.
func (p *provider) awaitHeld(t *testing.T, count int) {
	t.Helper()
	p.control(t, "holding", count, nil)
}

// release lets held requests go on and takes back faults that have not struck.
func (p *provider) release(t *testing.T) {
	t.Helper()
	p.control(t, "release", nil, nil)
}
