package mcpserver_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const typedConfig = `{"services": {"s": {"name": "S", "baseURL": "${API}", "endpoints": [
  {"id": "all", "name": "All", "method": "GET", "path": "/", "parameters": [
    {"name": "text", "type": "string", "location": "query"},
    {"name": "number", "type": "number", "location": "query"},
    {"name": "whole", "type": "integer", "location": "query"},
    {"name": "flag", "type": "boolean", "location": "query"},
    {"name": "list", "type": "array", "items": "integer", "location": "query"},
    {"name": "box", "type": "object", "location": "query"}]}]}}}`

// typed is the API behind typedConfig; it answers with the query.
func typed(t *testing.T) (*gateway, *stub) {
	api := newStub(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%q", r.URL.RawQuery) }))
	tools, _ := withTools(t, &lockedBuffer{}, typedConfig, []string{"API", api.URL})
	return newGateway(t, tools), api
}

var mustBe = map[string]string{
	"text": "a string", "number": "a number", "whole": "an integer", "flag": "true or false", "list": "an array", "box": "an object",
}

// beyondFloat is a number that the MCP library cannot read, whatever the tool
// says of it.
const beyondFloat = `1e400`

func (g *gateway) requireBeyondFloat(t *testing.T, arguments string) {
	t.Helper()
	answer := g.postJSON(t, "/mcp", rpc(1, "tools/call", toolParams("s_all", arguments)), bearer(g.alice))
	require.Equal(t, "200 1 -32600 unparsable tools/call request: json: cannot unmarshal number 1e400 into Go struct field CallToolRequest.params of type float64", answer.rpcSaid(t))
}

var anyValues = []string{
	`null`, `true`, `"x"`, `""`, `"5"`, `"true"`, `5`, `5.0`, `1.5`, `-0`, `1e3`, beyondFloat, `123456789012345678901234567890`,
	`[]`, `[1,"x"]`, `[1,2]`, `[[1]]`, `[null]`, `"[1,2]"`, `{}`, `{"a":null}`, `"{}"`,
}

// wellTyped are the values that are sent, and as what.
var wellTyped = map[string]map[string]string{
	"text": {`"x"`: "x", `""`: "", `"5"`: "5", `"true"`: "true", `"[1,2]"`: "%5B1%2C2%5D", `"{}"`: "%7B%7D"},
	"number": {
		`"5"`: "5", `5`: "5", `5.0`: "5.0", `1.5`: "1.5", `-0`: "-0", `1e3`: "1e3",
		`123456789012345678901234567890`: "123456789012345678901234567890",
	},
	"whole": {
		`"5"`: "5", `5`: "5", `5.0`: "5.0", `-0`: "-0", `1e3`: "1e3",
		`123456789012345678901234567890`: "123456789012345678901234567890",
	},
	"flag": {`true`: "true", `"true"`: "true"},
	"list": {`[]`: "", `[1,2]`: "1&list=2", `"[1,2]"`: "1&list=2"},
	"box":  {`{}`: "%7B%7D", `{"a":null}`: "%7B%22a%22%3Anull%7D", `"{}"`: "%7B%7D"},
}

// wronglyTyped are those refused in other words than "is 5; must be a string".
var wronglyTyped = map[string]map[string]string{
	"list": {
		`[1,"x"]`: `element 2 is "x"; must be an integer`, `[[1]]`: "element 1 is [1]; must be an integer",
		`[null]`: "element 1 is null; must be an integer",
	},
}

// refusal is what a value of the wrong type is answered with.
func refusal(name, value string) string {
	if text, ok := wronglyTyped[name][value]; ok {
		return text
	}
	if value == "null" {
		return "is null; leave it out instead"
	}
	return "is " + value + "; must be " + mustBe[name]
}

func TestArgumentsOfEveryType(t *testing.T) {
	g, api := typed(t)
	for name := range mustBe {
		for _, value := range anyValues {
			arguments := fmt.Sprintf(`{%q:%s}`, name, value)
			before := api.requests.Load()
			rest := g.postJSON(t, "/api/s/all", arguments, bearer(g.alice))
			if value == beyondFloat {
				require.Equal(t, "400 Wrong arguments; nothing was sent", rest.said(t))
				g.requireBeyondFloat(t, arguments)
				continue
			}
			isError, text := g.callBoth(t, "s_all", arguments)
			sent, ok := wellTyped[name][value]
			if !ok {
				p := rest.problem(t)
				require.Equal(t, "400 Wrong arguments; nothing was sent", rest.said(t))
				require.Equal(t, []struct{ Name, Detail string }{{name, refusal(name, value)}}, p.Errors)
				require.True(t, isError)
				require.Equal(t, "wrong arguments, nothing was sent:\n- "+name+" "+refusal(name, value), text)
				require.Equal(t, before, api.requests.Load(), "nothing may be sent")
				continue
			}
			want := fmt.Sprintf("%q", name+"="+sent)
			if value == "[]" {
				want = `""`
			}
			require.Equal(t, "200 "+want, rest.said(t), arguments)
			require.False(t, isError, arguments)
			require.Equal(t, want, text)
		}
	}
}

func TestArgumentsThatAreNoObject(t *testing.T) {
	g, api := typed(t)
	for arguments, want := range map[string]string{
		`[]`: "the arguments are not a JSON object", `"{}"`: "the arguments are not a JSON object",
		`5`: "the arguments are not a JSON object", `true`: "the arguments are not a JSON object",
		`{"text":"a","text":"b"}`: "text is given twice",
		`{"other":1}`:             "other is unknown; known are text, number, whole, flag, list, box",
		`{"":1}`:                  "is unknown; known are text, number, whole, flag, list, box",
		`{"Text":"a"}`:            "Text is unknown; did you mean text?",
		`{"text":1,"whole":"x"}`:  "text is 1; must be a string\n- whole is \"x\"; must be an integer",
	} {
		require.Equal(t, "400 Wrong arguments; nothing was sent", g.postJSON(t, "/api/s/all", arguments, bearer(g.alice)).said(t))
		isError, text := g.callBoth(t, "s_all", arguments)
		require.True(t, isError)
		require.Equal(t, "wrong arguments, nothing was sent:\n- "+want, text)
	}
	require.Zero(t, api.requests.Load())
	for _, arguments := range []string{`null`, `{}`} {
		require.Equal(t, `200 ""`, g.postJSON(t, "/api/s/all", arguments, bearer(g.alice)).said(t), "no arguments at all")
	}
	require.Equal(t, `200 ""`, g.postJSON(t, "/api/s/all", ``, bearer(g.alice)).said(t))
}
