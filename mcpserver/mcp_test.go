package mcpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

var protocolVersions = []string{"2026-07-28", "2025-11-25", "2025-06-18"}

// connect opens a session of the official client.
func (g *gateway) connect(t *testing.T, token, version string) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	transport := &mcp.StreamableClientTransport{
		Endpoint:   g.url + "/mcp",
		HTTPClient: &http.Client{Transport: withToken(token)},
		MaxRetries: -1,
	}
	session, err := client.Connect(t.Context(), transport, &mcp.ClientSessionOptions{ProtocolVersion: version})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, session.Close()) })
	require.Equal(t, version, session.InitializeResult().ProtocolVersion)
	return session
}

type withToken string

func (token withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(r)
}

func textOf(t *testing.T, result *mcp.CallToolResult) string {
	t.Helper()
	require.NotEmpty(t, result.Content)
	text, ok := result.Content[0].(*mcp.TextContent)
	require.True(t, ok)
	return text.Text
}

func TestOfficialClientListsAndCallsInEachVersion(t *testing.T) {
	g := newGateway(t)
	for _, version := range protocolVersions {
		t.Run(version, func(t *testing.T) {
			for name, token := range map[string]string{"alice": g.alice, "bob": g.bob} {
				session := g.connect(t, token, version)

				list, err := session.ListTools(t.Context(), nil)
				require.NoError(t, err)
				require.Len(t, list.Tools, 12)
				require.Equal(t, "bin_big", list.Tools[0].Name)

				value := name + "-" + version
				result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "bin_get", Arguments: map[string]any{"value": value, "count": 3}})
				require.NoError(t, err)
				require.False(t, result.IsError)
				var echo struct{ Args map[string][]string }
				require.NoError(t, json.Unmarshal([]byte(textOf(t, result)), &echo))
				require.Equal(t, map[string][]string{"value": {value}, "count": {"3"}}, echo.Args)
				require.Equal(t, g.shortID(t, token), g.lastRequest(t)["tenant"])
			}
		})
	}
}

// asListed is an API token's hash as mcpfusion-token lists it, and takes it.
func (g *gateway) asListed(t *testing.T, token string) string {
	t.Helper()
	tenant, err := g.database.Authenticate(token)
	require.NoError(t, err)
	return tenant.TokenHash()[:12] + "..."
}

// shortID is how the log names the tenant of an API token.
func (g *gateway) shortID(t *testing.T, token string) string {
	t.Helper()
	_, hash, err := g.database.ValidateAPIToken(token)
	require.NoError(t, err)
	return hash[:8]
}

func TestToolsAreDescribedWithSchemaAndAllHints(t *testing.T) {
	g := newGateway(t)
	list, err := g.connect(t, g.alice, "2026-07-28").ListTools(t.Context(), nil)
	require.NoError(t, err)
	tools := map[string]*mcp.Tool{}
	for _, tool := range list.Tools {
		tools[tool.Name] = tool
	}

	get := tools["bin_get"]
	require.Equal(t, "Get", get.Title)
	require.Equal(t, "Echoes the query", get.Description)
	schema, err := json.Marshal(get.InputSchema)
	require.NoError(t, err)
	require.Contains(t, string(schema), `"additionalProperties":false`)
	require.Contains(t, string(schema), `"required":["value"]`)

	for name, want := range map[string][4]bool{ // read-only, destructive, idempotent, open world
		"bin_get":    {true, false, true, true},
		"bin_post":   {false, false, false, true},
		"bin_delete": {false, true, true, true},
	} {
		hints := tools[name].Annotations
		require.NotNil(t, hints.DestructiveHint, name)
		require.NotNil(t, hints.OpenWorldHint, name)
		require.Equal(t, want, [4]bool{hints.ReadOnlyHint, *hints.DestructiveHint, hints.IdempotentHint, *hints.OpenWorldHint}, name)
	}
}

func TestWhatGoesWrongInACallIsAResult(t *testing.T) {
	g := newGateway(t)
	for _, version := range protocolVersions {
		session := g.connect(t, g.alice, version)
		for name, c := range map[string]struct {
			tool string
			args map[string]any
			want []string
		}{
			"wrong arguments": {"bin_get", map[string]any{"count": 0, "vaule": "x"}, []string{"nothing was sent", "count", "vaule", "value", "request id"}},
			"API error":       {"bin_status", map[string]any{"code": 404}, []string{"404 Not Found", "request id"}},
			"API failure":     {"bin_status", map[string]any{"code": 503}, []string{"503 Service Unavailable", "request id"}},
			"API refuses":     {"bin_status", map[string]any{"code": 401}, []string{"401 Unauthorized", "request id"}},
			"timeout":         {"bin_slow", nil, []string{"50ms", "request id"}},
			"destructive":     {"bin_delete", nil, []string{"MCP_FUSION_ALLOW_DESTRUCTIVE", "request id"}},
		} {
			t.Run(version+" "+name, func(t *testing.T) {
				result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: c.tool, Arguments: c.args})
				require.NoError(t, err)
				require.True(t, result.IsError)
				for _, want := range c.want {
					require.Contains(t, textOf(t, result), want)
				}
				last := g.lastRequest(t)
				require.Equal(t, c.tool, last["tool"])
				require.Equal(t, true, last["tool_error"])
				require.Contains(t, textOf(t, result), last["id"])
			})
		}
	}
}

func TestUnknownToolIsAProtocolError(t *testing.T) {
	g := newGateway(t)
	for _, version := range protocolVersions {
		for _, name := range []string{"bin_none", "get", "bin", ""} {
			_, err := g.connect(t, g.alice, version).CallTool(t.Context(), &mcp.CallToolParams{Name: name})
			require.Error(t, err, "%s %q", version, name)
		}
	}
}

func TestCutAnswerSaysSoInASecondItem(t *testing.T) {
	g := newGateway(t)
	result, err := g.connect(t, g.alice, "2026-07-28").CallTool(t.Context(),
		&mcp.CallToolParams{Name: "bin_big", Arguments: map[string]any{"text": strings.Repeat("x", 3000)}})
	require.NoError(t, err)
	require.False(t, result.IsError)
	require.Len(t, result.Content, 2)
	require.LessOrEqual(t, len(textOf(t, result)), 1000)
}

// rpc is a message of the older versions, which need no session here.
func rpc(id int, method, params string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params)
}

func TestOneLineIsEnoughForACall(t *testing.T) {
	g := newGateway(t)
	answer := g.postJSON(t, "/mcp", rpc(1, "tools/call", `{"name":"bin_get","arguments":{"value":"x"}}`), bearer(g.alice))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Contains(t, answer.body, `"result"`)
	require.Empty(t, answer.Header.Get("Mcp-Session-Id"))
}

func TestForeignCancellationReachesNobody(t *testing.T) {
	g := newGateway(t)
	cancel := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`
	for _, spelled := range []string{cancel, strings.Replace(cancel, "notifications/", `notifications\/`, 1), strings.Replace(cancel, `"method"`, `"METHOD"`, 1)} {
		done := make(chan string, 1)
		go func() {
			answer := g.postJSON(t, "/mcp", rpc(7, "tools/call", `{"name":"bin_delay","arguments":{"seconds":0.3}}`), bearer(g.alice), header("Mcp-Session-Id", "s"))
			done <- answer.body
		}()
		for range 20 {
			answer := g.postJSON(t, "/mcp", spelled, bearer(g.bob), header("Mcp-Session-Id", "s"))
			require.Equal(t, http.StatusAccepted, answer.StatusCode)
		}
		body := <-done
		require.Contains(t, body, `"result"`)
		require.NotContains(t, body, `"isError":true`)
	}
}

func TestSessionsAreNeitherMadeNorBelieved(t *testing.T) {
	g := newGateway(t)
	initialize := rpc(1, "initialize", `{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}`)
	answer := g.postJSON(t, "/mcp", initialize, bearer(g.alice))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Empty(t, answer.Header.Get("Mcp-Session-Id"))
	require.NotContains(t, answer.body, "listChanged", "who cannot listen may not be promised to be told")

	listed := g.postJSON(t, "/mcp", rpc(2, "tools/list", `{}`), bearer(g.bob), header("Mcp-Session-Id", "invented"))
	require.Equal(t, http.StatusOK, listed.StatusCode)
	for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodHead, http.MethodPut} {
		refused := g.do(t, method, "/mcp", "", bearer(g.alice), header("Accept", "text/event-stream"))
		require.Equal(t, http.StatusMethodNotAllowed, refused.StatusCode, method)
		require.Equal(t, "POST", refused.Header.Get("Allow"))
	}
}

func TestListMayBeKeptForATime(t *testing.T) {
	g := newGateway(t)
	body := `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"}}}}`
	answer := g.postJSON(t, "/mcp", body, bearer(g.alice), header("Mcp-Protocol-Version", "2026-07-28"), header("Mcp-Method", "tools/list"))
	require.Equal(t, http.StatusOK, answer.StatusCode, answer.body)
	var message struct {
		Result struct {
			TTL        int64  `json:"ttlMs"`
			CacheScope string `json:"cacheScope"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(answer.body), &message))
	require.Equal(t, "private", message.Result.CacheScope)
	require.Positive(t, message.Result.TTL)
}

func TestBodiesAreBoundedAndTyped(t *testing.T) {
	g := newGateway(t)
	large := rpc(1, "tools/list", `{"x":"`+strings.Repeat("x", 1<<20)+`"}`)
	for _, path := range []string{"/mcp", "/api/bin/get"} {
		answer := g.postJSON(t, path, large, bearer(g.alice))
		require.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
		require.Contains(t, answer.problem(t).Detail, "1048576 bytes")
		for _, contentType := range []string{"", "text/plain", "application/jsonx", "multipart/form-data; boundary=x", "application/json; ="} {
			answer := g.do(t, http.MethodPost, path, "{}", bearer(g.alice), header("Content-Type", contentType))
			require.Equal(t, http.StatusUnsupportedMediaType, answer.StatusCode, contentType)
			require.Equal(t, "Content-Type must be application/json", answer.problem(t).Detail)
		}
	}
	require.Equal(t, http.StatusOK, g.do(t, http.MethodPost, "/mcp", rpc(1, "ping", "{}"), bearer(g.alice),
		header("Content-Type", "application/json; charset=utf-8")).StatusCode)
}

func TestClientThatGoesAwayIsLoggedAsThat(t *testing.T) {
	g := newGateway(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url+"/mcp", strings.NewReader(rpc(1, "tools/call", `{"name":"bin_delay","arguments":{"seconds":8}}`)))
	require.NoError(t, err)
	asJSON(request)
	bearer(g.alice)(request)
	_, err = http.DefaultTransport.RoundTrip(request)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Eventually(t, func() bool {
		lines := g.requests(t)
		return len(lines) == 1 && lines[0]["status"] == 499.0
	}, 3*time.Second, 10*time.Millisecond, "the call upstream must end with its caller")
}
