package admin

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// raw sends bytes and returns what comes back until the server closes.
func raw(t *testing.T, path, sent string) string {
	t.Helper()
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, sent)
	require.NoError(t, err)
	require.NoError(t, conn.(*net.UnixConn).CloseWrite())
	got, err := io.ReadAll(conn)
	if !errors.Is(err, syscall.ECONNRESET) { // the server closed before it had read all
		require.NoError(t, err)
	}
	return string(got)
}

func post(path, body string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

const deletion = `{"hash":"c4nary"}`

// What the server does not understand is refused, and the next request works.
func TestGarbageIsRefused(t *testing.T) {
	calls := 0
	s := start(t, fake{delete: func(string) error { calls++; return nil }}, 0)
	for sent, want := range map[string]string{
		"":                                   "",
		"\x00\xff\x16\x03\n":                 "400 Bad Request",
		"c4nary c4nary c4nary\r\n\r\n":       "400 Bad Request",
		"GET / HTTP/9.9\r\nHost: x\r\n\r\n":  "505 ",
		post("/v1/DeleteAPIToken", "c4nary"): "400 Bad Request",
		post("/v1/DeleteAPIToken", `{"hash":"c4nary","x":1}`):                                                        "400 Bad Request",
		post("/v1/DeleteAPIToken", `{"hash":["c4nary"]}`):                                                            "400 Bad Request",
		post("/v1/DeleteAPIToken", ""):                                                                               "400 Bad Request",
		post("/v1/GetOAuthToken", deletion):                                                                          "404 Not Found",
		post("/v1/c4nary", deletion):                                                                                 "404 Not Found",
		post("/v1/", deletion):                                                                                       "404 Not Found",
		post("/v2/DeleteAPIToken", deletion):                                                                         "404 Not Found",
		post("//v1/DeleteAPIToken", deletion):                                                                        "404 Not Found",
		post("/v1/DeleteAPIToken/", deletion):                                                                        "404 Not Found",
		strings.Replace(post("/v1/DeleteAPIToken", deletion), "POST", "GET", 1):                                      "404 Not Found",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n":                                                 "404 Not Found",
		"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\nConnection: close\r\n\r\n":                                             "404 Not Found",
		"POST /v1/DeleteAPIToken HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n" + deletion:                  "413 ",
		"POST /v1/DeleteAPIToken HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n" + deletion[:5]:                   "413 ",
		"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("c4nary", 2*maxHeaderBytes/6) + "\r\n\r\n":          "431 ",
		"POST /v1/DeleteAPIToken HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nc4nary\r\n0\r\n\r\n": "413 ",
	} {
		got := raw(t, s.path, sent)
		require.True(t, got == want || strings.HasPrefix(got, "HTTP/1.1 "+want), "%.80q: %q", sent, got)
		require.NotContains(t, got, "c4nary")
	}
	require.Zero(t, calls)
	require.Contains(t, raw(t, s.path, post("/v1/DeleteAPIToken", deletion)), "200 OK")
	require.Equal(t, 1, calls)
	require.NoError(t, s.end())
	require.NotContains(t, s.log.text(), "c4nary")
}

func TestBodyThatIsTooLarge(t *testing.T) {
	called := false
	h := handler{fake{delete: func(string) error { called = true; return nil }}, &recorder{}}
	answer := func(size int) *httptest.ResponseRecorder {
		body := `{"hash":"` + strings.Repeat("x", size-len(`{"hash":""}`)) + `"}`
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/DeleteAPIToken", strings.NewReader(body)))
		return w
	}
	require.Equal(t, http.StatusRequestEntityTooLarge, answer(maxBody+1).Code)
	require.False(t, called)
	require.Equal(t, http.StatusOK, answer(maxBody).Code)
	require.True(t, called)

	huge := &db.ServiceCredentials{Data: map[string]any{"v": strings.Repeat("x", maxBody)}}
	s := start(t, h.manager, 0)
	err := client(t, s.path).StoreCredentials("", db.APIKeys, "", huge)
	require.ErrorContains(t, err, "StoreCredentials: the request has 4194")
	require.ErrorContains(t, err, "allowed: 4194304")
}

// blocked is a Manager whose deletion waits to be released.
func blocked() (m fake, began, release chan struct{}) {
	began, release = make(chan struct{}), make(chan struct{})
	return fake{delete: func(string) error {
		close(began)
		<-release
		return db.ErrTokenNotFound
	}}, began, release
}

func TestRunningOperationsFinish(t *testing.T) {
	m, began, release := blocked()
	s := start(t, m, waitFor)
	answered := make(chan error)
	c := client(t, s.path)
	go func() { answered <- c.DeleteAPIToken(noHash) }()
	<-began
	ended := make(chan error)
	go func() { ended <- s.end() }()
	require.Eventually(t, func() bool { // no new ones are taken
		_, err := Dial(t.Context(), s.path)
		return err != nil
	}, waitFor, tick)
	require.NoFileExists(t, s.path)
	close(release)
	require.ErrorIs(t, <-answered, db.ErrTokenNotFound)
	require.NoError(t, <-ended)
	require.ErrorIs(t, c.DeleteAPIToken(noHash), ErrNoServer)
}

// After the drain the caller is cut off, but the database is not to be closed
// while something works on it.
func TestTheEndWaitsForTheDatabase(t *testing.T) {
	m, began, release := blocked()
	s := start(t, m, 0)
	answered := make(chan error)
	c := client(t, s.path)
	go func() { answered <- c.DeleteAPIToken(noHash) }()
	<-began
	ended := make(chan error, 1)
	go func() { ended <- s.end() }()
	err := <-answered
	require.ErrorContains(t, err, "DeleteAPIToken: the server at "+s.path+" ended before it had answered, so this may have been done or not")
	require.NotErrorIs(t, err, ErrNoServer)
	require.Empty(t, ended)
	close(release)
	require.NoError(t, <-ended)
	require.Contains(t, s.log.text(), "DeleteAPIToken 00000000 by user")
}

func TestServeReportsASocketThatFails(t *testing.T) {
	l, err := Listen(shortDir(t) + "/s")
	require.NoError(t, err)
	require.NoError(t, l.unix.Close())
	require.ErrorIs(t, Serve(t.Context(), l, fake{}, &recorder{}, 0), net.ErrClosed)
	require.NoFileExists(t, l.Path())
}

// A defect in one operation ends neither the server nor the next operation.
func TestPanicIsTheCallersAlone(t *testing.T) {
	s := start(t, fake{delete: func(string) error { return nil }}, 0)
	c := client(t, s.path)
	_, err := c.Recovery() // fake has none
	require.ErrorContains(t, err, "may have been done or not")
	require.NoError(t, c.DeleteAPIToken(noHash))
}

// A caller that does not read its answer keeps nobody from the database.
func TestAnswersAreCompleteBeforeTheyAreWritten(t *testing.T) {
	d := openDB(t)
	_, tenant, err := d.AddAPIToken("")
	require.NoError(t, err)
	long := &db.OAuthTokenData{Scope: []string{strings.Repeat("x", 60_000)}}
	for n := range 10 {
		require.NoError(t, d.StoreOAuthToken(tenant, strconv.Itoa(n), long))
	}
	s := start(t, d, 0)
	conn, err := net.Dial("unix", s.path)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, post("/v1/Connections", `{"tenant":"`+tenant+`"}`))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Greater(t, response.ContentLength, int64(500_000), "more than connections buffer")
	require.NoError(t, d.Close())
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.EqualValues(t, response.ContentLength, len(content))
}
