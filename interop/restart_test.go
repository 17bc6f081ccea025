package interop

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// The restarts of TestClientsOutliveRestarts; -short does fewer.
const (
	restartClients = 16
	restarts       = 10
	shortRestarts  = 3
)

const echoServices = `{"services": {"s": {"name": "S", "baseURL": "${ECHO_API}", "endpoints": [
  {"id": "echo", "name": "Echo", "method": "GET", "path": "/", "response": {"type": "text"}, "parameters": [
    {"name": "v", "type": "string", "required": true, "location": "query"}]}]}}}`

// caller is one client that calls in a loop.
type caller struct {
	name    string
	session *mcp.ClientSession
	traffic *patient
	answers atomic.Int64 // right answers so far
	wrong   atomic.Bool  // there was another
}

// TestClientsOutliveRestarts lets clients of all versions call without a
// pause while the server ends and starts again on its port. Their transport
// tries again when there is no server; nothing above it may notice.
func TestClientsOutliveRestarts(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("v")) }))
	t.Cleanup(api.Close)
	config := testgateway.Config{Services: echoServices, DataDir: t.TempDir(), Env: []string{"ECHO_API=" + api.URL}}
	tokens := []string{testgateway.AddToken(t, config.DataDir, "anna"), testgateway.AddToken(t, config.DataDir, "bert")}
	gateway := testgateway.Start(t, config)
	config.Listen = strings.TrimPrefix(gateway.URL, "http://")

	callers := connectAll(t, gateway.URL, tokens)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	done, ended := make(chan struct{}), make(chan error, len(callers))
	for _, c := range callers {
		go func() { ended <- c.callUntil(ctx, done) }()
	}
	for range times() {
		awaitProgress(t, callers)
		gateway.Stop(t)
		gateway = testgateway.Start(t, config)
	}
	awaitProgress(t, callers)
	close(done)
	for range callers {
		require.NoError(t, <-ended)
	}
	report(t, callers)
}

func times() int {
	if testing.Short() {
		return shortRestarts
	}
	return restarts
}

// connectAll opens the clients' sessions, tenants and versions in turn.
func connectAll(t *testing.T, url string, tokens []string) []*caller {
	t.Helper()
	versions := []string{"2026-07-28", "2025-11-25", "2025-06-18"}
	var callers []*caller
	for i := range restartClients {
		version := versions[i%len(versions)]
		c := &caller{name: fmt.Sprintf("%d-%s", i, version), traffic: newPatient(tokens[i%len(tokens)])}
		client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
			Endpoint: url + "/mcp", HTTPClient: &http.Client{Transport: c.traffic}, MaxRetries: -1,
		}, &mcp.ClientSessionOptions{ProtocolVersion: version})
		require.NoError(t, err)
		t.Cleanup(func() {
			_ = session.Close()
			c.traffic.base.CloseIdleConnections()
		})
		c.session = session
		callers = append(callers, c)
	}
	return callers
}

// callUntil calls with values that nobody else uses. Its error is the first
// wrong answer, or none.
func (c *caller) callUntil(ctx context.Context, done <-chan struct{}) error {
	for n := 0; ; n++ {
		select {
		case <-done:
			return nil
		default:
		}
		if err := c.call(ctx, fmt.Sprintf("%s-%d", c.name, n)); err != nil {
			c.wrong.Store(true)
			return err
		}
		c.answers.Add(1)
	}
}

func (c *caller) call(ctx context.Context, value string) error {
	result, err := c.session.CallTool(ctx, &mcp.CallToolParams{Name: "s_echo", Arguments: map[string]any{"v": value}})
	if err != nil {
		return fmt.Errorf("%s: %w", value, err)
	}
	if text, ok := result.Content[0].(*mcp.TextContent); !ok || result.IsError || text.Text != value {
		return fmt.Errorf("%s was answered with %v", value, result.Content[0])
	}
	return nil
}

// awaitProgress waits until each client has had another answer, or a wrong
// one.
func awaitProgress(t *testing.T, callers []*caller) {
	t.Helper()
	for _, c := range callers {
		before := c.answers.Load()
		require.Eventually(t, func() bool { return c.answers.Load() > before || c.wrong.Load() },
			20*time.Second, time.Millisecond, "%s does not go on", c.name)
	}
}

// report looks at what the clients had to do.
func report(t *testing.T, callers []*caller) {
	t.Helper()
	var answers, retries int64
	for _, c := range callers {
		require.LessOrEqual(t, c.traffic.beginnings.Load(), int64(1), "%s started over", c.name)
		answers, retries = answers+c.answers.Load(), retries+c.traffic.retries.Load()
	}
	require.Positive(t, retries, "the restarts went unnoticed")
	t.Logf("%d right answers, %d retries over %d restarts", answers, retries, times())
}
