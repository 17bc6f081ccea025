package mcpserver_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/internal/testgateway"
	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// keyCanary is the credential of the service "keyed"; it must show up nowhere.
const keyCanary = "c4nary-api-key-0123456789"

const testConfig = `{"services": {
  "bin": {"name": "Bin", "baseURL": "${API}", "endpoints": [
    {"id": "get", "name": "Get", "description": "Echoes the query", "method": "GET", "path": "/get", "parameters": [
      {"name": "value", "description": "Any text", "type": "string", "required": true, "location": "query", "validation": {"maxLength": 40}},
      {"name": "count", "description": "A count", "type": "integer", "location": "query", "validation": {"minimum": 1}}]},
    {"id": "post", "name": "Post", "description": "Echoes the body", "method": "POST", "path": "/post", "parameters": [
      {"name": "value", "type": "string", "required": true, "location": "body"}]},
    {"id": "status", "name": "Status", "description": "Answers any status", "method": "GET", "path": "/status/{code}", "response": {"type": "text"}, "parameters": [
      {"name": "code", "type": "integer", "required": true, "location": "path"}]},
    {"id": "delay", "name": "Delay", "description": "Answers late", "method": "GET", "path": "/delay/{seconds}", "parameters": [
      {"name": "seconds", "type": "number", "required": true, "location": "path"}]},
    {"id": "slow", "name": "Slow", "description": "Is always too late", "method": "GET", "path": "/delay/5", "connection": {"timeout": "50ms"}},
    {"id": "big", "name": "Big", "description": "Answers more than the limit", "method": "GET", "path": "/base64/encode/{text}", "response": {"type": "text"}, "parameters": [
      {"name": "text", "type": "string", "required": true, "location": "path"}]},
    {"id": "delete", "name": "Delete", "description": "Deletes", "method": "DELETE", "path": "/delete"},
    {"id": "later", "name": "Later", "description": "Answers bytes", "method": "GET", "path": "/get", "response": {"type": "binary"}}
  ]},
  "keyed": {"name": "Keyed", "baseURL": "${API}", "auth": {"type": "bearer", "config": {"token": "${KEY}"}}, "endpoints": [
    {"id": "headers", "name": "Headers", "description": "Echoes the headers", "method": "GET", "path": "/headers"}]},
  "mine": {"name": "Mine", "baseURL": "${API}", "auth": {"type": "user_credentials", "config": {"fields": [
    {"name": "key", "label": "Key", "location": "header", "paramName": "X-Key"}]}}, "endpoints": [
    {"id": "headers", "name": "Headers", "description": "Echoes the headers", "method": "GET", "path": "/headers"}]}
}}`

// gateway is a running server with two tenants in front of go-httpbin.
type gateway struct {
	url      string
	alice    string
	bob      string
	database *db.DB
	log      *lockedBuffer
	delays   atomic.Int64 // calls of /delay that reached the API
}

// delayed counts the slow calls that have reached the API.
func (g *gateway) delayed() int64 { return g.delays.Load() }

func newGateway(t *testing.T, opts ...mcpserver.Option) *gateway {
	t.Helper()
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(t, opts...)
	front := httptest.NewServer(server.Handler())
	t.Cleanup(front.Close)
	g.url = front.URL
	return g
}

// newServer makes everything but the listener.
func (g *gateway) newServer(t testing.TB, opts ...mcpserver.Option) *mcpserver.Server {
	t.Helper()
	api := httptest.NewServer(g.counting(httpbin.New().Handler()))
	t.Cleanup(api.Close)
	logger, err := mlogger.New(mlogger.WithWriter(g.log), mlogger.WithDebug(true), mlogger.WithFormat(mlogger.FormatJSON))
	require.NoError(t, err)

	g.database, err = db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.database.Close()) })
	g.alice, _, err = g.database.AddAPIToken("alice")
	require.NoError(t, err)
	g.bob, _, err = g.database.AddAPIToken("bob")
	require.NoError(t, err)

	variables := map[string]string{"API": api.URL, "KEY": keyCanary}
	tools, err := fusion.New(fusion.WithLogger(logger), fusion.WithEmbedded("test.json", []byte(testConfig)),
		fusion.WithLookup(func(name string) (string, bool) { v, ok := variables[name]; return v, ok }),
		fusion.WithMaxResult(1000))
	require.NoError(t, err)
	t.Cleanup(tools.Close)

	server, err := mcpserver.New(append([]mcpserver.Option{
		mcpserver.WithLogger(logger), mcpserver.WithRequestLog(logger.Slog()),
		mcpserver.WithDB(g.database), mcpserver.WithFusion(tools),
	}, opts...)...)
	require.NoError(t, err)
	return server
}

func (g *gateway) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/delay/") {
			g.delays.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body string
}

// problem is what a refusal says.
type problem struct {
	Title, Detail  string
	Status         int
	RequestID      string `json:"request_id"`
	UpstreamStatus int    `json:"upstream_status"`
	Errors         []struct{ Name, Detail string }
}

func (a answer) problem(t *testing.T) problem {
	t.Helper()
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"), a.body)
	var p problem
	require.NoError(t, json.Unmarshal([]byte(a.body), &p), a.body)
	require.Equal(t, a.StatusCode, p.Status)
	require.Equal(t, http.StatusText(p.Status), p.Title)
	require.Equal(t, a.Header.Get("X-Request-Id"), p.RequestID)
	require.NotEmpty(t, p.RequestID)
	return p
}

// do sends a request; edits change it before.
func (g *gateway) do(t *testing.T, method, path, body string, edits ...func(*http.Request)) answer {
	t.Helper()
	request, err := http.NewRequest(method, g.url+path, strings.NewReader(body))
	require.NoError(t, err)
	for _, edit := range edits {
		edit(request)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response, string(content)}
}

func (g *gateway) get(t *testing.T, path string, edits ...func(*http.Request)) answer {
	t.Helper()
	return g.do(t, http.MethodGet, path, "", edits...)
}

func (g *gateway) postJSON(t *testing.T, path, body string, edits ...func(*http.Request)) answer {
	t.Helper()
	return g.do(t, http.MethodPost, path, body, append([]func(*http.Request){asJSON}, edits...)...)
}

func asJSON(r *http.Request) { r.Header.Set("Content-Type", "application/json") }

func bearer(token string) func(*http.Request) {
	return header("Authorization", "Bearer "+token)
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func host(name string) func(*http.Request) {
	return func(r *http.Request) { r.Host = name }
}

// lastRequest returns the newest request line of the log.
func (g *gateway) lastRequest(t *testing.T) map[string]any {
	t.Helper()
	lines := g.requests(t)
	require.NotEmpty(t, lines)
	return lines[len(lines)-1]
}

func (g *gateway) requests(t *testing.T) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(g.log.String()) {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		if entry[slog.MessageKey] == "request" {
			found = append(found, entry)
		}
	}
	return found
}

type lockedBuffer = testgateway.Buffer

// newGatewayOver is a second server over the same database, as a restart with
// other flags would be.
func newGatewayOver(t *testing.T, g *gateway, opts ...mcpserver.Option) *gateway {
	t.Helper()
	other := newGateway(t, append([]mcpserver.Option{mcpserver.WithDB(g.database)}, opts...)...)
	other.alice, other.bob = g.alice, g.bob
	return other
}
