package fusion

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// loadTransform is a tool with that transform, whose API answers as given.
func loadTransform(t *testing.T, transform, answer string, opts ...Option) *fixture {
	t.Helper()
	f := loadEndpoints(t, "http://h", fmt.Sprintf(`{"id":"e","name":"E","method":"GET","path":"/","response":{"transform":%s},
		"parameters":[
			{"name":"$from-x","type":"string","location":"query"},
			{"name":"n","type":"integer","location":"query"},
			{"name":"list","type":"array","location":"query","default":["a"]},
			{"name":"hidden","type":"string","location":"query","static":true,"default":"x"}]}`, marshal(transform)), opts...)
	f.tool("s_e").sender.client.Transport = stub(answer)
	return f
}

func TestTransforms(t *testing.T) {
	const answer = `{"items":[{"id":"a","n":12345678901234567890.10},{"id":"b","n":1e400}],"a":{"b-c":{"d":[1,2]}},"a\u0062":7}`
	for _, c := range []struct{ transform, arguments, want string }{
		{"$", ``, `{"items":[{"id":"a","n":12345678901234567890.10},{"id":"b","n":1e400}],"a":{"b-c":{"d":[1,2]}},"a\u0062":7}`},
		{"$.a.b-c.d", ``, `[1,2]`},
		{"$.ab", ``, `7`},
		{"$.a.missing.d", ``, `null`},
		{"$.items.id", ``, `null`},
		{".items[0]", ``, `{"id":"a","n":12345678901234567890.10}`},
		{".items[].n", ``, `[12345678901234567890.10,1e400]`},
		{"empty", ``, `null`},
		{".a, halt", ``, `{"b-c":{"d":[1,2]}}`},
		{"[.items[] | select(.id == $from_x) | .id]", `{"from-x":"b"}`, `["b"]`},
		{"[$from_x, $n, $list]", ``, `[null,null,["a"]]`},
		{"[$from_x, $n, $list]", `{"from-x":"<ä>","n":98765432109876543210,"list":[1.50]}`, `["<ä>",98765432109876543210,[1.50]]`},
		{"$ENV, env", ``, `[{},{}]`},
	} {
		t.Run(c.transform, func(t *testing.T) {
			result, err := loadTransform(t, c.transform, answer).call("s_e", c.arguments)
			require.NoError(t, err)
			require.Equal(t, c.want, string(result.Content))
			require.Equal(t, "application/json", result.ContentType)
		})
	}
}

func TestATransformsErrorsAreTold(t *testing.T) {
	const before = "the answer could not be transformed (response.transform): "
	for _, c := range []struct{ transform, want string }{
		{".items | keys | .[0].x", before + `expected an object but got: number (0)`},
		{`error("no\nluck")`, before + "error: no luck"},
		{`"x" | halt_error`, before + "halt error: x"},
		{"[limit(20000; repeat(\"0123456789\"))] | add", "the transformed answer (response.transform) is longer than 65536 bytes"},
		{"repeat(\"0123456789\")", "the transformed answer (response.transform) is longer than 65536 bytes"},
		{`error("` + strings.Repeat("ä", 4000) + `")`, before + "error: " + strings.Repeat("ä", 991) + "…"},
	} {
		_, err := loadTransform(t, c.transform, `{"items":[1]}`, WithMaxUpstream(1<<16)).call("s_e", ``)
		requireUpstream(t, &UpstreamError{Status: 200, Detail: c.want}, err)
	}
}

func TestATransformHasAnEnd(t *testing.T) {
	f := loadTransform(t, "def f: f; f", `{}`)
	_, err := f.call("s_e", ``)
	requireUpstream(t, &UpstreamError{Status: 200, Timeout: true, Detail: "the answer could not be transformed (response.transform) within 2s"}, err)

	ctx, cancel := context.WithCancel(context.Background())
	f.tool("s_e").sender.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		defer cancel()
		return stub(`{}`).RoundTrip(r)
	})
	_, err = f.Call(ctx, f.tool("s_e"), Arguments{})
	require.ErrorIs(t, err, context.Canceled)
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestATransformCannotBringASecretBack(t *testing.T) {
	f := loadServices(t, `{"s":{"name":"S","baseURL":"http://h","auth":{"type":"bearer","config":{"token":"canary-token"}},"endpoints":[
		{"id":"error","name":"E","method":"GET","path":"/","response":{"transform":"error(.echo)"}},
		{"id":"join","name":"E","method":"GET","path":"/","response":{"transform":".parts | add"}}]}}`)
	f.tool("s_error").sender.client.Transport = stub(`{"echo":"canary-token","parts":["canary","-token"]}`)
	for _, tool := range []string{"s_error", "s_join"} {
		result, err := f.call(tool, ``)
		require.NotContains(t, fmt.Sprint(result, err), "canary-token")
		if result != nil {
			require.Equal(t, `"[redacted]"`, string(result.Content))
		}
	}
}

func TestATransformOfTextGetsAString(t *testing.T) {
	server := httptest.NewServer(body(200, "text/plain", "a,b\n1,2\n"))
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `
		{"id":"e","name":"E","method":"GET","path":"/","response":{"type":"text","transform":"split(\"\\n\") | map(split(\",\"))"}}`)
	result, err := f.call("s_e", ``)
	require.NoError(t, err)
	require.Equal(t, &Result{Status: 200, ContentType: "application/json", Content: []byte(`[["a","b"],["1","2"],[]]`)}, result)
}

func TestWhatIsTransformedIsCutLikeAnyResult(t *testing.T) {
	f := loadTransform(t, ".items", `{"items":[`+strings.Repeat(`"0123456789",`, 20)+`1]}`, WithMaxResult(64))
	result, err := f.call("s_e", ``)
	require.NoError(t, err)
	require.True(t, json.Valid(result.Content))
	require.LessOrEqual(t, len(result.Content), 64)
	require.Contains(t, result.Note, "The answer is cut after [3]")
}

func TestNothingIsTransformedWithoutAnAnswer(t *testing.T) {
	result, err := loadTransform(t, "error", ``).call("s_e", ``)
	require.NoError(t, err)
	require.Empty(t, result.Content)
}

func TestMembersAreFound(t *testing.T) {
	const doc = `{"a":{"b.c":{"d":1},"b":{"x":[{"y":"}"}]}},"@odata.nextLink":"l","s":"a\"{","e":{},"n":-1.5e3,"l":[],"a.q":true,"d":1,"d":2}`
	for path, want := range map[string]string{
		"a.b.c.d": "1", "a.b.x": `[{"y":"}"}]`, "@odata.nextLink": `"l"`, "s": `"a\"{"`, "e": "{}", "n": "-1.5e3", "l": "[]", "a.q": "true",
		"$.a.b.c": `{"d":1}`, "d": "2",
	} {
		s, ok := find([]byte(doc), path)
		require.True(t, ok, path)
		require.Equal(t, want, string(s.of([]byte(doc))), path)
	}
	for _, path := range []string{"", "a.", ".a", "b", "a.b.c.d.e", "l.0", "s.a", "$"} {
		_, ok := find([]byte(doc), path)
		require.False(t, ok, path)
	}
	for _, other := range []string{"", "[]", "1", `"a"`, "null", "{}"} {
		_, ok := find([]byte(other), "a")
		require.False(t, ok, other)
	}
}
