package mcpserver_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// scopeNo is a scope that leaves the tools whose bits are set in n.
func scopeNo(n int) (db.Scope, []string) {
	names := []string{}
	for i, tool := range allTools {
		if n>>i&1 == 1 {
			names = append(names, tool)
		}
	}
	return db.Scope{Tools: names}, names
}

// TestViewsAreSharedAndBounded: scopes with the same tools share a view, and
// with more scopes than are kept, each token still sees its own.
func TestViewsAreSharedAndBounded(t *testing.T) {
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(t)
	handler := server.Handler()
	token := g.scoped(t, db.Scope{})
	see := func(scope db.Scope, want []string) {
		g.rescope(t, token, scope)
		require.Equal(t, want, namesIn(t, g.post(handler, token.Token.Reveal(), rpc(1, "tools/list", "{}"), nil).Body.Bytes()))
	}
	for _, scope := range []db.Scope{{Tools: []string{"bin_get"}}, {Tools: []string{"bin_get", "x"}}, {Services: []string{"bin"}, Tools: []string{"*_get"}}} {
		see(scope, []string{"bin_get"})
	}
	scopes, views, mostScopes, mostViews := mcpserver.Kept(server)
	require.Equal(t, []int{3, 1}, []int{scopes, views})
	for n := 1; n <= 3*mostViews; n++ {
		see(scopeNo(n))
		see(scopeNo(n/2 + 1))
	}
	scopes, views, _, _ = mcpserver.Kept(server)
	require.Equal(t, mostViews, views)
	require.LessOrEqual(t, scopes, mostScopes)
	require.Equal(t, http.StatusOK, g.post(handler, g.alice, rpc(1, "tools/list", "{}"), nil).Code)
}
