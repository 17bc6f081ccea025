package mcpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// modernMeta is what each request of 2026-07-28 carries in its params.
const modernMeta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"}}`

// modernHeaders are what it carries in its headers.
func modernHeaders(method, name string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Mcp-Protocol-Version", "2026-07-28")
		r.Header.Set("Mcp-Method", method)
		if name != "" {
			r.Header.Set("Mcp-Name", name)
		}
	}
}

// modern is a message of 2026-07-28. params is an object.
func modern(id int, method, params string) string {
	params = strings.TrimSuffix(params, "}")
	if params != "{" {
		params += ","
	}
	return rpc(id, method, params+modernMeta+"}")
}

func TestVersionsAndHeadersBefore2026(t *testing.T) {
	g := newGateway(t)
	const noMeta = "400 1 -32602 missing or invalid _meta field io.modelcontextprotocol/protocolVersion"
	for version, want := range map[string]string{
		"": "200 1 result", "2024-11-05": "200 1 result", "2025-03-26": "200 1 result",
		"2025-06-18": "200 1 result", "2025-11-25": "200 1 result",
		"1999-01-01": "400 Unsupported protocol version: 1999-01-01",
		"2025-11-24": "400 Unsupported protocol version: 2025-11-24",
		"2026-07-28": noMeta, "2027-01-01": noMeta, "x": noMeta, "\xff": noMeta,
	} {
		answer := g.postJSON(t, "/mcp", rpc(1, "tools/list", `{}`), bearer(g.alice), header("Mcp-Protocol-Version", version))
		require.Equal(t, want, answer.rpcSaid(t), version)
	}
	for name, value := range map[string]string{"Mcp-Method": "tools/call", "Mcp-Name": "x", "Mcp-Session-Id": "s", "Last-Event-Id": "7"} {
		answer := g.postJSON(t, "/mcp", rpc(1, "tools/list", `{}`), bearer(g.alice), header(name, value))
		require.Equal(t, "200 1 result", answer.rpcSaid(t), "%s means nothing before 2026-07-28", name)
	}
	require.Equal(t, "400 Unsupported protocol version: 1999-01-01",
		g.postJSON(t, "/mcp", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, bearer(g.alice), header("Mcp-Protocol-Version", "1999-01-01")).rpcSaid(t))
}

func TestVersionsAndHeadersOf2026(t *testing.T) {
	g := newGateway(t)
	list := modern(1, "tools/list", `{}`)
	call := modern(1, "tools/call", `{"name":"bin_get","arguments":{"value":"x"}}`)
	const unsupported = `(supported: [2026-07-28 2025-11-25 2025-06-18 2025-03-26 2024-11-05])`
	without := func(header string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(header) } }
	for _, c := range []struct {
		body, method, name string
		edit               func(*http.Request)
		want               string
	}{
		{list, "tools/list", "", nil, "200 1 result"},
		{call, "tools/call", "bin_get", nil, "200 1 result"},
		{call, "tools/call", "=?base64?YmluX2dldA==?=", nil, "200 1 result"},
		{list, "tools/list", "x", nil, "200 1 result"},
		{list, "tools/list", "", without("Mcp-Protocol-Version"), "400 1 -32020 Mcp-Protocol-Version header is required for requests carrying io.modelcontextprotocol/protocolVersion"},
		{list, "tools/list", "", without("Mcp-Method"), "400 1 -32020 header mismatch: Mcp-Method: missing required header"},
		{list, "tools/call", "", nil, `400 1 -32020 header mismatch: Mcp-Method: header value "tools/call" does not match body value "tools/list"`},
		{list, "Tools/List", "", nil, `400 1 -32020 header mismatch: Mcp-Method: header value "Tools/List" does not match body value "tools/list"`},
		{call, "tools/call", "", nil, `400 1 -32020 header mismatch: Mcp-Name: missing required header for method "tools/call"`},
		{call, "tools/call", "bin_post", nil, `400 1 -32020 header mismatch: Mcp-Name: header value "bin_post" does not match body value "bin_get"`},
		{list, "tools/list", "", header("Mcp-Protocol-Version", "2025-11-25"), "400 1 -32020 Mcp-Protocol-Version header 2025-11-25 does not match request io.modelcontextprotocol/protocolVersion 2026-07-28"},
		{list, "tools/list", "", header("Last-Event-Id", "1"), "400 1 -32020 Last-Event-ID is not supported in protocol version 2026-07-28: streams are not resumable, re-issue the request with a new ID"},
		{strings.ReplaceAll(list, "2026-07-28", "2027-01-01"), "tools/list", "", header("Mcp-Protocol-Version", "2027-01-01"), `400 1 -32022 unsupported protocol version: "2027-01-01" ` + unsupported},
		{strings.Replace(list, `"io.modelcontextprotocol/clientCapabilities":{},`, "", 1), "tools/list", "", nil, "400 1 -32602 missing or invalid _meta field io.modelcontextprotocol/clientCapabilities"},
		{strings.Replace(list, `clientCapabilities":{}`, `clientCapabilities":5`, 1), "tools/list", "", nil, "400 1 -32602 missing or invalid _meta field io.modelcontextprotocol/clientCapabilities"},
		{strings.Replace(list, `protocolVersion":"2026-07-28"`, `protocolVersion":5`, 1), "tools/list", "", nil, "400 1 -32602 missing or invalid _meta field io.modelcontextprotocol/protocolVersion"},
		{modern(1, "tools/call", `{"name":"none"}`), "tools/call", "none", nil, "400 1 -32602 tool 'none' not found: tool not found"},
		{modern(1, "tools/call", `{"name":"bin_get","arguments":[]}`), "tools/call", "bin_get", nil, "200 1 tool error: wrong arguments, nothing was sent:\n- the arguments are not a JSON object"},
		{modern(1, "nope", `{}`), "nope", "", nil, "404 1 -32601 Method nope not found"},
		{modern(1, "ping", `{}`), "ping", "", nil, `404 1 -32601 "ping" was removed in protocol version 2026-07-28`},
		{modern(1, "initialize", `{}`), "initialize", "", nil, `404 1 -32601 "initialize" was removed in protocol version 2026-07-28`},
		{modern(1, "tasks/get", `{}`), "tasks/get", "", nil, "404 1 -32601 tasks not supported"},
		{modern(1, "server/discover", `{}`), "server/discover", "", nil, "200 1 result"},
		{modern(1, "notifications/cancelled", `{"requestId":1}`), "notifications/cancelled", "", nil, "404 1 -32601 notifications/cancelled is not supported"},
		{strings.Replace(list, `"id":1`, `"id":9007199254740993`, 1), "tools/list", "", nil, "400 null -32600 The id must be a string or an integer between -(2^53-1) and 2^53-1"},
		{`{"jsonrpc":"2.0","id":1,"result":{}}`, "tools/list", "", nil, "400 1 -32600 Responses are not expected: this server asks nothing of its clients"},
	} {
		edits := []func(*http.Request){bearer(g.alice), modernHeaders(c.method, c.name)}
		if c.edit != nil {
			edits = append(edits, c.edit)
		}
		require.Equal(t, c.want, g.postJSON(t, "/mcp", c.body, edits...).rpcSaid(t), "%s with %s %s", c.body, c.method, c.name)
	}
}
