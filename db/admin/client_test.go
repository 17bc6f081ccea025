package admin

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// How long tests wait for what must happen, and how often they look.
const (
	waitFor = 10 * time.Second
	tick    = time.Millisecond
)

func TestNoServer(t *testing.T) {
	dir := shortDir(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	leftover(t, path("leftover"))
	require.NoError(t, os.WriteFile(path("file"), nil, 0o600))
	for _, name := range []string{"missing", "none/missing", "leftover", "file"} {
		_, err := Dial(t.Context(), path(name))
		require.ErrorIs(t, err, ErrNoServer, name)
		require.EqualError(t, err, path(name)+": no server listens there")
	}
	require.FileExists(t, path("file"))
}

func TestClosedClient(t *testing.T) {
	m, began, release := blocked()
	s := start(t, m, waitFor)
	c := client(t, s.path)
	answered := make(chan error)
	go func() { answered <- c.DeleteAPIToken(noHash) }()
	<-began
	require.NoError(t, c.Close())
	require.ErrorIs(t, <-answered, db.ErrClosed)
	close(release)
	_, err := c.ListAPITokens()
	require.ErrorIs(t, err, db.ErrClosed)
	require.NotErrorIs(t, err, ErrNoServer)
}

func TestContextEndsAClient(t *testing.T) {
	s := start(t, openDB(t), waitFor)
	ctx, cancel := context.WithCancel(context.Background())
	c, err := Dial(ctx, s.path)
	require.NoError(t, err)
	defer c.Close()
	cancel()
	_, err = c.ListAPITokens()
	require.ErrorIs(t, err, context.Canceled)
	_, err = Dial(ctx, s.path)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAnotherServerTakesOver(t *testing.T) {
	s := start(t, openDB(t), waitFor)
	c := client(t, s.path)
	_, err := c.ListAPITokens()
	require.NoError(t, err)
	require.NoError(t, s.end())
	_, err = c.ListAPITokens()
	require.ErrorIs(t, err, ErrNoServer)
	require.EqualError(t, err, s.path+": no server listens there", "and nothing was done")

	l, err := Listen(s.path)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- Serve(ctx, l, openDB(t), s.log, waitFor) }()
	_, err = c.ListAPITokens()
	require.NoError(t, err)
	stop()
	require.NoError(t, <-ended)
}

// answering is a server that answers each request with the same bytes, and
// closes.
func answering(t *testing.T, answer string) *Client {
	t.Helper()
	l, err := Listen(filepath.Join(shortDir(t), "s"))
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.unix.Accept()
			if err != nil {
				return
			}
			if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, request.Body)
				_, _ = io.WriteString(conn, answer)
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		<-ended
	})
	return client(t, l.Path())
}

func TestServerThatDiesInTheMiddle(t *testing.T) {
	for _, answer := range []string{
		"",
		"HTTP/1.1 200",
		"HTTP/1.1 200 OK\r\nMcpfusion-Version: v1\r\nContent-Len",
		"HTTP/1.1 200 OK\r\nMcpfusion-Version: v1\r\nContent-Length: 100\r\n\r\n",
		"HTTP/1.1 200 OK\r\nMcpfusion-Version: v1\r\nContent-Length: 100\r\n\r\n{\"token\":\"",
		"HTTP/1.1 200 OK\r\nMcpfusion-Version: v1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
		"HTTP/1.1 422 No\r\nMcpfusion-Version: v1\r\nContent-Length: 100\r\n\r\n{\"text\":\"",
	} {
		added, err := answering(t, answer).NewAPIToken(db.TokenSettings{})
		require.ErrorContains(t, err, "NewAPIToken: the server at ", answer)
		require.ErrorContains(t, err, "may have been done or not", answer)
		require.NotErrorIs(t, err, ErrNoServer, "nobody must do it again")
		require.NotErrorIs(t, err, ErrVersion)
		require.Equal(t, db.Added{}, added)
	}
}

// Nothing listens there for whoever uses the client: not the network.
func TestOnlyTheSocketIsUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	s := start(t, openDB(t), waitFor)
	_, err := client(t, s.path).ListAPITokens()
	require.NoError(t, err)
	var conn net.Conn
	conn, err = dial(t.Context(), s.path)
	require.NoError(t, err)
	require.Equal(t, "unix", conn.RemoteAddr().Network())
	require.NoError(t, conn.Close())
}
