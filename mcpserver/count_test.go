package mcpserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachCallIsCounted: of a tool, that is, whichever way it came; the answer
// does not matter, but a failure is one.
func TestEachCallIsCounted(t *testing.T) {
	g := newGateway(t)
	call := func(arguments string) {
		for _, dress := range eras {
			body, headers := dress("bin_get", arguments)
			g.postJSON(t, "/mcp", body, bearer(g.alice), headers)
		}
		g.postJSON(t, "/api/bin/get", arguments, bearer(g.alice))
	}
	call(`{"value":"x"}`)
	call(`{}`)
	g.get(t, "/api/bin/status?code=503", bearer(g.alice))
	for range 3 { // no calls
		g.get(t, "/api", bearer(g.alice))
		g.get(t, "/api/bin/none", bearer(g.alice))
		g.postJSON(t, "/mcp", rpc(1, "tools/list", `{}`), bearer(g.alice))
		g.postJSON(t, "/mcp", rpc(1, "tools/call", `{"name":"none"}`), bearer(g.alice))
	}
	g.get(t, "/api/bin/get?value=x", bearer(g.bob))
	stats, err := g.database.Stats()
	require.NoError(t, err)
	calls := map[string][2]uint64{}
	for _, tenant := range stats.Usage {
		calls[tenant.Tenant[:8]] = [2]uint64{tenant.Calls, tenant.Errors}
	}
	require.Equal(t, map[string][2]uint64{g.shortID(t, g.alice): {7, 4}, g.shortID(t, g.bob): {1, 0}}, calls)
}
