package fusion

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startBin starts an HTTP server that others wrote, and that echoes what
// arrived.
func startBin(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(httpbin.New())
	t.Cleanup(server.Close)
	return server.URL
}

// echoed is what /anything says of the request.
type echoed struct {
	Method  string
	URL     string
	Args    map[string][]string
	Headers http.Header
	Data    string
	JSON    any
}

func (f *fixture) echo(name, arguments string) echoed {
	f.t.Helper()
	result, err := f.call(name, arguments)
	require.NoError(f.t, err)
	require.Equal(f.t, 200, result.Status)
	require.Equal(f.t, "application/json", result.ContentType)
	require.Empty(f.t, result.Note)
	require.NotContains(f.t, string(result.Content), "\n", "results are compact")
	var e echoed
	require.NoError(f.t, json.Unmarshal(result.Content, &e))
	return e
}

func TestWhatArrivesAtARealServer(t *testing.T) {
	f := loadEndpoints(t, startBin(t)+"/anything", `
		{"id":"all","name":"All","method":"POST","path":"/users/{id}/files/{name}","parameters":[
			{"name":"id","type":"integer","location":"path","required":true},
			{"name":"name","type":"string","location":"path","required":true},
			{"name":"$top","type":"number","location":"query","default":10},
			{"name":"tag","type":"array","items":"string","location":"query"},
			{"name":"since","type":"string","location":"query","default":"#DAYS-7"},
			{"name":"X-Trace","type":"string","location":"header"},
			{"name":"event.start","type":"number","location":"body"},
			{"name":"text","type":"string","location":"body"}]},
		{"id":"delete","name":"Delete","method":"DELETE","path":"/x","hints":{"destructive":false},"parameters":[
			{"name":"reason","type":"string","location":"body"}]}`)

	got := f.echo("s_all", `{"id":"7","name":"a/b ü?.txt","top":25,"tag":["x y","&z"],"X-Trace":"t-1","event.start":1735689600,"text":"<ü>"}`)
	require.Equal(t, "POST", got.Method)
	require.Contains(t, got.URL, "/anything/users/7/files/a%2Fb%20%C3%BC%3F.txt?")
	require.Equal(t, map[string][]string{"$top": {"25"}, "tag": {"x y", "&z"}, "since": {"2025-01-08T00:00:00Z"}}, got.Args)
	require.Equal(t, "t-1", got.Headers.Get("X-Trace"))
	require.Equal(t, "mcpfusion/dev", got.Headers.Get("User-Agent"))
	require.Equal(t, "application/json", got.Headers.Get("Accept"))
	require.Equal(t, "application/json", got.Headers.Get("Content-Type"))
	require.JSONEq(t, `{"event":{"start":1735689600},"text":"<ü>"}`, string(marshal(got.JSON)))
	require.Contains(t, got.Data, "1735689600")

	deleted := f.echo("s_delete", `{"reason":"old"}`)
	require.Equal(t, "DELETE", deleted.Method)
	require.Equal(t, map[string]any{"reason": "old"}, deleted.JSON)
}

func TestCredentialsArriveAndDoNotComeBack(t *testing.T) {
	base := startBin(t)
	service := func(auth string) string {
		return `{"s":{"name":"S","baseURL":"` + base + `","auth":` + auth + `,"endpoints":[
			{"id":"echo","name":"Echo","method":"GET","path":"/anything"},
			{"id":"bearer","name":"Bearer","method":"GET","path":"/bearer"},
			{"id":"basic","name":"Basic","method":"GET","path":"/basic-auth/anna/pass%2Fword%20\"1"}]}}`
	}
	bearer := loadServices(t, service(`{"type":"bearer","config":{"token":"canary-t0ken"}}`))
	result, err := bearer.call("s_bearer", ``)
	require.NoError(t, err)
	require.JSONEq(t, `{"authenticated":true,"token":"[redacted]"}`, string(result.Content))

	basic := loadServices(t, service(`{"type":"basic","config":{"username":"anna","password":"pass/word \"1"}}`))
	result, err = basic.call("s_basic", ``)
	require.NoError(t, err)
	require.JSONEq(t, `{"authorized":true,"authenticated":true,"user":"anna"}`, string(result.Content))
	require.Equal(t, []string{"Basic [redacted]"}, http.Header(basic.echo("s_echo", ``).Headers)["Authorization"])

	header := loadServices(t, service(`{"type":"api_key","config":{"key":"canary-key&1","header":"X-Key"}}`))
	require.Equal(t, "[redacted]", header.echo("s_echo", ``).Headers.Get("X-Key"))

	query := loadServices(t, service(`{"type":"api_key","config":{"key":"canary-key&1","queryParam":"k"}}`))
	got := query.echo("s_echo", ``)
	require.Equal(t, []string{"[redacted]"}, got.Args["k"])
	require.Contains(t, got.URL, "k=[redacted]")

	none := loadServices(t, service(`{"type":"none"}`))
	require.Empty(t, none.echo("s_echo", ``).Headers.Get("Authorization"))
	_, err = none.call("s_bearer", ``)
	require.Equal(t, 401, err.(*UpstreamError).Status)
}

func TestAnswersOfARealServer(t *testing.T) {
	f := loadEndpoints(t, startBin(t), `
		{"id":"gzip","name":"N","method":"GET","path":"/gzip"},
		{"id":"html","name":"N","method":"GET","path":"/html","response":{"type":"text"}},
		{"id":"utf8","name":"N","method":"GET","path":"/encoding/utf8","response":{"type":"text"}},
		{"id":"head","name":"N","method":"HEAD","path":"/get"},
		{"id":"status","name":"N","method":"GET","path":"/status/{code}","response":{"type":"text"},"parameters":[
			{"name":"code","type":"integer","location":"path","required":true}]},
		{"id":"redirect","name":"N","method":"GET","path":"/redirect/{n}","parameters":[
			{"name":"n","type":"integer","location":"path","required":true}]}`)

	result, err := f.call("s_gzip", ``)
	require.NoError(t, err)
	require.Equal(t, true, decode(t, result.Content).(map[string]any)["gzipped"])

	result, err = f.call("s_html", ``)
	require.NoError(t, err)
	require.Equal(t, "text/html; charset=utf-8", result.ContentType)
	require.Contains(t, string(result.Content), "Herman Melville")

	result, err = f.call("s_utf8", ``)
	require.NoError(t, err)
	require.Contains(t, string(result.Content), "∮ E⋅da = Q")

	result, err = f.call("s_head", ``)
	require.NoError(t, err)
	require.Equal(t, &Result{Status: 200}, result)

	result, err = f.call("s_status", `{"code":204}`)
	require.NoError(t, err)
	require.Equal(t, &Result{Status: 204}, result)

	result, err = f.call("s_redirect", `{"n":10}`)
	require.NoError(t, err)
	require.Equal(t, 200, result.Status)
	_, err = f.call("s_redirect", `{"n":11}`)
	requireUpstream(t, &UpstreamError{Status: 302, Detail: "it redirects more than 10 times"}, err)
}

func TestEachOfManyCallsGetsItsOwnAnswer(t *testing.T) {
	f := loadEndpoints(t, startBin(t)+"/anything", `{"id":"e","name":"E","method":"POST","path":"/{a}","parameters":[
		{"name":"a","type":"integer","location":"path","required":true},
		{"name":"b","type":"integer","location":"body"}]}`)
	var calls sync.WaitGroup
	for n := range 16 {
		calls.Go(func() {
			for i := range 25 {
				id := n*1000 + i
				result, err := f.call("s_e", fmt.Sprintf(`{"a":%d,"b":%[1]d}`, id))
				if !assert.NoError(t, err) {
					return
				}
				assert.Contains(t, string(result.Content), fmt.Sprintf(`"data":"{\"b\":%d}"`, id))
				assert.Contains(t, string(result.Content), fmt.Sprintf(`/anything/%d"`, id))
			}
		})
	}
	calls.Wait()
}

func TestResultsAreCutToTheLimitAndSaySo(t *testing.T) {
	body := `[` + strings.Repeat(`{"id": 1, "name": "ä"}, `, 100) + `null]`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `
		{"id":"json","name":"N","method":"GET","path":"/"},
		{"id":"text","name":"N","method":"GET","path":"/","response":{"type":"text"}}`, WithMaxResult(100))

	result, err := f.call("s_json", ``)
	require.NoError(t, err)
	require.Equal(t, `[{"id":1,"name":"ä"},{"id":1,"name":"ä"},{"id":1,"name":"ä"},{"id":1,"name":"ä"}]`, string(result.Content))
	require.Equal(t, "application/json", result.ContentType)
	require.Equal(t, "The answer is cut after [3]; 2022 of 2106 bytes are left.", result.Note)

	result, err = f.call("s_text", ``)
	require.NoError(t, err)
	require.Equal(t, body[:100], string(result.Content))
	require.Contains(t, result.Note, "2406 of 2506 bytes are left")
}
