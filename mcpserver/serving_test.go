package mcpserver_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// patience bounds whatever a test waits for that should come at once.
const patience = 10 * time.Second

// newServing runs Serve, as the program does, with the limits of its
// connections.
func newServing(t *testing.T, opts ...mcpserver.Option) *gateway {
	t.Helper()
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(t, opts...)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g.url = "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener, time.Second) }()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		stop()
		require.NoError(t, <-ended)
	})
	return g
}

// dial opens a connection to the gateway.
func (g *gateway) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn.(*net.TCPConn)
}

// raw sends the text as it is, with TOKEN replaced by alice's, and reads one
// answer.
func (g *gateway) raw(t *testing.T, text string) answer {
	t.Helper()
	conn := g.dial(t)
	_, err := io.WriteString(conn, strings.ReplaceAll(text, "TOKEN", g.alice))
	require.NoError(t, err)
	return readAnswer(t, conn)
}

func readAnswer(t *testing.T, conn net.Conn) answer {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response, string(body)}
}

// said is the status and what an answer says: a problem's detail, or else the
// body, which for net/http's own refusals has the status in it.
func (a answer) said(t *testing.T) string {
	t.Helper()
	status, text := strconv.Itoa(a.StatusCode)+" ", strings.TrimSpace(a.body)
	if a.Header.Get("Content-Type") == "application/problem+json" {
		text = a.problem(t).Detail
	}
	return status + strings.TrimPrefix(text, status)
}
