package mcpserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const foreignSession = "session-of-alice"

// meddling is what somebody else can send who knows or guesses the id of a
// call, and what it is answered with.
func meddling(id string) map[string]string {
	cancel := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":` + id + `}}`
	return map[string]string{
		cancel: "202",
		strings.Replace(cancel, `"params":{`, `"params":{`+modernMeta+`,`, 1):                       "202",
		strings.Replace(cancel, `"method":"`, `"method":"ping","method":"`, 1):                      "202",
		strings.Replace(cancel, `"jsonrpc"`, `"id":null,"jsonrpc"`, 1):                              "202",
		strings.Replace(cancel, `"jsonrpc"`, `"id":1,"jsonrpc"`, 1):                                 "404 1 -32601 notifications/cancelled is not supported",
		`{"jsonrpc":"2.0","id":` + id + `,"result":{}}`:                                             "400 " + id + " -32600 Responses are not expected: this server asks nothing of its clients",
		`{"jsonrpc":"2.0","id":` + id + `,"error":{"code":1,"message":"x"}}`:                        "400 " + id + " -32600 Responses are not expected: this server asks nothing of its clients",
		`{"jsonrpc":"2.0","id":1,"method":"tasks/cancel","params":{"taskId":` + id + `}}`:           "200 1 -32601 tasks not supported",
		`{"jsonrpc":"2.0","id":1,"method":"tasks/result","params":{"taskId":` + id + `}}`:           "200 1 -32601 tasks not supported",
		`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{}}}`:    `200 1 -32601 "subscriptions/listen" requires protocol version 2026-07-28 or later`,
		`{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}`:                                         "200 " + id + " result",
		`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":` + id + `}}`: "202",
		`{"jsonrpc":"2.0","method":"notifications/initialized","params":{"requestId":` + id + `}}`:  "202",
		`{"jsonrpc":"2.0","method":"notifications/cancelled ","params":{"requestId":` + id + `}}`:   "202",
		`{"jsonrpc":"2.0","method":"Notifications/Cancelled","params":{"requestId":` + id + `}}`:    "202",
		`[` + cancel + `]`: "400 null -32600 Batches are not supported; send one message at a time",
	}
}

// TestNobodyReachesAnothersCall meddles with a call of alice's that is waiting
// for its API, as bob and as alice herself: it must end as if nothing had been.
func TestNobodyReachesAnothersCall(t *testing.T) {
	for _, id := range []string{`7`, `"seven"`} {
		for era, dress := range eras {
			reached, release := make(chan struct{}), make(chan struct{})
			api := newStub(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(reached)
				<-release
				echoV(w, r)
			}))
			tools, _ := withTools(t, &lockedBuffer{}, echoConfig, []string{"API", api.URL})
			g := newGateway(t, tools)
			end := sync.OnceFunc(func() { close(release) })
			t.Cleanup(end)
			body, headers := dress("s_echo", `{"v":"mine"}`)
			body = strings.Replace(body, `"id":1`, `"id":`+id, 1)
			session := header("Mcp-Session-Id", foreignSession)
			done := make(chan answer, 1)
			go func() { done <- g.postJSON(t, "/mcp", body, bearer(g.alice), headers, session) }()
			<-reached
			for _, token := range []string{g.bob, g.alice} {
				for message, want := range meddling(id) {
					got := g.postJSON(t, "/mcp", message, bearer(token), session).rpcSaid(t)
					require.Equal(t, want, got, "%s: %s", era, message)
				}
				g.requireNoStreams(t, token)
			}
			end()
			require.Contains(t, (<-done).body, `{\"v\":\"mine\"}`, era)
		}
	}
}

// requireNoStreams looks for a stream to read somebody's answers from.
func (g *gateway) requireNoStreams(t *testing.T, token string) {
	t.Helper()
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		for _, version := range protocolVersions {
			answer := g.do(t, method, "/mcp", "", bearer(token), header("Accept", "text/event-stream"),
				header("Mcp-Session-Id", foreignSession), header("Last-Event-Id", "1"), header("Mcp-Protocol-Version", version))
			require.Equal(t, "405 Method not allowed; allowed: POST", answer.said(t))
		}
	}
}

func TestRequestIDsAreTheServersOwn(t *testing.T) {
	g := newGateway(t)
	seen := map[string]bool{}
	for i := range 20 {
		guess := fmt.Sprintf("%016x", i)
		answer := g.get(t, "/api", bearer(g.alice), header("X-Request-Id", guess))
		id := answer.Header.Get("X-Request-Id")
		require.Regexp(t, "^[0-9a-f]{16}$", id)
		require.NotEqual(t, guess, id)
		require.False(t, seen[id])
		seen[id] = true
	}
	require.Contains(t, g.get(t, "/api/"+g.lastRequest(t)["id"].(string), bearer(g.bob)).said(t), "404 Not found")
}
