package fusion

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// build returns the request that a tool would send.
func build(t testing.TB, tool *Tool, args Arguments) (*http.Request, error) {
	t.Helper()
	v, err := tool.prepare(args, noon)
	if err != nil {
		return nil, err
	}
	return tool.request(context.Background(), v)
}

// endpoint writes an endpoint "e".
func endpoint(method, path, parameters string) string {
	return fmt.Sprintf(`{"id":"e","name":"E","method":%q,"path":%q,"parameters":[%s]}`, method, path, parameters)
}

const pathParameters = `{"name":"a","type":"string","location":"path","required":true},
	{"name":"b","type":"string","location":"path","required":true}`

func TestPathsAreBuiltFromTheirTemplate(t *testing.T) {
	for _, c := range []struct{ base, template, a, b, want string }{
		{"http://h/v1", "/x/{a}/y/{b}", "1", "2", "/v1/x/1/y/2"},
		{"http://h/v1/", "/{a}{b}", "1", "2", "/v1/12"},
		{"http://h", "/{a}/{b}/", "ä ö", "a/b?c#d%2F", "/%C3%A4%20%C3%B6/a%2Fb%3Fc%23d%252F/"},
		{"http://h/a%2Fb/%C3%BC", "/{a}/{b}", "x", "y", "/a%2Fb/%C3%BC/x/y"},
		{"http://h", "/search(q='{a}')/{b}", `it's "so"`, ";v=1,2", "/search(q='it%27s%20%22so%22')/%3Bv=1%2C2"},
		{"http://h", "/root:/{a}:/ü%20%zz[{b}]", "..x", "x..", "/root:/..x:/%C3%BC%20%25zz%5Bx..%5D"},
		{"http://h", "/{a}?q={b}&fixed=1 2", "x", "a&b=c d", "/x?q=a%26b%3Dc%20d&fixed=1%202"},
	} {
		if strings.Contains(c.template, " ") {
			c.template = strings.ReplaceAll(c.template, " ", "%20") // the loader refuses spaces
		}
		tool := loadEndpoints(t, c.base, endpoint("GET", c.template, pathParameters)).tool("s_e")
		r, err := build(t, tool, Arguments{values: map[string]any{"a": c.a, "b": c.b}})
		require.NoError(t, err)
		require.Equal(t, c.want, r.URL.RequestURI(), c.template)
		require.True(t, tool.target.contains(r), c.template)
	}
}

func TestPathArgumentsCannotClimb(t *testing.T) {
	tool := loadEndpoints(t, "http://h/v1", endpoint("GET", "/{a}{b}/x", pathParameters)).tool("s_e")
	for _, bad := range []string{"", ".", "..", "../x", "x/..", `..\x`, "a/./b", "/..", "..//"} {
		_, err := build(t, tool, Arguments{values: map[string]any{"a": bad, "b": "ok"}})
		wrong, ok := errors.AsType[*ArgumentError](err)
		require.True(t, ok, "%q: %v", bad, err)
		require.Equal(t, "a", wrong.Problems[0].Name, bad)
	}
	for _, together := range [][2]string{{".", "."}, {"x/.", "."}, {"x/", "."}, {"./", "x"}} {
		_, err := build(t, tool, Arguments{values: map[string]any{"a": together[0], "b": together[1]}})
		require.IsType(t, &ArgumentError{}, err, together)
	}
	beside := loadEndpoints(t, "http://h/v1", endpoint("GET", "/.{a}/{b}.", pathParameters)).tool("s_e")
	for _, bad := range [][2]string{{"/x", "x"}, {".", "x"}, {`\x`, "x"}, {"x", "x/"}, {"x", "."}} {
		_, err := build(t, beside, Arguments{values: map[string]any{"a": bad[0], "b": bad[1]}})
		require.IsType(t, &ArgumentError{}, err, bad)
	}
	for _, good := range []string{"...", ".x", "x.", "%2e%2e", "a/b", "..%2f"} {
		_, err := build(t, tool, Arguments{values: map[string]any{"a": good, "b": "ok"}})
		require.NoError(t, err, good)
	}
}

func TestContainsSeesWhatLeavesTheConfiguredPlace(t *testing.T) {
	tool := loadEndpoints(t, "https://h:8443/v1", endpoint("GET", "/x", ``)).tool("s_e")
	for _, c := range []struct {
		where string
		inner bool
	}{
		{"https://h:8443/v1/x?q=1", true},
		{"http://h:8443/v1/x", false},
		{"https://h/v1/x", false},
		{"https://other:8443/v1/x", false},
		{"https://u@h:8443/v1/x", false},
		{"https://h:8443/v10/x", false},
		{"https://h:8443/v1", false},
		{"https://h:8443/v1/../x", false},
		{"https://h:8443/v1/%2e%2e/x", false},
		{"https://h:8443/v1/a%2F..%2F..%2Fx", false},
	} {
		u, err := url.Parse(c.where)
		require.NoError(t, err)
		require.Equal(t, c.inner, tool.target.contains(&http.Request{URL: u, Host: u.Host}), c.where)
	}
	u, _ := url.Parse("https://h:8443/v1/x")
	require.False(t, tool.target.contains(&http.Request{URL: u, Host: "other"}))
}

// astray is a strategy with a mistake in it.
type astray struct{}

func (astray) Apply(_ context.Context, r *http.Request) (auth.Sent, error) {
	r.URL.Path, r.URL.RawPath = "/other", ""
	return auth.Sent{}, nil
}

func TestARequestThatWasLedAstrayIsNotSent(t *testing.T) {
	f := loadEndpoints(t, "http://127.0.0.1:1/v1", endpoint("GET", "/x", ``))
	f.tool("s_e").auth = astray{}
	_, err := f.call("s_e", ``)
	require.ErrorIs(t, err, errOutside)
}

func TestQueriesAreBuiltInOrder(t *testing.T) {
	tool := loadParameters(t, `
		{"name":"$top","type":"number","location":"query","default":10},
		{"name":"r","type":"array","items":"string","location":"query"},
		{"name":"c","type":"array","items":"number","location":"query","arrayFormat":"comma"},
		{"name":"b","type":"array","items":"string","location":"query","arrayFormat":"brackets"},
		{"name":"o","type":"object","location":"query"},
		{"name":"q","type":"string","location":"query","quoted":true},
		{"name":"t","type":"boolean","location":"query","transform":{"targetName":"target"}},
		{"name":"v","type":"string","location":"query","static":true,"default":"fixed"}`)
	for _, c := range []struct{ given, want string }{
		{`{}`, "%24top=10&v=fixed"},
		{
			`{"top":1735689600,"r":["a b","&"],"c":[1.0,2],"b":["x","y"],"o":{"k":1.50},"q":"a+b","t":true}`,
			"%24top=1735689600&r=a%20b&r=%26&c=1.0,2&b%5B%5D=x&b%5B%5D=y&o=%7B%22k%22%3A1.50%7D&q=%22a%2Bb%22&target=true&v=fixed",
		},
		{`{"r":[],"c":[],"b":[]}`, "%24top=10&v=fixed"},
		{`{"q":"\"a\" OR \"b\""}`, "%24top=10&q=%22a%22%20OR%20%22b%22&v=fixed"},
	} {
		r, err := build(t, tool, parse(t, c.given))
		require.NoError(t, err)
		require.Equal(t, c.want, r.URL.RawQuery)
	}
}

func TestHeaders(t *testing.T) {
	tool := loadEndpoints(t, "http://h", endpoint("GET", "/", `
		{"name":"X-One","type":"string","location":"header"},
		{"name":"x-list","type":"array","items":"number","location":"header"},
		{"name":"User-Agent","type":"string","location":"header"}`)).tool("s_e")
	r, err := build(t, tool, parse(t, `{"X-One":"ü; a=b","x-list":[1,2.0]}`))
	require.NoError(t, err)
	require.Equal(t, http.Header{
		"X-One": {"ü; a=b"}, "X-List": {"1,2.0"}, "User-Agent": {"mcpfusion/dev"}, "Accept": {"application/json"},
	}, r.Header)

	r, err = build(t, tool, parse(t, `{"User-Agent":"mine"}`))
	require.NoError(t, err)
	require.Equal(t, []string{"mine"}, r.Header["User-Agent"])

	for _, bad := range []string{"a\r\nX-Evil: 1", "a\n", "\x00", "a\x7f", "a\tb"} {
		_, err := build(t, tool, Arguments{values: map[string]any{"X-One": bad}})
		require.ErrorContains(t, err, "must not have control characters", "%q", bad)
		require.IsType(t, &ArgumentError{}, err)
	}
}

// FuzzPath holds the promise about where requests go: whatever the arguments,
// to the configured origin and below the configured path, also as a server
// sees it that unescapes and cleans paths, and with no header that is not
// configured.
func FuzzPath(f *testing.F) {
	tools := []*Tool{}
	for _, template := range []string{"/{a}/{b}", "/x{a}{b}", "/root:/{a}:/children?x={b}", "/f(q='{a}').{b}", "/.{a}/{b}."} {
		parameters := pathParameters + `,{"name":"q","type":"string","location":"query"},{"name":"X-H","type":"string","location":"header"}`
		tools = append(tools, loadEndpoints(f, "http://host:81/base%2Fx/v1", endpoint("GET", template, parameters)).tool("s_e"))
	}
	for _, s := range []string{"..", ".", "", "/", `..\..`, "%2e%2e%2f", "..;/", "a\r\nHost: evil", "http://evil/", "//evil", "@evil", "?x", "#y", "\x00", "é", "\xff", ". ", "．．"} {
		f.Add(s, "..", s, s)
		f.Add("x", s, "", "")
		f.Add(s, s, s, "")
	}
	f.Fuzz(func(t *testing.T, a, b, q, h string) {
		for _, tool := range tools {
			r, err := build(t, tool, Arguments{values: map[string]any{"a": a, "b": b, "q": q, "X-H": h}})
			if err != nil {
				require.IsType(t, &ArgumentError{}, err)
				continue
			}
			requireInside(t, tool, r)
		}
	})
}

func requireInside(t *testing.T, tool *Tool, r *http.Request) {
	t.Helper()
	require.True(t, tool.target.contains(r))
	var wire strings.Builder
	require.NoError(t, r.Write(&wire))
	line, headers, _ := strings.Cut(wire.String(), "\r\n")
	require.True(t, strings.HasPrefix(line, "GET /base%2Fx/v1/"), line)
	require.Equal(t, "host:81", r.Host)

	sent, err := url.ParseRequestURI(strings.TrimSuffix(strings.TrimPrefix(line, "GET "), " HTTP/1.1"))
	require.NoError(t, err, line)
	cleaned := path.Clean(strings.ReplaceAll(sent.Path, `\`, "/"))
	require.True(t, strings.HasPrefix(cleaned+"/", "/base/x/v1/"), cleaned)

	names := map[string]bool{"Host": true, "User-Agent": true, "Accept": true, "X-H": true}
	for header := range strings.SplitSeq(strings.TrimSuffix(headers, "\r\n\r\n"), "\r\n") {
		name, _, _ := strings.Cut(header, ":")
		require.True(t, names[name], header)
	}
}
