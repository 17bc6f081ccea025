package fusion

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// encoded writes an endpoint "e" that posts a body of that encoding.
func encoded(requestBody, parameters string) string {
	return fmt.Sprintf(`{"id":"e","name":"E","method":"POST","path":"/post","requestBody":%s,"parameters":[%s]}`, requestBody, parameters)
}

// bodyText reads the body of a request.
func bodyText(t testing.TB, r *http.Request) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Equal(t, int64(len(body)), r.ContentLength)
	return string(body)
}

const formParameters = `
	{"name":"user.name","type":"string","location":"body"},
	{"name":"n","type":"number","location":"body"},
	{"name":"b","type":"boolean","location":"body","default":false},
	{"name":"o","type":"object","location":"body"},
	{"name":"r","type":"array","location":"body"},
	{"name":"c","type":"array","location":"body","arrayFormat":"comma"},
	{"name":"l","type":"array","location":"body","arrayFormat":"brackets"},
	{"name":"q","type":"string","location":"body","quoted":true,"transform":{"targetName":"a[b]"}}`

func TestForms(t *testing.T) {
	f := loadEndpoints(t, "http://h", encoded(`{"encoding":"form"}`, formParameters))
	require.Empty(t, f.Warnings())
	for _, c := range []struct{ given, want string }{
		{`{}`, `b=false`},
		{
			`{"user.name":"a b&c=d+é\r\n","n":1735689600.10,"o":{"k":1.0},"r":["x","y z"],"c":[1,2],"l":["x"],"q":"s"}`,
			`user.name=a%20b%26c%3Dd%2B%C3%A9%0D%0A&n=1735689600.10&b=false&o=%7B%22k%22%3A1.0%7D&r=x&r=y%20z&c=1,2&l%5B%5D=x&a%5Bb%5D=%22s%22`,
		},
	} {
		r, err := build(t, f.tool("s_e"), parse(t, c.given))
		require.NoError(t, err)
		require.Equal(t, c.want, bodyText(t, r))
		require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
		again, err := r.GetBody()
		require.NoError(t, err, "a body can be sent again")
		raw, err := io.ReadAll(again)
		require.NoError(t, err)
		require.Equal(t, c.want, string(raw))
	}
}

func TestAnEmptyFormIsStillAForm(t *testing.T) {
	tool := loadEndpoints(t, "http://h", encoded(`{"encoding":"form"}`, `{"name":"a","type":"string","location":"body"}`)).tool("s_e")
	r, err := build(t, tool, Arguments{})
	require.NoError(t, err)
	require.Equal(t, http.NoBody, r.Body)
	require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
}

func TestFormsArriveAtARealServer(t *testing.T) {
	f := loadEndpoints(t, startBin(t), encoded(`{"encoding":"form"}`, formParameters))
	result, err := f.call("s_e", `{"user.name":"a b&c=d+é\r\n","n":1735689600.10,"o":{"k":1.0},"r":["x","y z"],"c":[1,2],"l":["x"],"q":"s"}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"user.name":["a b&c=d+é\r\n"],"n":["1735689600.10"],"b":["false"],"o":["{\"k\":1.0}"],"r":["x","y z"],
		"c":["1,2"],"l[]":["x"],"a[b]":["\"s\""]}`, string(marshal(decode(t, result.Content).(map[string]any)["form"])))
}
