package mcpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachRequestIsOneLine(t *testing.T) {
	g := newGateway(t)
	answer := g.postJSON(t, "/mcp", rpc(1, "tools/call", `{"name":"bin_get","arguments":{"value":"x"}}`), bearer(g.alice))
	require.Len(t, g.requests(t), 1)
	line := g.lastRequest(t)
	require.Equal(t, answer.Header.Get("X-Request-Id"), line["id"])
	require.Equal(t, "127.0.0.1", line["client"])
	require.Equal(t, g.shortID(t, g.alice), line["tenant"])
	require.Equal(t, "POST", line["method"])
	require.Equal(t, "/mcp", line["path"])
	require.Equal(t, "tools/call", line["rpc"])
	require.Equal(t, "bin_get", line["tool"])
	require.EqualValues(t, http.StatusOK, line["status"])
	require.EqualValues(t, len(answer.body), line["bytes"])
	require.Positive(t, line["duration_ms"])
	require.NotEmpty(t, line["time"])

	g.get(t, "/unknown", bearer("0"))
	require.Len(t, g.requests(t), 2)
	line = g.lastRequest(t)
	require.Equal(t, "Invalid API token", line["reason"])
	require.NotContains(t, line, "tenant")
}

func TestClientCannotFloodALine(t *testing.T) {
	g := newGateway(t)
	g.get(t, "/"+strings.Repeat("x", 5000), bearer(g.alice))
	require.Less(t, len(g.lastRequest(t)["path"].(string)), 300)
}

// TestSecretsShowUpNowhere calls every surface and looks for the tokens and
// the credential in all that comes out.
func TestSecretsShowUpNowhere(t *testing.T) {
	g := newGateway(t)
	var out strings.Builder
	collect := func(a answer) {
		out.WriteString(a.body)
		require.NoError(t, a.Header.Write(&out))
	}
	for _, token := range []string{g.alice, g.bob} {
		collect(g.get(t, "/api/keyed/headers", bearer(token)))
		collect(g.postJSON(t, "/mcp", rpc(1, "tools/call", `{"name":"keyed_headers","arguments":{}}`), bearer(token)))
		collect(g.postJSON(t, "/mcp", rpc(1, "tools/list", `{}`), bearer(token)))
		collect(g.postJSON(t, "/mcp", token, bearer(token)))
		collect(g.get(t, "/"+token, bearer(token)))
		collect(g.get(t, "/api/"+token+"/x?token="+token, bearer(token)))
		collect(g.get(t, "/mcp", header("Authorization", "Basic "+token)))
		collect(g.get(t, "/mcp", header("Authorization", "Bearer "+token+"x")))
		collect(g.get(t, "/mcp", header("Authorization", "Bearer "+token, "Bearer "+token)))
	}
	require.Contains(t, out.String(), "[redacted]", "the API echoed the credential, so something must have been taken out")
	for _, secret := range []string{g.alice, g.bob, keyCanary} {
		require.NotContains(t, out.String(), secret)
		require.NotContains(t, g.log.String(), secret)
	}
}
