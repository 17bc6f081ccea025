package mcpserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// listing asks for tools both us and the MCP library with the same tools.
type listing struct {
	*gateway
	handler, library http.Handler
	token            string
}

func newListing(t testing.TB, scope db.Scope) *listing {
	t.Helper()
	l := &listing{gateway: &gateway{log: &lockedBuffer{}}}
	server := l.newServer(t, mcpserver.WithLogger(discardLogger(t)), mcpserver.WithRequestLog(discardLogger(t).Slog()))
	l.handler, l.token = server.Handler(), l.scoped(t, scope).Token.Reveal()
	tenant, err := l.database.Authenticate(l.token)
	require.NoError(t, err)
	l.library, err = mcpserver.Library(server, tenant)
	require.NoError(t, err)
	return l
}

// requireSame wants the library's answer, to the byte.
func (l *listing) requireSame(t *testing.T, body string, headers map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	got, want := l.post(l.handler, l.token, body, headers), l.post(l.library, l.token, body, headers)
	require.Equal(t, want.Code, got.Code, body)
	require.Equal(t, want.Body.String(), got.Body.String(), body)
	header := got.Header().Clone()
	header.Del("X-Request-Id")
	header.Del("Content-Length")
	require.Equal(t, want.Header(), header, body)
	return got
}

// listHeaders are those of a request of each era.
var listHeaders = map[string]map[string]string{
	"":           {},
	"2025-06-18": {"Mcp-Protocol-Version": "2025-06-18"},
	"2025-11-25": {"Mcp-Protocol-Version": "2025-11-25"},
	"2026-07-28": {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"},
	"unknown":    {"Mcp-Protocol-Version": "1999-01-01"},
	"mismatch":   {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call"},
	"resumed":    {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list", "Last-Event-Id": "1"},
}

// listParams are right, odd and wrong.
var listParams = []string{
	``, `,"params":null`, `,"params":{}`, `,"params":{"_meta":{}}`, `,"params":{"_meta":null}`, `,"params":{"_meta":5}`,
	`,"params":{"_meta":{"progressToken":"p"}}`, `,"params":{"_meta":{"progressToken":7}}`,
	`,"params":{` + modernMeta + `}`, `,"params":{` + strings.Replace(modernMeta, `{"io.`, `{"progressToken":1,"io.`, 1) + `}`,
	`,"params":{` + strings.Replace(modernMeta, `"name":"t",`, ``, 1) + `}`,
	`,"params":{` + strings.ReplaceAll(modernMeta, "2026-07-28", "2027-01-01") + `}`,
	`,"params":{` + strings.Replace(modernMeta, `clientCapabilities":{}`, `clientCapabilities":5`, 1) + `}`,
	`,"params":{"cursor":""}`, `,"params":{"cursor":null}`, `,"params":{"cursor":5}`, `,"params":{"cursor":"%"}`,
	`,"params":{"x":"\"tools\":[]","tools":[]}`, `,"x":{"tools":[]}`, `,"params":{"_meta":{"id":1}},"id":7`, `,"params":{"id":1},"ID":"x"`,
	`,"params":{"` + strings.Repeat("x", 5000) + `":1}`,
}

var listIDs = []string{`1`, `0`, `-1`, `9007199254740991`, `""`, `"x"`, `"ä\"<>&\u2028"`, `"\"tools\":[]"`, `"tools"`}

// TestAListIsWhatTheLibraryWouldAnswer in all eras, for whoever sees all, some
// or none of the tools.
func TestAListIsWhatTheLibraryWouldAnswer(t *testing.T) {
	for name, tools := range map[string][]string{"all": nil, "some": {"bin_*"}, "one": {"bin_get"}, "none": {"x"}} {
		l := newListing(t, db.Scope{Tools: tools})
		lists := 0
		for _, headers := range listHeaders {
			for _, params := range listParams {
				for _, id := range listIDs {
					body := `{"jsonrpc":"2.0","id":` + id + `,"method":"tools/list"` + params + `}`
					answer := l.requireSame(t, body, headers)
					l.requireSame(t, body, headers) // as it was kept
					if strings.Contains(answer.Body.String(), `"result"`) {
						lists++
					}
				}
			}
			l.requireSame(t, `{"jsonrpc":"2.0","method":"tools/list"}`, headers)
		}
		require.Greater(t, lists, 400, name)
	}
}

// There are no pages, and so no cursor that a client could have got here.
func TestACursorChangesNothing(t *testing.T) {
	l := newListing(t, db.Scope{})
	list := func(params string) string {
		return l.post(l.handler, l.token, rpc(1, "tools/list", params), nil).Body.String()
	}
	require.Equal(t, list(`{}`), list(`{"cursor":"YmluX2RlbGF5"}`))
	require.Contains(t, list(`{"cursor":"%"}`), `"error"`)
}

func FuzzToolsList(f *testing.F) {
	for _, params := range listParams {
		f.Add(`{"jsonrpc":"2.0","id":1,"method":"tools/list"`+params+`}`, "")
		f.Add(`{"jsonrpc":"2.0","id":"x","method":"tools/list"`+params+`}`, "2026-07-28")
	}
	l := newListing(f, db.Scope{Services: []string{"bin"}})
	f.Fuzz(func(t *testing.T, body, version string) {
		if mcpserver.Method([]byte(body)) != "tools/list" || !mcpserver.Reaches([]byte(body)) {
			return
		}
		if mcpserver.HasCursor([]byte(body)) {
			return
		}
		headers := map[string]string{"Mcp-Method": "tools/list", "Mcp-Protocol-Version": version}
		l.requireSame(t, body, headers)
		l.requireSame(t, body, headers) // as it was kept
	})
}
