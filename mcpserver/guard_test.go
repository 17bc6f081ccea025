package mcpserver_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// guarding is a handler of the test's behind the guard, as alice's request
// reaches it.
func guarding(t *testing.T, handler func(g *gateway, w http.ResponseWriter, r *http.Request)) *gateway {
	t.Helper()
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(t)
	guarded := mcpserver.Guarded(server, func(w http.ResponseWriter, r *http.Request) { handler(g, w, r) })
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, leave, err := g.database.Admit(r.Context(), g.alice)
		if err != nil {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		defer leave()
		w.Header().Set("X-Before", "kept")
		guarded.ServeHTTP(w, r.WithContext(ctx))
	}))
	t.Cleanup(front.Close)
	g.url = front.URL
	return g
}

// endAlice deletes alice's token.
func (g *gateway) endAlice(t *testing.T) {
	t.Helper()
	_, hash, err := g.database.ValidateAPIToken(g.alice)
	require.NoError(t, err)
	require.NoError(t, g.database.DeleteAPIToken(hash))
}

func TestWhatAHandlerSaysAfterTheEndIsNotHeard(t *testing.T) {
	for name, say := range map[string]func(w http.ResponseWriter) error{
		"nothing": func(http.ResponseWriter) error { return nil },
		"a header": func(w http.ResponseWriter) error {
			w.Header().Set("Content-Length", "5")
			w.Header().Set("X-After", "x")
			w.WriteHeader(http.StatusOK)
			return nil
		},
		"a body": func(w http.ResponseWriter) error {
			w.Header().Set("Content-Type", "text/event-stream")
			_, err := io.WriteString(w, "secret")
			if err == nil {
				return io.ErrShortWrite
			}
			return nil
		},
		"a failure": func(w http.ResponseWriter) error {
			http.Error(w, "secret", http.StatusInternalServerError)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			said := make(chan error, 1)
			g := guarding(t, func(g *gateway, w http.ResponseWriter, r *http.Request) {
				g.endAlice(t)
				<-r.Context().Done()
				said <- say(w)
			})
			answer := g.get(t, "/x")
			require.Equal(t, "401 Invalid API token", answer.said(t))
			require.Equal(t, "Bearer", answer.Header.Get("WWW-Authenticate"))
			require.Equal(t, "kept", answer.Header.Get("X-Before"))
			require.Empty(t, answer.Header.Get("X-After"))
			require.True(t, answer.Close)
			require.NoError(t, <-said)
			require.EqualValues(t, http.StatusUnauthorized, g.lastRequest(t)["status"])
		})
	}
}

func TestAnAnswerThatHasBegunIsCut(t *testing.T) {
	begun := make(chan struct{})
	g := guarding(t, func(_ *gateway, w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half of it")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-r.Context().Done()
	})
	response, err := http.Get(g.url)
	require.NoError(t, err)
	defer response.Body.Close()
	<-begun
	g.endAlice(t)
	body, err := io.ReadAll(response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "half of it", string(body))
	require.Equal(t, "invalid API token", g.lastRequest(t)["reason"])
	require.NotContains(t, g.log.String(), "panic")
}

// A client that neither reads nor goes away must not keep its call alive.
func TestNoHandlerWaitsForASlowReader(t *testing.T) {
	blocked, returned := make(chan struct{}, 1), make(chan error, 1)
	g := guarding(t, func(_ *gateway, w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				returned <- err
				return
			}
			select {
			case blocked <- struct{}{}: // a megabyte went, the next ones will not
			default:
			}
		}
	})
	conn := g.dial(t)
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	<-blocked
	g.endAlice(t)
	require.Error(t, <-returned)
}

func TestNoCallWaitsForASlowBody(t *testing.T) {
	for _, path := range []string{"/mcp", "/api/bin/post"} {
		g := newServing(t, mcpserver.WithMaxBody(1000))
		conn := g.dial(t)
		_, err := io.WriteString(conn, strings.ReplaceAll("POST "+path+" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n"+
			"Content-Type: application/json\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n", "TOKEN", g.alice))
		require.NoError(t, err)
		line := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
		_, err = io.ReadFull(conn, line) // sent when the handler begins to read
		require.NoError(t, err)
		require.Contains(t, string(line), "100 Continue")
		g.endAlice(t)
		answer := readAnswer(t, conn)
		require.Equal(t, "401 Invalid API token", answer.said(t), path)
	}
}

func TestAnEndOfTheServersOwnIsNoEndOfTheToken(t *testing.T) {
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	admitted, leave, err := g.database.Admit(ctx, g.alice)
	require.NoError(t, err)
	defer leave()
	answer := httptest.NewRecorder()
	mcpserver.Guarded(server, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		_, err := io.WriteString(w, "x")
		require.NoError(t, err)
	}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(admitted))
	require.Equal(t, "x", answer.Body.String())
}
