package mcpserver_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const breakerConfig = `{"services": {
  "b": {"name": "B", "baseURL": "${API}", "circuitBreaker": {"enabled": true, "failureThreshold": 2, "resetTimeout": "1h"}, "endpoints": [
    {"id": "bad", "name": "Bad", "method": "GET", "path": "/bad"},
    {"id": "good", "name": "Good", "method": "GET", "path": "/good"}]},
  "other": {"name": "Other", "baseURL": "${API}", "circuitBreaker": {"enabled": true, "failureThreshold": 2}, "endpoints": [
    {"id": "good", "name": "Good", "method": "GET", "path": "/good"}]}}}`

// TestABreakerIsOneTenantsAndOneServices: it answers at once on both surfaces,
// and nobody else notices.
func TestABreakerIsOneTenantsAndOneServices(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/bad", says(500, "text/plain", "broken"))
	mux.Handle("/good", says(200, "application/json", `1`))
	api := newStub(t, mux)
	tools, _ := withTools(t, &lockedBuffer{}, breakerConfig, []string{"API", api.URL})
	g := newGateway(t, tools)
	for range 2 {
		require.Equal(t, "broken", g.get(t, "/api/b/bad", bearer(g.alice)).problem(t).Detail)
	}
	asked := api.requests.Load()

	refused := g.get(t, "/api/b/good", bearer(g.alice))
	p := refused.problem(t)
	require.Equal(t, http.StatusServiceUnavailable, p.Status)
	require.Zero(t, p.UpstreamStatus)
	const said = `^the service b has failed repeatedly and is left alone for now; nothing was sent; try again in 3[56]\d\ds$`
	require.Regexp(t, said, p.Detail)
	require.Contains(t, p.Detail, refused.Header.Get("Retry-After")+"s")
	isError, text := g.callBoth(t, "b_good", `{}`)
	require.True(t, isError)
	require.Regexp(t, said, text)
	require.Equal(t, asked, api.requests.Load(), "an open breaker sends nothing")

	require.Equal(t, "1", g.get(t, "/api/b/good", bearer(g.bob)).body)
	require.Equal(t, "1", g.get(t, "/api/other/good", bearer(g.alice)).body)
}
