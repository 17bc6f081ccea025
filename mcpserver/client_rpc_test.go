package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// message is what /mcp answers.
type message struct {
	JSONRPC string
	ID      json.RawMessage
	Error   *struct {
		Code    int
		Message string
	}
	Result *struct {
		IsError bool
		Content []struct{ Text string }
	}
}

var requestIDLine = regexp.MustCompile(`\n\(request id: [0-9a-f]{16}\)$`)

// rpcSaid puts an answer of /mcp into one line: status, id, and what it says.
// The request id is left out of a tool's error, after a check.
func (a answer) rpcSaid(t *testing.T) string {
	t.Helper()
	line := strconv.Itoa(a.StatusCode)
	if a.Header.Get("Content-Type") != "application/json" {
		return strings.TrimSpace(line + " " + a.body)
	}
	var m message
	require.NoError(t, json.Unmarshal([]byte(a.body), &m), a.body)
	require.Equal(t, "2.0", m.JSONRPC)
	line += " " + string(m.ID)
	switch {
	case m.Error != nil:
		return line + " " + strconv.Itoa(m.Error.Code) + " " + m.Error.Message
	case m.Result != nil && m.Result.IsError:
		require.Len(t, m.Result.Content, 1)
		text := m.Result.Content[0].Text
		require.Regexp(t, requestIDLine, text)
		require.Contains(t, text, a.Header.Get("X-Request-Id"))
		return line + " tool error: " + requestIDLine.ReplaceAllString(text, "")
	default:
		return line + " result"
	}
}

// echoCanary is in all params that are not read: no error may repeat them.
const echoCanary = "c4nary-of-the-params"

func TestBrokenMessages(t *testing.T) {
	g := newGateway(t)
	const (
		notJSON   = "400 null -32700 The body is not valid JSON"
		noMessage = `400 null -32600 The body is not a JSON-RPC message with "jsonrpc": "2.0"`
		badID     = "400 null -32600 The id must be a string or an integer between -(2^53-1) and 2^53-1"
		batch     = "400 null -32600 Batches are not supported; send one message at a time"
		noMethod  = "400 1 -32600 The message has no method"
		response  = "400 1 -32600 Responses are not expected: this server asks nothing of its clients"
		badParams = "400 1 -32600 The params must be an object"
		ping      = `"method":"ping"}`
	)
	for body, want := range map[string]string{
		"": notJSON, " ": notJSON, "{": notJSON, "not json": notJSON, "\ufeff{}": notJSON, "{} {}": notJSON, "\xff": notJSON,
		`{"jsonrpc":"2.0","id":1,"method":"` + echoCanary: notJSON,
		"[]": batch, ` [{"jsonrpc":"2.0","id":1,"method":"ping"}]`: batch,
		"1": noMessage, `"x"`: noMessage, "null": noMessage, "true": noMessage, "{}": noMessage,
		`{"id":1,"method":"ping"}`:                                 strings.Replace(noMessage, "null", "1", 1),
		`{"jsonrpc":"1.0","id":1,"method":"ping"}`:                 strings.Replace(noMessage, "null", "1", 1),
		`{"jsonrpc":2.0,"id":1,"method":"ping"}`:                   noMessage,
		`{"jsonrpc":"2.0","id":1,"method":5}`:                      noMessage,
		`{"jsonrpc":"2.0","id":1,"method":["` + echoCanary + `"]}`: noMessage,

		`{"jsonrpc":"2.0","id":null,` + ping: badID, `{"jsonrpc":"2.0","id":{},` + ping: badID, `{"jsonrpc":"2.0","id":[1],` + ping: badID,
		`{"jsonrpc":"2.0","id":true,` + ping: badID, `{"jsonrpc":"2.0","id":1.5,` + ping: badID, `{"jsonrpc":"2.0","id":1e2,` + ping: badID,
		`{"jsonrpc":"2.0","id":9007199254740992,` + ping: badID, `{"jsonrpc":"2.0","id":-9007199254740992,` + ping: badID,
		`{"jsonrpc":"2.0","id":123456789012345678901234567890,` + ping: badID, `{"jsonrpc":"2.0","id":1e400,` + ping: badID,
		`{"jsonrpc":"2.0","id":9007199254740991,` + ping:        "200 9007199254740991 result",
		`{"jsonrpc":"2.0","id":-9007199254740991,` + ping:       "200 -9007199254740991 result",
		`{"jsonrpc":"2.0","id":0,` + ping:                       "200 0 result",
		`{"jsonrpc":"2.0","id":"",` + ping:                      `200 "" result`,
		`{"jsonrpc":"2.0","id":"ä\"<",` + ping:                  `200 "ä\"\u003c" result`,
		`{"jsonrpc":"2.0","id":"` + long(100_000) + `",` + ping: `200 "` + long(100_000) + `" result`,

		`{"jsonrpc":"2.0","id":1}`: noMethod, `{"jsonrpc":"2.0","id":1,"method":""}`: noMethod, `{"jsonrpc":"2.0","id":1,"method":null}`: noMethod,
		`{"jsonrpc":"2.0"}`:                                               strings.Replace(noMethod, "1", "null", 1),
		`{"jsonrpc":"2.0","id":1,"result":{}}`:                            response,
		`{"jsonrpc":"2.0","id":1,"result":"` + echoCanary + `"}`:          response,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x"}}`:       response,
		`{"jsonrpc":"2.0","id":1,"result":{},` + ping:                     response,
		`{"jsonrpc":"2.0","id":1,"params":["` + echoCanary + `"],` + ping: badParams,
		`{"jsonrpc":"2.0","id":1,"params":"` + echoCanary + `",` + ping:   badParams,
		`{"jsonrpc":"2.0","id":1,"params":5,` + ping:                      badParams,
		`{"jsonrpc":"2.0","id":1,"params":null,` + ping:                   "200 1 result",

		// What asks for no answer gets none, unless it is broken.
		`{"jsonrpc":"2.0","method":"ping"}`:                                                    "202",
		`{"jsonrpc":"2.0","method":"` + echoCanary + `"}`:                                      "202",
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`:                               "202",
		`{"jsonrpc":"2.0","id":null,"method":"notifications/initialized"}`:                     "202",
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`:        "202",
		`{"jsonrpc":"2.0","method":"subscriptions/listen"}`:                                    "202",
		`{"jsonrpc":"2.0","method":"notifications/x","params":[]}`:                             strings.Replace(badParams, "1", "null", 1),
		`{"jsonrpc":"2.0","id":1,"method":"notifications/cancelled","params":{"requestId":1}}`: "404 1 -32601 notifications/cancelled is not supported",
		`{"jsonrpc":"2.0","id":1,"method":"notifications/initialized"}`:                        "200 1 -32601 Method notifications/initialized not found",

		// The decoder's rules, which are the library's: the last one counts, in any case.
		`{"JSONRPC":"2.0","ID":1,"METHOD":"ping"}`:                              "200 1 result",
		`{"jsonrpc":"2.0","id":7,"id":1,"method":"tools/list","method":"ping"}`: "200 1 result",
		`{"jsonrpc":"2.0","id":1,"id":null,"method":"ping"}`:                    badID,
		`{"jsonrpc":"2.0","method":"ping","Method":"notifications/cancelled"}`:  "202",
	} {
		answer := g.postJSON(t, "/mcp", body, bearer(g.alice))
		require.Equal(t, want, answer.rpcSaid(t), "%.200s", body)
		require.NotContains(t, answer.body, echoCanary)
	}
	require.NotContains(t, g.log.String(), `"level":"ERROR"`, "what a client sends is no error of ours")
}

func TestUnknownMethodsToolsAndParams(t *testing.T) {
	g := newGateway(t)
	const unparsable = "200 1 -32600 unparsable tools/call request: json: cannot unmarshal "
	for _, c := range []struct{ method, params, want string }{
		{"nope", `{"x":"` + echoCanary + `"}`, "200 1 -32601 Method nope not found"},
		{"resources/list", `{}`, "200 1 -32601 resources not supported"},
		{"resources/read", `{"uri":"` + echoCanary + `"}`, "200 1 -32601 resources not supported"},
		{"resources/subscribe", `{}`, "200 1 -32601 resources not supported"},
		{"prompts/get", `{"name":"x"}`, "200 1 -32601 prompts not supported"},
		{"logging/setLevel", `{"level":"debug"}`, "200 1 -32601 logging not supported"},
		{"completion/complete", `{}`, "200 1 -32601 completions not supported"},
		{"tasks/list", `{}`, "200 1 -32601 tasks not supported"},
		{"tasks/get", `{"taskId":"1"}`, "200 1 -32601 tasks not supported"},
		{"tasks/cancel", `{"taskId":"1"}`, "200 1 -32601 tasks not supported"},
		{"sampling/createMessage", `{}`, "200 1 -32601 Method sampling/createMessage not found"},
		{"server/discover", `{}`, `200 1 -32601 "server/discover" requires protocol version 2026-07-28 or later`},
		{"tools/list", `{"cursor":"` + echoCanary + `"}`, "200 1 -32602 illegal base64 data at input byte 6"},
		{"tools/list", `{"cursor":""}`, "200 1 result"},
		{"tools/call", `{}`, "200 1 -32602 tool '' not found: tool not found"},
		{"tools/call", `{"name":"bin_none","arguments":{"value":"` + echoCanary + `"}}`, "200 1 -32602 tool 'bin_none' not found: tool not found"},
		{"tools/call", `{"name":"BIN_GET"}`, "200 1 -32602 tool 'BIN_GET' not found: tool not found"},
		{"tools/call", `{"name":"bin_get "}`, "200 1 -32602 tool 'bin_get ' not found: tool not found"},
		{"tools/call", `{"name":5}`, unparsable + "number into Go struct field CallToolRequest.params.name of type string"},
		{"tools/call", `{"name":"bin_get","_meta":5}`, unparsable + "number into Go struct field CallToolRequest.params._meta of type map[string]interface {}"},
		{"tools/call", `{"name":"bin_get","task":{"ttl":1},"arguments":{"value":"x"}}`, "200 1 result"},
		{"initialize", `{}`, "200 1 result"},
		{"initialize", `{"protocolVersion":"1999-01-01","capabilities":{},"clientInfo":{"name":"t","version":"1"}}`, "200 1 result"},
		{"initialize", `{"protocolVersion":5}`, "200 1 -32600 unparsable initialize request: json: cannot unmarshal number into Go struct field InitializeParams.params.protocolVersion of type string"},
	} {
		answer := g.postJSON(t, "/mcp", rpc(1, c.method, c.params), bearer(g.alice))
		require.Equal(t, c.want, answer.rpcSaid(t), "%s %s", c.method, c.params)
		require.NotContains(t, answer.body, echoCanary)
	}
	require.NotContains(t, g.log.String(), `"level":"ERROR"`)
	answer := g.postJSON(t, "/mcp", rpc(1, "initialize", `{"protocolVersion":"1999-01-01"}`), bearer(g.alice))
	require.Contains(t, answer.body, `"protocolVersion":"2025-11-25"`, "an unknown version is answered with one that is known")
	require.Equal(t, http.StatusOK, answer.StatusCode)
}
