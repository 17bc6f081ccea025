package mcpserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// pathOf is a tool's path over REST.
func pathOf(tool string) string { return "/api/" + strings.Replace(tool, "_", "/", 1) }

func nameless(said, tool string) string { return strings.ReplaceAll(said, tool, "TOOL") }

// comparable leaves out of a header what differs from request to request.
func comparable(h http.Header) http.Header {
	h = h.Clone()
	h.Del("X-Request-Id")
	h.Del("Date")
	return h
}

// FuzzScope: whatever a token's scope is, a tool is listed if and only if it
// can be called, in all eras and over REST, and if and only if the scope
// admits it.
func FuzzScope(f *testing.F) {
	for _, c := range scopes {
		f.Add(strings.Join(c.scope.Services, ","), strings.Join(c.scope.Tools, ","), c.scope.ReadOnly)
	}
	f.Add("bin,", "[", false)
	f.Add("", `bin\_*`, false)
	f.Add("BIN", "BIN_*", true)
	f.Add("", "*", true)
	f.Add("", "bin_?e[^x]", false)
	g := &gateway{log: &lockedBuffer{}}
	handler := g.newServer(f, mcpserver.WithLogger(discardLogger(f)), mcpserver.WithRequestLog(discardLogger(f).Slog())).Handler()
	token := g.scoped(f, db.Scope{})
	f.Fuzz(func(t *testing.T, services, tools string, readOnly bool) {
		scope := db.Scope{Services: split(services), Tools: split(tools), ReadOnly: readOnly}
		if g.database.ChangeAPIToken(token.Hash, wholeScope(scope)) != nil {
			return // the database says what can be a scope
		}
		visible := []string{}
		for _, tool := range allTools {
			service, _, _ := strings.Cut(tool, "_")
			if scope.Admits(tool, service, slices.Contains(readOnlyTools, tool)) {
				visible = append(visible, tool)
			}
		}
		secret := token.Token.Reveal()
		require.Equal(t, visible, namesIn(t, g.post(handler, secret, rpc(1, "tools/list", "{}"), nil).Body.Bytes()))
		for _, tool := range allTools {
			for era, exists := range existsIn(g, handler, secret, tool) {
				require.Equal(t, slices.Contains(visible, tool), exists, "%+v: %s %s", scope, era, tool)
			}
		}
	})
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func namesIn(t *testing.T, list []byte) []string {
	t.Helper()
	var message struct {
		Result struct{ Tools []struct{ Name string } }
	}
	require.NoError(t, json.Unmarshal(list, &message), string(list))
	require.NotNil(t, message.Result.Tools)
	names := []string{}
	for _, tool := range message.Result.Tools {
		names = append(names, tool.Name)
	}
	return withoutOwn(t, names)
}

// existsIn tells for each door whether the tool is there. The arguments are
// such that no API is called.
func existsIn(g *gateway, handler http.Handler, token, tool string) map[string]bool {
	found := map[string]bool{}
	for era, dress := range eras {
		body, edit := dress(tool, `{"no_such_argument":1}`)
		request := postRequest("/mcp", body)
		edit(request)
		found[era] = !strings.Contains(serve(handler, token, request), fmt.Sprintf("tool '%s' not found", tool))
	}
	found["REST"] = !strings.Contains(serve(handler, token, postRequest(pathOf(tool), `{"no_such_argument":1}`)), "no such service or endpoint")
	return found
}

func serve(handler http.Handler, token string, request *http.Request) string {
	bearer(token)(request)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer.Body.String()
}
