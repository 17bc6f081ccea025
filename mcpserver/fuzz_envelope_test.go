package mcpserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

func discardLogger(t testing.TB) *mlogger.Logger {
	t.Helper()
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	return logger
}

// envelopeSeeds are messages that are right, broken and odd.
func envelopeSeeds() []string {
	seeds := []string{
		"", "{", "[]", "null", "{}", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, `{"jsonrpc":"2.0","id":1e400,"method":"ping"}`,
		rpc(1, "initialize", `{"protocolVersion":"2025-06-18"}`), rpc(1, "tools/list", `{"cursor":"eA=="}`),
		rpc(1, "tools/call", `{"name":"s_echo","arguments":{"v":"x"}}`), rpc(1, "tools/call", `{"name":"s_echo","arguments":[]}`),
		modern(1, "tools/list", `{}`), modern(1, "tools/call", `{"name":"s_echo","arguments":{"v":"x"}}`), modern(1, "server/discover", `{}`),
		`{"JSONRPC":"2.0","Method":"notifications/cancelled","PARAMS":{"requestId":"pending"}}`,
		`{"jsonrpc":"2.0","method":"notifications\/cancelled","params":{"requestId":"pending"}}`,
		`{"jsonrpc":"2.0","method":"x","method":"notifications/cancelled","method":null,"params":{"requestId":"pending"}}`,
	}
	for message := range meddling(`"pending"`) {
		seeds = append(seeds, message)
	}
	return seeds
}

// FuzzEnvelope: whatever is posted to /mcp with a valid token, the answer is
// no 5xx, and JSON or nothing; it holds nothing of another's, another's call
// goes on, and no cancellation reaches the library.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range envelopeSeeds() {
		f.Add(seed, "", "", "")
		f.Add(seed, "2025-06-18", "", "")
		f.Add(seed, "2026-07-28", "tools/call", "s_echo")
		f.Add(seed, "2026-07-28", "tools/list", "")
	}
	const theirs = "the-value-of-bob"
	api := newStub(f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("v") == theirs {
			<-r.Context().Done()
			return
		}
		echoV(w, r)
	}))
	config := strings.Replace(echoConfig, `"path": "/",`, `"path": "/", "connection": {"timeout": "2h"},`, 1)
	tools, _ := withTools(f, &lockedBuffer{}, config, []string{"API", api.URL})
	g := &gateway{log: &lockedBuffer{}}
	handler := g.newServer(f, tools, mcpserver.WithLogger(discardLogger(f)), mcpserver.WithRequestLog(discardLogger(f).Slog())).Handler()
	pending := g.keepCalling(f, handler, strings.Replace(rpc(1, "tools/call", `{"name":"s_echo","arguments":{"v":"`+theirs+`"}}`), `"id":1`, `"id":"pending"`, 1))
	f.Fuzz(func(t *testing.T, body, version, method, name string) {
		if mcpserver.Method([]byte(body)) == mcp.MethodSubscriptionsListen {
			return // might be a stream, which nobody ends here
		}
		answer := g.post(handler, g.alice, body, map[string]string{"Mcp-Protocol-Version": version, "Mcp-Method": method, "Mcp-Name": name})
		got := answer.Body.Bytes()
		require.Less(t, answer.Code, 500, "%s", got)
		if !bytes.HasPrefix(got, []byte("Unsupported protocol version: ")) {
			require.True(t, len(got) == 0 || json.Valid(got), "%s", got)
		}
		for _, secret := range []string{theirs, g.bob, g.alice} {
			require.False(t, bytes.Contains(got, []byte(secret)) && !strings.Contains(body, secret), "%s", got)
		}
		require.False(t, mcpserver.Reaches([]byte(body)) && cancels(body), "the library would cancel a call")
		select {
		case <-pending:
			require.FailNow(t, "another's call was ended")
		default:
		}
	})
}

// cancels decodes as the library does.
func cancels(body string) bool {
	var notification mcp.JSONRPCNotification
	return json.Unmarshal([]byte(body), &notification) == nil && notification.Method == string(mcp.MethodNotificationCancelled)
}

// keepCalling starts a call of bob's that ends with the test, and returns its
// end.
func (g *gateway) keepCalling(f *testing.F, handler http.Handler, body string) <-chan struct{} {
	f.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/mcp", strings.NewReader(body))
		asJSON(request)
		bearer(g.bob)(request)
		handler.ServeHTTP(httptest.NewRecorder(), request)
	}()
	f.Cleanup(func() {
		cancel()
		<-ended
	})
	return ended
}

// post sends a message without a network.
func (g *gateway) post(handler http.Handler, token, body string, headers map[string]string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "http://localhost/mcp", strings.NewReader(body))
	asJSON(request)
	bearer(token)(request)
	for name, value := range headers {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}
