package fusion

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrival is what a real server says of a request.
type arrival struct {
	Method  string
	URL     string
	Args    map[string][]string
	Headers map[string][]string
	Form    map[string][]string
	Files   map[string][]string
	JSON    json.RawMessage
}

// arrives calls the endpoint with one parameter "p" and returns what arrived.
func arrives(t *testing.T, base, endpoint, parameter, given string) arrival {
	t.Helper()
	f := loadEndpoints(t, base+"/anything", fmt.Sprintf(endpoint, parameter))
	result, err := f.call("s_e", `{"p":`+given+`}`)
	require.NoError(t, err, "%s %s", parameter, given)
	var a arrival
	require.NoError(t, json.Unmarshal(result.Content, &a))
	return a
}

// placed are values as they stand in a path and in a header.
var placed = []struct{ parameter, given, want string }{
	{`"type":"string"`, `"a/b ?#%2e&=+;é€😀"`, "a/b ?#%2e&=+;é€😀"},
	{`"type":"string","quoted":true`, `"x y"`, `"x y"`},
	{`"type":"string","transform":{"expression":"uppercase"}`, `"x"`, "X"},
	{`"type":"string"`, `"since #DAYS-7"`, "since 2025-01-08T00:00:00Z"},
	{`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `"2025-01-31T10:00:00Z"`, "20250131"},
	{`"type":"number"`, `1735689600`, "1735689600"},
	{`"type":"number"`, `1735689600.10`, "1735689600.10"},
	{`"type":"integer"`, `"12345678901234567890"`, "12345678901234567890"},
	{`"type":"number","quoted":true`, `1e3`, `"1e3"`},
	{`"type":"boolean"`, `false`, "false"},
	{`"type":"array"`, `["a b",1.0,true]`, "a b,1.0,true"},
	{`"type":"array","quoted":true`, `["a","b"]`, `"a","b"`},
	{`"type":"object"`, `{"b":1.0,"a":["<ü>"]}`, `{"a":["<ü>"],"b":1.0}`},
}

func TestWhatArrivesInAPath(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"GET","path":"/x/{p}/y","parameters":[{"name":"p","location":"path","required":true,%s}]}`
	base := startBin(t)
	for _, c := range placed {
		got := arrives(t, base, endpoint, c.parameter, c.given)
		path := parseURL(t, got.URL)
		require.Equal(t, "/anything/x/"+c.want+"/y", path.Path)
		require.Empty(t, got.Args)
		require.Equal(t, 4, strings.Count(path.EscapedPath(), "/"), "the value is one element")
	}
}

func TestWhatArrivesInAHeader(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"GET","path":"/x","parameters":[{"name":"X-Value","alias":"p","location":"header",%s}]}`
	base := startBin(t)
	for _, c := range placed {
		got := arrives(t, base, endpoint, c.parameter, c.given)
		require.Equal(t, []string{c.want}, got.Headers["X-Value"])
	}
}

func TestWhatArrivesInAQuery(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"GET","path":"/x?fixed=1","parameters":[{"name":"p","location":"query",%s}]}`
	base := startBin(t)
	for _, c := range placed {
		if strings.Contains(c.parameter, `"array"`) {
			continue
		}
		got := arrives(t, base, endpoint, c.parameter, c.given)
		require.Equal(t, map[string][]string{"fixed": {"1"}, "p": {c.want}}, got.Args)
	}
	for _, c := range listed {
		got := arrives(t, base, endpoint, c.parameter, c.given)
		c.want["fixed"] = []string{"1"}
		require.Equal(t, c.want, got.Args)
		delete(c.want, "fixed")
	}
}

// listed are arrays in the formats that they have in queries and forms.
var listed = []struct {
	parameter, given string
	want             map[string][]string
}{
	{`"type":"array"`, `["a b","&",1.0]`, map[string][]string{"p": {"a b", "&", "1.0"}}},
	{`"type":"array","arrayFormat":"repeat"`, `["x"]`, map[string][]string{"p": {"x"}}},
	{`"type":"array","arrayFormat":"comma"`, `["a b","&",1.0]`, map[string][]string{"p": {"a b,&,1.0"}}},
	{`"type":"array","arrayFormat":"brackets"`, `["a b","&",1.0]`, map[string][]string{"p[]": {"a b", "&", "1.0"}}},
	{`"type":"array","arrayFormat":"brackets","transform":{"targetName":"q"},"quoted":true`, `["a","b"]`, map[string][]string{"q[]": {`"a"`, `"b"`}}},
	{`"type":"array","items":"object"`, `[{"a":1.0}]`, map[string][]string{"p": {`{"a":1.0}`}}},
	{`"type":"array"`, `[]`, map[string][]string{}},
}

func TestWhatArrivesInAForm(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"PUT","path":"/x","requestBody":{"encoding":"form"},"parameters":[{"name":"p","location":"body",%s}]}`
	base := startBin(t)
	for _, c := range placed {
		if strings.Contains(c.parameter, `"array"`) {
			continue
		}
		got := arrives(t, base, endpoint, c.parameter, c.given)
		require.Equal(t, map[string][]string{"p": {c.want}}, got.Form)
		require.Equal(t, []string{"application/x-www-form-urlencoded"}, got.Headers["Content-Type"])
		require.Equal(t, "PUT", got.Method)
	}
	for _, c := range listed {
		require.Equal(t, c.want, arrives(t, base, endpoint, c.parameter, c.given).Form)
	}
}

func TestWhatArrivesBesideAFile(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"POST","path":"/x","parameters":[{"name":"f","location":"file","type":"string","default":"text"},
		{"name":"p","location":"body",%s}]}`
	base := startBin(t)
	for _, c := range listed {
		got := arrives(t, base, endpoint, c.parameter, c.given)
		require.Equal(t, c.want, got.Form)
		require.Equal(t, map[string][]string{"f": {"text"}}, got.Files)
	}
}

func TestWhatArrivesInJSON(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"PATCH","path":"/x","parameters":[{"name":"p","location":"body",%s}]}`
	base := startBin(t)
	for _, c := range []struct{ parameter, given, want string }{
		{`"type":"string"`, `"a\r\n\"é€😀</script>"`, `{"p":"a\r\n\"é€😀</script>"}`},
		{`"type":"string","quoted":true`, `"x"`, `{"p":"\"x\""}`},
		{`"type":"number"`, `1735689600`, `{"p":1735689600}`},
		{`"type":"boolean"`, `"true"`, `{"p":true}`},
		{`"type":"array"`, `[1,["x"],null]`, `{"p":[1,["x"],null]}`},
		{`"type":"object"`, `"{\"a\":{\"b\":[]}}"`, `{"p":{"a":{"b":[]}}}`},
		{`"type":"object"`, `{"at":"#HOURS-1"}`, `{"p":{"at":"2025-01-15T11:30:45Z"}}`},
		{`"type":"string","transform":{"targetName":"a.b.c"}`, `"x"`, `{"a":{"b":{"c":"x"}}}`},
		{`"type":"string","transforms":["html_compact"]`, `"<p>\n<b>"`, `{"p":"<p><b>"}`},
	} {
		got := arrives(t, base, endpoint, c.parameter, c.given)
		require.JSONEq(t, c.want, string(got.JSON))
		require.Equal(t, []string{"application/json"}, got.Headers["Content-Type"])
	}
}

func TestWhatArrivesAsAMessage(t *testing.T) {
	const endpoint = `{"id":"e","name":"E","method":"POST","path":"/x","requestBody":{"encoding":"rfc2822_base64url","wrapperPath":"m.raw"},"parameters":[
		{"name":"to","location":"body","type":"string","default":"Zoë <zoe@example.com>"},
		{"name":"body","alias":"p","location":"body",%s}]}`
	got := arrives(t, startBin(t), endpoint, `"type":"string"`, `"é?>"`)
	var body struct{ M struct{ Raw string } }
	require.NoError(t, json.Unmarshal(got.JSON, &body))
	raw, err := base64.RawURLEncoding.DecodeString(body.M.Raw)
	require.NoError(t, err)
	require.Contains(t, string(raw), "To: =?utf-8?B?Wm/Dqw==?=\r\n <zoe@example.com>\r\n")
	require.True(t, strings.HasSuffix(string(raw), "\r\n\r\n=C3=A9?>"), string(raw))
}

func TestWhatArrivesOfAFileOnTheServer(t *testing.T) {
	ctx, dir, own := tenantFolder(t)
	write(t, filepath.Join(own, "a.csv"), "a,b\r\n")
	f := loadEndpoints(t, startBin(t), encoded(`{}`, pathParameter), WithUploadDir(dir))
	result, err := f.Call(ctx, f.tool("s_e"), parse(t, `{"p":"a.csv"}`))
	require.NoError(t, err)
	var got arrival
	require.NoError(t, json.Unmarshal(result.Content, &got))
	require.Equal(t, map[string][]string{"file": {"a,b\r\n"}}, got.Files)
}
