package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// The tools of testConfig.
var (
	allTools      = []string{"bin_big", "bin_delay", "bin_delete", "bin_get", "bin_later", "bin_post", "bin_slow", "bin_status", "keyed_headers", "mine_headers"}
	readOnlyTools = slices.DeleteFunc(slices.Clone(allTools), func(name string) bool { return name == "bin_delete" || name == "bin_post" })
)

// scopes and what they leave.
var scopes = map[string]struct {
	scope db.Scope
	tools []string
}{
	"none":               {db.Scope{}, allTools},
	"a service":          {db.Scope{Services: []string{"keyed"}}, []string{"keyed_headers"}},
	"services":           {db.Scope{Services: []string{"mine", "keyed", "unknown"}}, []string{"keyed_headers", "mine_headers"}},
	"a tool":             {db.Scope{Tools: []string{"bin_get"}}, []string{"bin_get"}},
	"patterns":           {db.Scope{Tools: []string{"*_headers", "bin_[gp]*t"}}, []string{"bin_get", "bin_post", "keyed_headers", "mine_headers"}},
	"half a name":        {db.Scope{Tools: []string{"bin"}}, []string{}},
	"services and tools": {db.Scope{Services: []string{"bin"}, Tools: []string{"*e*"}}, []string{"bin_delay", "bin_delete", "bin_get", "bin_later"}},
	"read-only":          {db.Scope{ReadOnly: true}, readOnlyTools},
	"read-only patterns": {db.Scope{ReadOnly: true, Tools: []string{"bin_*t"}}, []string{"bin_get"}},
	"nothing":            {db.Scope{Services: []string{"unknown"}}, []string{}},
}

// scoped adds a token with a scope.
func (g *gateway) scoped(t testing.TB, scope db.Scope) db.Added {
	t.Helper()
	added, err := g.database.NewAPIToken(db.TokenSettings{Scope: scope})
	require.NoError(t, err)
	return added
}

func TestATokenSeesItsScope(t *testing.T) {
	g := newGateway(t)
	for name, c := range scopes {
		t.Run(name, func(t *testing.T) {
			token := g.scoped(t, c.scope).Token.Reveal()
			for _, version := range protocolVersions {
				require.Equal(t, c.tools, g.listed(t, token, version), version)
			}
			require.ElementsMatch(t, c.tools, g.listedOverREST(t, token))
			for _, tool := range allTools {
				g.requireExists(t, token, tool, slices.Contains(c.tools, tool))
			}
		})
	}
}

// own are the gateway's own tools, which are in every list.
var own = []string{"connections", "read_more"}

// withoutOwn takes them away.
func withoutOwn(t *testing.T, names []string) []string {
	t.Helper()
	require.Subset(t, names, own)
	require.True(t, slices.IsSorted(names))
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(own, name) })
}

// listed has the official client list the tools.
func (g *gateway) listed(t *testing.T, token, version string) []string {
	t.Helper()
	list, err := g.connect(t, token, version).ListTools(t.Context(), nil)
	require.NoError(t, err)
	names := []string{}
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	names = withoutOwn(t, names)
	return names
}

func (g *gateway) listedOverREST(t *testing.T, token string) []string {
	t.Helper()
	var list struct {
		Services []struct {
			Service   string
			Endpoints []string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(g.get(t, "/api", bearer(token)).body), &list))
	names := []string{}
	for _, service := range list.Services {
		require.NotEmpty(t, service.Endpoints, "of a service without visible tools nothing is to be seen")
		for _, endpoint := range service.Endpoints {
			names = append(names, service.Service+"_"+endpoint)
		}
	}
	return names
}

// requireExists calls a tool with arguments that it refuses, in all eras and
// over REST. A tool that is not visible must be answered as one that is in no
// configuration.
func (g *gateway) requireExists(t *testing.T, token, tool string, exists bool) {
	t.Helper()
	const refused = `{"no_such_argument":1}`
	for era := range eras {
		unknown, got := g.saysOf(t, token, era, "bin_nothing", refused), g.saysOf(t, token, era, tool, refused)
		require.Contains(t, unknown, "-32602")
		if exists {
			require.Contains(t, got, "tool error", "%s %s", era, tool)
		} else {
			require.Equal(t, unknown, got, "%s %s", era, tool)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		unknown := g.do(t, method, pathOf("bin_nothing"), refused, bearer(token), asJSON)
		got := g.do(t, method, pathOf(tool), refused, bearer(token), asJSON)
		require.Equal(t, http.StatusNotFound, unknown.StatusCode)
		if exists {
			require.NotEqual(t, http.StatusNotFound, got.StatusCode, "%s %s", method, tool)
		} else {
			require.Equal(t, unknown.said(t), got.said(t))
			require.Equal(t, comparable(unknown.Header), comparable(got.Header))
		}
	}
}

// saysOf is all that a call is answered with, without the tool's name.
func (g *gateway) saysOf(t *testing.T, token, era, tool, arguments string) string {
	t.Helper()
	body, headers := eras[era](tool, arguments)
	answer := g.postJSON(t, "/mcp", body, bearer(token), headers)
	return nameless(answer.rpcSaid(t), tool)
}

// TestAChangedScopeActsAtOnce changes the scope of a session's token.
func TestAChangedScopeActsAtOnce(t *testing.T) {
	g := newGateway(t)
	for _, version := range protocolVersions {
		added := g.scoped(t, db.Scope{Tools: []string{"bin_get"}})
		session := g.connect(t, added.Token.Reveal(), version)
		call := func() error {
			_, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "bin_get", Arguments: map[string]any{"value": "x"}})
			return err
		}
		require.NoError(t, call())
		g.rescope(t, added, db.Scope{Tools: []string{"bin_post"}})
		require.ErrorContains(t, call(), "tool 'bin_get' not found")
		g.rescope(t, added, db.Scope{})
		require.NoError(t, call())
	}
}

func (g *gateway) rescope(t testing.TB, token db.Added, scope db.Scope) {
	t.Helper()
	require.NoError(t, g.database.ChangeAPIToken(token.Hash, wholeScope(scope)))
}

// wholeScope puts a scope in the place of the one that a token has.
func wholeScope(s db.Scope) db.TokenChange {
	return db.TokenChange{Services: &s.Services, Tools: &s.Tools, ReadOnly: &s.ReadOnly}
}

// A call that was let in before the scope changed may finish.
func TestARunningCallKeepsItsScope(t *testing.T) {
	g := newLiveGateway(t)
	r, err := g.newRound("scope")
	defer r.close()
	require.NoError(t, err)
	g.rescope(t, r.ended, db.Scope{Services: []string{"unknown"}})
	require.Equal(t, http.StatusNotFound, g.call(r.ended, 3, "scope/late").status)
	r.release()
	for range liveCalls {
		require.Equal(t, http.StatusOK, (<-r.endedCalls).status)
	}
}
