package mcpserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// page is a response that can be read while it is written.
type page struct {
	mu     sync.Mutex // guards text
	text   strings.Builder
	header http.Header
}

// Header implements http.ResponseWriter.
func (p *page) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *page) WriteHeader(int) {}

// Flush implements http.Flusher.
func (p *page) Flush() {}

// Write implements http.ResponseWriter.
func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) count(part string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.text.String(), part)
}

// TestAStreamIsKeptAliveUntilItsTokenExpires, without a network, so that time
// can pass.
func TestAStreamIsKeptAliveUntilItsTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger := discardLogger(t)
		database, err := db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
		require.NoError(t, err)
		defer func() { require.NoError(t, database.Close()) }()
		tools, _ := withTools(t, &lockedBuffer{}, echoConfig, []string{"API", "http://127.0.0.1:1"})
		server, err := mcpserver.New(mcpserver.WithLogger(logger), mcpserver.WithDB(database), tools)
		require.NoError(t, err)
		soon := time.Now().Add(time.Hour)
		token, err := database.NewAPIToken(db.TokenSettings{ExpiresAt: &soon})
		require.NoError(t, err)

		request := postRequest("/mcp", modern(7, "subscriptions/listen", listenForTools))
		modernHeaders("subscriptions/listen", "")(request)
		bearer(token.Token.Reveal())(request)
		out, ended := &page{header: http.Header{}}, make(chan any, 1)
		go func() {
			defer func() { ended <- recover() }()
			server.Handler().ServeHTTP(out, request.WithContext(context.WithoutCancel(request.Context())))
		}()
		synctest.Wait()
		require.Equal(t, 1, out.count("data: "+acknowledged))
		require.Zero(t, out.count(": still"))
		time.Sleep(time.Minute)
		require.Equal(t, 2, out.count(": still here\n\n"))
		time.Sleep(time.Hour - 2*time.Minute)
		require.Empty(t, ended)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, http.ErrAbortHandler, <-ended, "the stream is cut when the token expires")
		require.Equal(t, 1, out.count("data: "))
		answer := httptest.NewRecorder()
		late := postRequest("/mcp", rpc(1, "tools/list", "{}"))
		bearer(token.Token.Reveal())(late)
		server.Handler().ServeHTTP(answer, late)
		require.Contains(t, answer.Body.String(), "API token expired")
	})
}
