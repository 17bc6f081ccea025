package mcpserver_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/mcpserver"
)

const (
	smallBody = 1000
	hurry     = 200 * time.Millisecond
)

func postHead(path, more string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\nContent-Type: application/json\r\n" + more + "\r\n"
}

// TestOddBodies is the table of what a body that is too long, late or broken
// is answered with, wherever a body is read.
func TestOddBodies(t *testing.T) {
	g := newServing(t, mcpserver.WithMaxBody(smallBody), mcpserver.WithBodyTimeout(hurry))
	const (
		tooLong = "413 Request body over the limit of 1000 bytes"
		late    = "408 Request body not received in time"
		broken  = "400 Request body could not be read"
		chunked = "Transfer-Encoding: chunked\r\n"
	)
	for more, want := range map[string]string{
		"Content-Length: 1001\r\n\r\n" + long(1001):                         tooLong,
		"Content-Length: 100000000\r\n\r\n" + long(1001):                    tooLong,
		"Content-Length: 5000\r\n\r\n" + long(2000):                         tooLong,
		chunked + "\r\n3e9\r\n" + long(1001) + "\r\n0\r\n\r\n":              tooLong,
		chunked + "\r\n3e9\r\n" + long(1001) + "\r\n":                       tooLong,
		chunked + "\r\nffffffff\r\n" + long(2000):                           tooLong,
		"Content-Length: 10\r\n\r\n{":                                       late,
		"Content-Length: 10\r\n\r\n":                                        late,
		chunked + "\r\n1\r\n{\r\n":                                          late,
		chunked + "\r\n":                                                    late,
		chunked + "\r\nzz\r\n":                                              broken,
		chunked + "\r\n-1\r\n":                                              broken,
		chunked + "\r\n1\r\n{xx":                                            broken,
		chunked + "\r\nffffffffffffffffff\r\n":                              broken,
		chunked + "Content-Length: 3\r\n\r\n2\r\n{}\r\n0\r\n\r\n":           "400 ",
		"Expect: 100-continue\r\nContent-Length: 10\r\n\r\n":                "100 ",
		"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\b\x00": "400 ",
	} {
		for _, path := range []string{"/mcp", "/api/bin/post"} {
			head, body, _ := strings.Cut(more, "\r\n\r\n")
			answer := g.raw(t, postHead(path, head+"\r\n")+body)
			require.Truef(t, strings.HasPrefix(answer.said(t), want), "%s %.80q: %s", path, more, answer.said(t))
		}
	}
}

func TestABodyThatEndsEarlyIsBroken(t *testing.T) {
	g := newServing(t)
	conn := g.dial(t)
	_, err := io.WriteString(conn, strings.ReplaceAll(postHead("/mcp", "Content-Length: 10\r\n"), "TOKEN", g.alice)+"{}")
	require.NoError(t, err)
	require.NoError(t, conn.CloseWrite())
	require.Equal(t, "400 Request body could not be read", readAnswer(t, conn).said(t))
}

// TestARefusedBodyIsNotWaitedForLonger: net/http reads what a handler did not
// before it answers.
func TestARefusedBodyIsNotWaitedForLonger(t *testing.T) {
	g := newServing(t, mcpserver.WithBodyTimeout(hurry))
	for head, want := range map[string]string{
		"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n":                                                                "401 Authorization header required",
		"POST /mcp HTTP/1.1\r\nHost: evil.example\r\n":                                                             "403 Host not allowed",
		"POST /connect HTTP/1.1\r\nHost: 127.0.0.1\r\n":                                                            "405 <!DOCTYPE html>",
		"POST /connect/session HTTP/1.1\r\nHost: 127.0.0.1\r\n":                                                    "415 <!DOCTYPE html>",
		"POST /connect/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n": "408 <!DOCTYPE html>",
		"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n":                                                            "405 Method not allowed; allowed: GET, HEAD",
		"PUT /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n":                                  "405 Method not allowed; allowed: POST",
		"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n":                                 "415 Content-Type must be application/json",
		"POST /none HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n":                                "404 Not found",
		"GET /api HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n":                                  "200 " + services,
		"GET /api/bin/get?value=x HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer TOKEN\r\n":                  `200 {"args"`,
	} {
		for _, body := range []string{"Content-Length: 10\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"} {
			answer := g.raw(t, head+body)
			require.Truef(t, strings.HasPrefix(answer.said(t), want), "%q: %s", head, answer.said(t))
			require.True(t, answer.Close, "what is left of the body must not be taken for a request")
		}
	}
}

func TestABodyByteByByteIsLate(t *testing.T) {
	g := newServing(t, mcpserver.WithBodyTimeout(hurry))
	conn := g.dial(t)
	_, err := io.WriteString(conn, strings.ReplaceAll(postHead("/mcp", "Content-Length: 1000\r\n"), "TOKEN", g.alice))
	require.NoError(t, err)
	go trickle(conn, "x", 20*time.Millisecond, 400) // ends with the connection
	require.Equal(t, "408 Request body not received in time", readAnswer(t, conn).said(t))
}

// trickle writes the text again and again.
func trickle(conn net.Conn, text string, every time.Duration, times int) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for range times {
		<-ticks.C
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
	}
}

func TestAnEndlessBodyIsReadUpToTheLimit(t *testing.T) {
	g := newServing(t, mcpserver.WithMaxBody(smallBody))
	conn := g.dial(t)
	_, err := io.WriteString(conn, strings.ReplaceAll(postHead("/mcp", "Transfer-Encoding: chunked\r\n"), "TOKEN", g.alice))
	require.NoError(t, err)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, long(64<<10))
	sent := make(chan int, 1)
	go func() {
		chunks := 0
		for ; chunks < 10_000; chunks++ {
			if _, err := io.WriteString(conn, chunk); err != nil {
				break
			}
		}
		sent <- chunks * len(chunk)
	}()
	require.Equal(t, "413 Request body over the limit of 1000 bytes", readAnswer(t, conn).said(t))
	require.Less(t, <-sent, 32<<20, "what the sockets hold, and little more")
}

func TestACallMayTakeLongerThanItsBody(t *testing.T) {
	g := newServing(t, mcpserver.WithBodyTimeout(hurry))
	answer := g.postJSON(t, "/api/bin/delay", `{"seconds":0.6}`, bearer(g.alice))
	require.Equal(t, http.StatusOK, answer.StatusCode, answer.body)
	answer = g.postJSON(t, "/mcp", rpc(1, "tools/call", `{"name":"bin_delay","arguments":{"seconds":0.6}}`), bearer(g.alice))
	require.NotContains(t, answer.body, "isError")
	require.Contains(t, answer.body, `"result"`)
}
