package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// restItem is the last text of an answer that was cut.
type restItem struct {
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	From      string          `json:"from"`
	Left      string          `json:"left"`
}

// parseRest reads the last line of a result's text, which holds nothing else.
func parseRest(t *testing.T, text string) (content string, rest restItem) {
	t.Helper()
	at := strings.LastIndex(text, "\n")
	require.Positive(t, at, text)
	d := json.NewDecoder(strings.NewReader(text[at+1:]))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&rest), text)
	require.NotEmpty(t, rest.From)
	require.NotEmpty(t, rest.Left)
	return text[:at], rest
}

// sayLeft puts what is left in the place of the last item, which is that of the
// tool.
func sayLeft(t *testing.T, text, tool string) string {
	t.Helper()
	content, rest := parseRest(t, text)
	require.Equal(t, tool, rest.Tool)
	require.Equal(t, "{}", string(rest.Arguments))
	return content + "\n" + rest.Left
}

func TestReadMoreTakesWhatACutAnswerSays(t *testing.T) {
	g := newGateway(t)
	long := strings.Repeat("abcdef", 500)
	isError, text := g.callBoth(t, "bin_big", `{"text":"`+long+`"}`)
	require.False(t, isError)
	var all string
	for reads := 0; ; reads++ {
		at := strings.LastIndex(text, "\n{")
		if at < 0 {
			all += text
			break
		}
		require.Less(t, reads, 10)
		content, rest := parseRest(t, text)
		require.Equal(t, "bin_big", rest.Tool)
		require.JSONEq(t, `{"text":"`+long+`"}`, string(rest.Arguments))
		all += content
		isError, text = g.callBoth(t, "read_more", text[at+1:])
		require.False(t, isError, text)
	}
	whole := g.get(t, "/api/bin/big?text="+long, bearer(g.alice))
	require.True(t, strings.HasPrefix(all, whole.body))
	require.Len(t, all, 4000)
	require.Equal(t, "bin_big", g.requests(t)[1]["tool"])
}

func TestReadMoreOverREST(t *testing.T) {
	g := newGateway(t)
	long := strings.Repeat("abcdef", 500)
	answers := []answer{g.get(t, "/api/bin/big?text="+long, bearer(g.alice)), g.postJSON(t, "/api/bin/big", `{"text":"`+long+`"}`, bearer(g.alice))}
	require.Equal(t, answers[0].Header.Get("Link"), answers[1].Header.Get("Link"))
	next := answers[0]
	all := next.body
	for reads := 0; next.Header.Get("Link") != ""; reads++ {
		require.Less(t, reads, 10)
		link, ok := strings.CutSuffix(strings.TrimPrefix(next.Header.Get("Link"), "<"), `>; rel="next"`)
		require.True(t, ok)
		require.Contains(t, link, "_from="+next.Header.Get("X-Mcpfusion-From"))
		next = g.get(t, link, bearer(g.alice))
		require.Equal(t, http.StatusOK, next.StatusCode, next.body)
		all += next.body
	}
	require.Len(t, all, 4000)

	from := answers[0].Header.Get("X-Mcpfusion-From")
	second := g.postJSON(t, "/api/bin/big", `{"text":"`+long+`","_from":"`+from+`"}`, bearer(g.alice))
	require.Equal(t, all[1000:2000], second.body)
	for _, wrong := range []string{"", "x", from + "x", "a&_from=b"} {
		p := g.get(t, "/api/bin/big?text=x&_from="+wrong, bearer(g.alice)).problem(t)
		require.Equal(t, http.StatusBadRequest, p.Status)
		require.Equal(t, "from", p.Errors[0].Name)
	}
	p := g.postJSON(t, "/api/bin/post", `{"value":"x","_from":"`+from+`"}`, bearer(g.alice)).problem(t)
	require.Contains(t, p.Errors[0].Detail, "only a tool that only reads may be called again")
}

func TestReadMoreSaysWhatIsWrong(t *testing.T) {
	g := newGateway(t)
	_, text := g.callBoth(t, "bin_big", `{"text":"`+strings.Repeat("x", 3000)+`"}`)
	_, rest := parseRest(t, text)
	from := `"from":"` + rest.From + `"`
	for arguments, want := range map[string]string{
		`{}`:                                                         "tool is missing; it is required",
		`{"tool":"bin_big"}`:                                         "from is missing; it is required",
		`{"tool":"bin_big","form":"x"}`:                              "the arguments must be tool, arguments and from",
		`{"tool":"none",` + from + `}`:                               "tool is none that can be called",
		`{"tool":"read_more",` + from + `}`:                          "tool is none that can be called",
		`{"tool":"bin_big",` + from + `}`:                            "text is missing; it is required",
		`{"tool":"bin_big","arguments":[],` + from + `}`:             "the arguments are not a JSON object",
		`{"tool":"bin_big","arguments":{"text":"x"},"from":"x"}`:     "from is not what this tool gave in this place",
		`{"tool":"bin_big","arguments":{"text":"x"},` + from + `}`:   "the answer has changed",
		`{"tool":"bin_post","arguments":{"value":"x"},` + from + `}`: "only a tool that only reads may be called again",
	} {
		isError, text := g.callBoth(t, "read_more", arguments)
		require.True(t, isError, arguments)
		require.Contains(t, text, want, arguments)
	}
	isError, _ := g.callBoth(t, "read_more", `{"tool":"bin_big","arguments":"{\"text\":\"`+strings.Repeat("x", 3000)+`\"}",`+from+`,"left":null}`)
	require.False(t, isError, "arguments in a string")
}

// TestReadMoreStaysWithinTheScope: what a scope leaves out does not exist for
// read_more either, which itself is there for everybody.
func TestReadMoreStaysWithinTheScope(t *testing.T) {
	g := newGateway(t)
	arguments := `{"text":"` + strings.Repeat("x", 3000) + `"}`
	_, text := g.callBoth(t, "bin_big", arguments)
	_, rest := parseRest(t, text)
	read := toolParams("read_more", `{"tool":"bin_big","arguments":`+arguments+`,"from":"`+rest.From+`"}`)
	for _, c := range []struct {
		scope db.Scope
		sees  bool
	}{{db.Scope{}, true}, {db.Scope{Tools: []string{"bin_big"}}, true}, {db.Scope{Tools: []string{"bin_get"}}, false}, {db.Scope{Services: []string{"none"}}, false}} {
		answer := g.postJSON(t, "/mcp", rpc(1, "tools/call", read), bearer(g.scoped(t, c.scope).Token.Reveal()))
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.Equal(t, !c.sees, strings.Contains(answer.body, "tool is none that can be called"), answer.body)
	}
}

// TestAPageIsForTheTenantThatItWasGivenTo: it names a place at the API that no
// argument does.
func TestAPageIsForTheTenantThatItWasGivenTo(t *testing.T) {
	api := newStub(t, twoPages(`{"items":[1],"next":2}`, says(200, "application/json", `{"items":[2]}`)))
	tools, _ := withTools(t, &lockedBuffer{}, `{"services":{"s":{"name":"S","baseURL":"${API}","endpoints":[{"id":"e","name":"E","method":"GET","path":"/",
		"response":{"paginated":true,"paginationConfig":{"nextPageTokenPath":"next","dataPath":"items","maxPages":1}}}]}}}`, []string{"API", api.URL})
	g := newGateway(t, tools)
	from := g.get(t, "/api/s/e", bearer(g.alice)).Header.Get("X-Mcpfusion-From")
	require.JSONEq(t, `{"items":[2]}`, g.get(t, "/api/s/e?_from="+from, bearer(g.alice)).body)
	require.Equal(t, http.StatusBadRequest, g.get(t, "/api/s/e?_from="+from, bearer(g.bob)).StatusCode)
}
