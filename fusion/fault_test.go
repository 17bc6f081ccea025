package fusion

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFaultsOfTheAPI is the table of what a caller reads. HOST stands for the
// host of the configuration.
func TestFaultsOfTheAPI(t *testing.T) {
	html := "<!doctype html><html><head><title>\n Bad &amp; ugly </title></head><body>" + strings.Repeat("x", 5000)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    UpstreamError
	}{
		"reset before the answer": {hijacked("", true), UpstreamError{Status: 0, Timeout: false, Detail: "HOST reset the connection"}},
		"closed before the answer": {
			hijacked("", false), UpstreamError{Status: 0, Timeout: false, Detail: "HOST closed the connection without an answer"},
		},
		"no HTTP": {hijacked("SSH-2.0-x\r\n\r\n", false), UpstreamError{Status: 0, Timeout: false, Detail: "HOST did not answer as an HTTP server does"}},
		"reset in the middle": {
			hijacked("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", true),
			UpstreamError{Status: 200, Timeout: false, Detail: "the connection to HOST broke in the middle of the answer"},
		},
		"shorter than announced": {
			hijacked("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}", false),
			UpstreamError{Status: 200, Timeout: false, Detail: "the connection to HOST broke in the middle of the answer"},
		},
		"timeout before the answer": {never(""), UpstreamError{Status: 0, Timeout: true, Detail: "no answer within 200ms"}},
		"timeout in the middle":     {never(`{"a":`), UpstreamError{Status: 200, Timeout: true, Detail: "the answer was not complete within 200ms"}},
		"one byte at a time":        {slowly, UpstreamError{Status: 200, Timeout: true, Detail: "the answer was not complete within 200ms"}},
		"too long": {
			body(200, "application/json", `"`+strings.Repeat("x", 100_000)+`"`),
			UpstreamError{Status: 200, Timeout: false, Detail: "the answer is longer than the 65536 bytes that are read; ask for less"},
		},
		"endless": {endless(200), UpstreamError{Status: 200, Timeout: false, Detail: "the answer is longer than the 65536 bytes that are read; ask for less"}},
		"too long when unpacked": {
			gzipped(`"` + strings.Repeat("x", 100_000) + `"`),
			UpstreamError{Status: 200, Timeout: false, Detail: "the answer is longer than the 65536 bytes that are read; ask for less"},
		},
		"broken JSON": {
			body(200, "application/json", `{"a": 1,}`),
			UpstreamError{Status: 200, Timeout: false, Detail: `the answer (application/json) is not valid JSON: {"a": 1,}`},
		},
		"HTML instead of JSON": {
			body(200, "text/html; charset=utf-8", "<html>\x1b[31m\nsign in"),
			UpstreamError{Status: 200, Timeout: false, Detail: `the answer (text/html) is not valid JSON: <html> [31m sign in`},
		},
		"no media type": {
			body(200, "a b", "plain"), UpstreamError{Status: 200, Timeout: false, Detail: `the answer (without a media type) is not valid JSON: plain`},
		},
		"broken gzip": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write([]byte("this is not gzip"))
			}, UpstreamError{Status: 200, Timeout: false, Detail: "the connection to HOST broke in the middle of the answer"},
		},
		"foreign redirect": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://user:pass@evil.example/path?token=1", http.StatusFound)
			},
			UpstreamError{Status: 302, Timeout: false, Detail: "it redirects to another origin, https://evil.example:443, which is not followed"},
		},
		"another port": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
			},
			UpstreamError{Status: 307, Timeout: false, Detail: "it redirects to another origin, http://127.0.0.1:1, which is not followed"},
		},
		"outside of the path": {
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
			UpstreamError{Status: 302, Timeout: false, Detail: "it redirects to a path that is not below the configured one, which is not followed"},
		},
		"not modified": {body(304, "", ""), UpstreamError{Status: 304, Timeout: false, Detail: "Not Modified"}},
		"400 with JSON": {
			body(400, "application/json", `{ "error": "no such field", "n": 1.0 }`),
			UpstreamError{Status: 400, Timeout: false, Detail: `{"error":"no such field","n":1.0}`},
		},
		"401":            {body(401, "text/plain", "who are you\r\n"), UpstreamError{Status: 401, Timeout: false, Detail: "who are you"}},
		"403 empty":      {body(403, "application/json", ""), UpstreamError{Status: 403, Timeout: false, Detail: "Forbidden"}},
		"404 HTML":       {body(404, "text/html", "<p>x</p>"), UpstreamError{Status: 404, Timeout: false, Detail: "Not Found"}},
		"429":            {body(429, "text/plain", "slow\ndown"), UpstreamError{Status: 429, Timeout: false, Detail: "slow down"}},
		"500 long":       {body(500, "text/plain", strings.Repeat("ä", 3000)), UpstreamError{Status: 500, Timeout: false, Detail: strings.Repeat("ä", 1024) + "…"}},
		"502 HTML":       {body(502, "text/html", html), UpstreamError{Status: 502, Timeout: false, Detail: "Bad & ugly"}},
		"503 very long":  {body(503, "application/json", `"`+strings.Repeat("x", 300_000)), UpstreamError{Status: 503, Timeout: false, Detail: `"` + strings.Repeat("x", 2047) + "…"}},
		"504":            {body(504, "text/plain", "\xff\xfe"), UpstreamError{Status: 504, Timeout: false, Detail: "\uFFFD"}},
		"unknown status": {body(599, "text/plain", ""), UpstreamError{Status: 599, Timeout: false, Detail: ""}},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			t.Cleanup(server.Close)
			host := strings.TrimPrefix(server.URL, "http://")
			f := loadEndpoints(t, server.URL+"/v1", `{"id":"e","name":"E","method":"GET","path":"/","connection":{"timeout":"200ms"}}`,
				WithMaxUpstream(1<<16))
			_, err := f.call("s_e", ``)
			c.want.Detail = strings.ReplaceAll(c.want.Detail, "HOST", host)
			requireUpstream(t, &c.want, err)
		})
	}
}

func TestOfAnErrorsAnswerOnlyTheBeginningIsRead(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		endless(500)(countingWriter{w, &sent}, r)
	}))
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, endpoint("GET", "/", ``), WithMaxUpstream(1<<40))
	_, err := f.call("s_e", ``)
	requireUpstream(t, &UpstreamError{Status: 500, Detail: strings.Repeat("x", maxDetail) + "…"}, err)
	require.Less(t, sent.Load(), int64(32<<20), "what the sockets hold, and little more")
}

type countingWriter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (w countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.n.Add(int64(n))
	return n, err
}

// deadline answers with the time that a call has.
type deadline struct{ left time.Duration }

func (d *deadline) RoundTrip(r *http.Request) (*http.Response, error) {
	until, _ := r.Context().Deadline()
	d.left = time.Until(until)
	return stub(`{}`).RoundTrip(r)
}

func TestATimeoutIsAsLongAsItSays(t *testing.T) {
	f := loadEndpoints(t, "http://h", `
		{"id":"default","name":"E","method":"GET","path":"/"},
		{"id":"long","name":"E","method":"GET","path":"/","connection":{"timeout":"2h"}}`)
	for name, want := range map[string]time.Duration{"s_default": time.Minute, "s_long": 2 * time.Hour} {
		d := &deadline{}
		f.tool(name).sender.client.Transport = d
		_, err := f.call(name, ``)
		require.NoError(t, err)
		require.InDelta(t, want.Seconds(), d.left.Seconds(), 10)
	}
}

// What changes something is not taken for done when its place has moved. 303 is
// how an API says that it is done, and where to look (RFC 9110 §15.4.4).
func TestAChangeIsNotRedirectedIntoARead(t *testing.T) {
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.URL.Path+" "+r.Referer())
		status, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/v1/"))
		if status == 0 {
			_, _ = w.Write([]byte(`"there"`))
			return
		}
		http.Redirect(w, r, "/v1/there", status)
	}))
	defer server.Close()
	for _, c := range []struct {
		method, status string
		followed       bool
	}{
		{"PUT", "302", false},
		{"POST", "301", false},
		{"DELETE", "302", false},
		{"POST", "303", true},
		{"POST", "307", true},
		{"PUT", "308", true},
		{"GET", "302", true},
	} {
		seen = nil
		f := loadEndpoints(t, server.URL+"/v1", endpoint(c.method, "/"+c.status, ``), WithAllowDestructive(true))
		result, err := f.call("s_e", ``)
		if !c.followed {
			require.ErrorContains(t, err, "it redirects, which would make a GET of the "+c.method+"; that was not done")
			require.Len(t, seen, 1)
			continue
		}
		require.NoError(t, err, c)
		require.Equal(t, `"there"`, string(result.Content))
		require.Len(t, seen, 2)
		require.True(t, strings.HasSuffix(seen[1], "/v1/there "), seen[1])
	}
}
