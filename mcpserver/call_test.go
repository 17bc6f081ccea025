package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// eras are the two ways to say the same.
var eras = map[string]func(tool, arguments string) (string, func(*http.Request)){
	"before 2026": func(tool, arguments string) (string, func(*http.Request)) {
		return rpc(1, "tools/call", toolParams(tool, arguments)), func(*http.Request) {}
	},
	"2026": func(tool, arguments string) (string, func(*http.Request)) {
		return modern(1, "tools/call", toolParams(tool, arguments)), modernHeaders("tools/call", tool)
	},
}

func toolParams(tool, arguments string) string {
	return `{"name":"` + tool + `","arguments":` + arguments + `}`
}

// callBoth calls a tool as alice in both eras, which must answer the same, and
// returns that without the request id.
func (g *gateway) callBoth(t *testing.T, tool, arguments string) (isError bool, text string) {
	t.Helper()
	var said []message
	for _, dress := range eras {
		body, headers := dress(tool, arguments)
		answer := g.postJSON(t, "/mcp", body, bearer(g.alice), headers)
		require.Equal(t, http.StatusOK, answer.StatusCode, answer.body)
		var m message
		require.NoError(t, json.Unmarshal([]byte(answer.body), &m))
		require.NotNil(t, m.Result, answer.body)
		said = append(said, m)
	}
	first, second := textOfMessage(t, said[0]), textOfMessage(t, said[1])
	require.Equal(t, first, second)
	require.Equal(t, said[0].Result.IsError, said[1].Result.IsError)
	return said[0].Result.IsError, first
}

// textOfMessage joins the items of a result's content.
func textOfMessage(t *testing.T, m message) string {
	t.Helper()
	var items []string
	for _, item := range m.Result.Content {
		items = append(items, item.Text)
	}
	text := strings.Join(items, "\n")
	if m.Result.IsError {
		require.Regexp(t, requestIDLine, text)
	}
	return requestIDLine.ReplaceAllString(text, "")
}
