package mcpserver_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
)

// personAt is what a person does with an address that a client opens.
type personAt func(url, message string) (action string)

// callAsPerson calls a tool with a real client, and returns what came of it.
type callAsPerson func(t *testing.T, w *told, tool string, person personAt) (isError bool, text string)

func officialClient(t *testing.T, w *told, tool string, person personAt) (bool, string) {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			require.Equal(t, "url", r.Params.Mode)
			return &mcp.ElicitResult{Action: person(r.Params.URL, r.Params.Message)}, nil
		},
	})
	wire := &mcp.StreamableClientTransport{Endpoint: w.url + "/mcp", HTTPClient: &http.Client{Transport: withToken(w.alice)}, MaxRetries: -1}
	session, err := c.Connect(t.Context(), wire, &mcp.ClientSessionOptions{ProtocolVersion: "2026-07-28"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, session.Close()) })
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"v": "x"}})
	require.NoError(t, err)
	return result.IsError, textOf(t, result)
}

// Elicit implements client.ElicitationHandler.
func (person personAt) Elicit(_ context.Context, r mcpgo.ElicitationRequest) (*mcpgo.ElicitationResult, error) {
	if err := r.Params.Validate(); err != nil {
		return nil, err
	}
	action := mcpgo.ElicitationResponseAction(person(r.Params.URL, r.Params.Message))
	return &mcpgo.ElicitationResult{ElicitationResponse: mcpgo.ElicitationResponse{Action: action}}, nil
}

func mcpGoClient(t *testing.T, w *told, tool string, person personAt) (bool, string) {
	t.Helper()
	wire, err := transport.NewStreamableHTTP(w.url+"/mcp", transport.WithHTTPBasicClient(&http.Client{Transport: withToken(w.alice)}))
	require.NoError(t, err)
	c := client.NewClient(wire, client.WithElicitationHandler(person),
		client.WithClientCapabilities(mcpgo.ClientCapabilities{Elicitation: &mcpgo.ElicitationCapability{URL: &struct{}{}}}))
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	_, err = c.Initialize(t.Context(), mcpgo.InitializeRequest{Params: mcpgo.InitializeParams{
		ProtocolVersion: "2026-07-28", ClientInfo: mcpgo.Implementation{Name: "test", Version: "1"},
	}})
	require.NoError(t, err)
	require.Equal(t, "2026-07-28", c.ProtocolVersion())
	result, err := c.CallTool(t.Context(), mcpgo.CallToolRequest{Params: mcpgo.CallToolParams{Name: tool, Arguments: map[string]any{"v": "x"}}})
	require.NoError(t, err)
	content, ok := result.Content[0].(mcpgo.TextContent)
	require.True(t, ok)
	return result.IsError, content.Text
}

var clientsThatAsk = map[string]callAsPerson{"go-sdk": officialClient, "mcp-go": mcpGoClient}

// TestFromNotConnectedToAResult: the person is sent to the gateway's page, and
// the call that was begun has its answer.
func TestFromNotConnectedToAResult(t *testing.T) {
	for name, call := range clientsThatAsk {
		t.Run(name, func(t *testing.T) {
			w, opened := newTold(t, withLinks(t)), []string{}
			isError, text := call(t, w, "mine_me", func(url, message string) string {
				opened = append(opened, url)
				require.Equal(t, "My Shop: this service needs values of your own (key: Key), which are not stored yet. "+
					"Open this page and connect there: "+url+". The call then goes on by itself.", message)
				w.store(t, w.alice)
				return "accept"
			})
			require.False(t, isError, text)
			require.JSONEq(t, `{"v":"x"}`, text)
			require.Equal(t, []string{publicURL + "/connect/mine"}, opened)
			require.EqualValues(t, 1, w.api.requests.Load())
		})
	}
}

// TestAPersonMayDecline: nothing is sent, and the model is not to insist.
func TestAPersonMayDecline(t *testing.T) {
	for action, want := range map[string]string{
		"decline": "Nothing was sent: the user has declined to connect My Shop.",
		"cancel":  "Nothing was sent: the user has not answered the request to connect My Shop.",
	} {
		for name, call := range clientsThatAsk {
			t.Run(name+" "+action, func(t *testing.T) {
				w, times := newTold(t, withLinks(t)), 0
				isError, text := call(t, w, "mine_me", func(string, string) string { times++; return action })
				require.True(t, isError)
				require.Equal(t, want+" Do not call again before the user asks for it. "+
					"To connect later, the user can open https://gateway.example/base/connect/mine", withoutID(text))
				require.Equal(t, 1, times)
				require.Zero(t, w.api.requests.Load())
			})
		}
	}
}

// TestASignInByCode sends the person to the provider's own page.
func TestASignInByCode(t *testing.T) {
	for answer, want := range map[string]string{
		granted:                     `{"v":"x"}`,
		`{"error":"access_denied"}`: "Nothing was sent: Mail is not connected, because the sign-in was declined at the provider. Tell the user; when the user wants to sign in once more, call again.",
	} {
		for name, call := range clientsThatAsk {
			t.Run(name, func(t *testing.T) {
				w := newTold(t)
				isError, text := call(t, w, "mail_me", func(url, message string) string {
					require.Equal(t, "https://idp.example/enter?c=1&x=ABCD-EFGH", url)
					require.Equal(t, "Mail: you are not connected to Mail yet. Open "+url+" and enter the code ABCD-EFGH. The call then goes on by itself.", message)
					w.says.Store(answer)
					return "accept"
				})
				require.Equal(t, answer != granted, isError)
				require.Equal(t, want, withoutID(text))
				require.EqualValues(t, 1, w.codes.Load())
			})
		}
	}
}

// TestOnlyAClientThatOpensURLsIsAsked: to all others the library would send
// requests of its own, or they would not know what to do.
func TestOnlyAClientThatOpensURLsIsAsked(t *testing.T) {
	w := newTold(t, withLinks(t))
	require.Equal(t, "input_required", w.callAs(t, w.alice, "mine_me", `"arguments":{}`).ResultType)
	for _, capabilities := range []string{`{}`, `{"elicitation":{}}`, `{"elicitation":{"form":{}}}`, `{"elicitation":{"url":null}}`, `{"sampling":{},"roots":{}}`} {
		body := rpc(1, "tools/call", `{"name":"mine_me","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
			`"io.modelcontextprotocol/clientCapabilities":`+capabilities+`,"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"}}}`)
		answer := parseAsked(t, w.postJSON(t, "/mcp", body, bearer(w.alice), modernHeaders("tools/call", "mine_me")).body)
		require.Equal(t, "complete", answer.ResultType)
		require.True(t, answer.IsError, capabilities)
	}
	for _, version := range []string{"", "2025-06-18", "2025-11-25"} {
		body := rpc(1, "tools/call", `{"name":"mine_me","arguments":{},"requestState":"x","_meta":{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}}}}}`)
		answer := parseAsked(t, w.postJSON(t, "/mcp", body, bearer(w.alice), header("Mcp-Protocol-Version", version)).body)
		require.Empty(t, answer.ResultType)
		require.Contains(t, answer.text(), "https://gateway.example/base/connect/mine", "what this version does not know means nothing")
	}
	w = newTold(t)
	require.True(t, w.callAs(t, w.alice, "mine_me", `"arguments":{}`).IsError, "there is nothing to open")
}
