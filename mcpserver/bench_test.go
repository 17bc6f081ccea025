package mcpserver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// benchClients call at the same time.
const benchClients = 16

// BenchmarkCallBesideBackend takes turns, in rounds of b.N/3 calls, between
// the backend itself, the gateway's REST and its MCP, all over loopback with a
// 200-byte JSON answer, and reports calls per second and the ratios to the
// backend. Authentication and the request log are on.
func BenchmarkCallBesideBackend(b *testing.B) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"text":"`+strings.Repeat("x", 189)+`"}`)
	}))
	defer backend.Close()
	front, token := benchGateway(b, backend.URL)
	calls := []struct {
		name string
		call func() (*http.Request, error)
	}{
		{"backend", func() (*http.Request, error) { return http.NewRequest(http.MethodGet, backend.URL+"/x?q=1", nil) }},
		{"rest", func() (*http.Request, error) {
			return http.NewRequest(http.MethodGet, front+"/api/b/get?q=1", nil)
		}},
		{"mcp", func() (*http.Request, error) {
			return http.NewRequest(http.MethodPost, front+"/mcp", strings.NewReader(rpc(1, "tools/call", `{"name":"b_get","arguments":{"q":"1"}}`)))
		}},
	}
	took := make([]time.Duration, len(calls))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}
	const batch = 50
	rounds := b.N/(batch*benchClients) + 1
	b.ResetTimer()
	for range rounds {
		for i, c := range calls {
			start := time.Now()
			inParallel(b, client, token, batch, c.call)
			took[i] += time.Since(start)
		}
	}
	total := float64(rounds * batch * benchClients)
	for i, c := range calls {
		b.ReportMetric(total/took[i].Seconds(), c.name+"_calls/s")
		b.ReportMetric(took[i].Seconds()/took[0].Seconds(), c.name+"/backend")
	}
}

func inParallel(b *testing.B, client *http.Client, token string, each int, newRequest func() (*http.Request, error)) {
	var all sync.WaitGroup
	for range benchClients {
		all.Go(func() {
			for range each {
				if err := callOnce(client, token, newRequest); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func callOnce(client *http.Client, token string, newRequest func() (*http.Request, error)) error {
	request, err := newRequest()
	if err != nil {
		return err
	}
	asJSON(request)
	bearer(token)(request)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK || !strings.Contains(string(body), "xxx") {
		return fmt.Errorf("%d %s", response.StatusCode, body)
	}
	return err
}

func benchGateway(b *testing.B, backend string) (url, token string) {
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(b, err)
	tenants, err := db.New(db.WithLogger(logger), db.WithDataDir(b.TempDir()))
	require.NoError(b, err)
	b.Cleanup(func() { _ = tenants.Close() })
	token, _, err = tenants.AddAPIToken("bench")
	require.NoError(b, err)
	config := fmt.Sprintf(`{"services":{"b":{"name":"B","baseURL":%q,"endpoints":[{"id":"get","name":"Get","method":"GET","path":"/x",
		"parameters":[{"name":"q","type":"string","location":"query"}]}]}}}`, backend)
	tools, err := fusion.New(fusion.WithLogger(logger), fusion.WithEmbedded("bench.json", []byte(config)))
	require.NoError(b, err)
	b.Cleanup(tools.Close)
	server, err := mcpserver.New(mcpserver.WithLogger(logger), mcpserver.WithRequestLog(logger.Slog()),
		mcpserver.WithDB(tenants), mcpserver.WithFusion(tools))
	require.NoError(b, err)
	front := httptest.NewServer(server.Handler())
	b.Cleanup(front.Close)
	return front.URL, token
}
