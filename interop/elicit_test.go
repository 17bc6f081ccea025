package interop

import (
	"context"
	"net/http"
	"regexp"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

var userCode = regexp.MustCompile(`[A-Z]{4}-[A-Z]{4}`)

// codeIn returns the code that a text tells a person to enter.
func codeIn(t *testing.T, text string) string {
	t.Helper()
	code := userCode.FindString(text)
	require.NotEmpty(t, code, text)
	return code
}

// elicited connects the official Go client of 2026-07-28, whose person answers as
// told.
func (s *signing) elicited(t *testing.T, answer func(*mcp.ElicitParams) *mcp.ElicitResult) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{Elicitation: &mcp.ElicitationCapabilities{URL: &mcp.URLElicitationCapabilities{}}},
		ElicitationHandler: func(_ context.Context, r *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return answer(r.Params), nil
		},
	})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: s.gateway.URL + "/mcp", HTTPClient: &http.Client{Transport: testgateway.WithToken(s.token)},
	}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func callMe(t *testing.T, session *mcp.ClientSession, tool string) (text string, isError bool) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: map[string]any{}})
	require.NoError(t, err)
	require.NotEmpty(t, result.Content)
	return result.Content[0].(*mcp.TextContent).Text, result.IsError
}

func TestGoClientGoesFromNotConnectedToAResult(t *testing.T) {
	s := startSigning(t)
	asked := 0
	session := s.elicited(t, func(p *mcp.ElicitParams) *mcp.ElicitResult {
		asked++
		require.Equal(t, "url", p.Mode)
		require.Contains(t, p.URL, s.Issuer)
		s.approveDevice(t, codeIn(t, p.Message), "anna")
		return &mcp.ElicitResult{Action: "accept"}
	})
	text, isError := callMe(t, session, "desk_me")
	require.False(t, isError, text)
	require.Contains(t, text, `"sub":"anna"`)
	text, isError = callMe(t, session, "desk_me")
	require.False(t, isError, text)
	require.Equal(t, 1, asked)
}

func TestGoClientsPersonDeclines(t *testing.T) {
	s := startSigning(t)
	session := s.elicited(t, func(*mcp.ElicitParams) *mcp.ElicitResult { return &mcp.ElicitResult{Action: "decline"} })
	text, isError := callMe(t, session, "web_me")
	require.True(t, isError)
	require.Contains(t, text, s.gateway.URL+"/connect/web")
}

// tool is what the client scripts are to call.
func (s *signing) tool(name string) map[string]string {
	return map[string]string{"url": s.gateway.URL + "/mcp", "token": s.token, "tool": name}
}

// asked is what elicit.mjs announces.
type asked struct {
	Asked  struct{ Mode, URL, Message string }
	Result toolResult
}

func TestTypeScriptClientGoesFromNotConnectedToAResult(t *testing.T) {
	s := startSigning(t)
	var saw asked
	client := startPeer(t, "elicit.mjs", s.tool("desk_me"), &saw)
	require.Equal(t, "url", saw.Asked.Mode)
	require.Contains(t, saw.Asked.URL, s.Issuer)
	s.approveDevice(t, codeIn(t, saw.Asked.Message), "anna")
	client.ask(t, "accept", &saw)
	require.False(t, saw.Result.IsError, saw.Result)
	require.Contains(t, saw.Result.Content[0].Text, `"sub":"anna"`)
}

// An older client is told the link, and the code, in the text.
func TestOlderClientIsToldInTheText(t *testing.T) {
	s := startSigning(t)
	var saw toolResult
	client := startPeer(t, "twice.mjs", s.tool("desk_me"), &saw)
	require.True(t, saw.IsError)
	require.Contains(t, saw.Content[0].Text, s.Issuer)
	s.approveDevice(t, codeIn(t, saw.Content[0].Text), "anna")
	s.awaitConnected(t, s.token, "desk")
	saw = toolResult{}
	client.ask(t, "again", &saw)
	require.False(t, saw.IsError, saw)
	require.Contains(t, saw.Content[0].Text, `"sub":"anna"`)
}
