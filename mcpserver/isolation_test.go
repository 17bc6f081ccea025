package mcpserver_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// The crowd of TestNobodyGetsAnothersAnswer; -short calls a tenth as often.
const (
	isolationTenants = 8
	isolationWorkers = 64 // of each tenant
	isolationCalls   = 100_000
)

const echoConfig = `{"services": {"s": {"name": "S", "baseURL": "${API}", "endpoints": [
  {"id": "echo", "name": "Echo", "method": "GET", "path": "/", "parameters": [
    {"name": "v", "type": "string", "required": true, "location": "query"}]}]}}}`

// echoV answers with what it was asked for.
func echoV(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"v":%q}`, r.URL.Query().Get("v"))
}

// ownCredential is that of the tenant with the index.
func ownCredential(tenant int) string { return fmt.Sprintf("credential-of-t%d-only", tenant) }

// echoOwn is echoV for calls that carry the credential of the tenant whose
// value they carry, and of no other.
func echoOwn(w http.ResponseWriter, r *http.Request) {
	var tenant int
	_, err := fmt.Sscanf(r.URL.Query().Get("v"), "t%d-", &tenant)
	if err != nil || r.Header.Get("Authorization") != "Bearer "+ownCredential(tenant) {
		http.Error(w, "this is another's credential", http.StatusTeapot)
		return
	}
	echoV(w, r)
}

// crowd is many tenants of one gateway.
type crowd struct {
	handler http.Handler
	log     *tenantLog
	tokens  []string
	short   []string // the tenants' short ids
}

// newCrowd has the gateway called without a network in front, which would take
// most of the time.
func newCrowd(t *testing.T) *crowd {
	t.Helper()
	api := newStub(t, http.HandlerFunc(echoOwn))
	config := strings.Replace(echoConfig, `"name": "S",`, `"name": "S", "auth": {"type": "bearer", "config": {"token": "shared"}},`, 1)
	tools, _ := withTools(t, &lockedBuffer{}, config, []string{"API", api.URL})
	c := &crowd{log: &tenantLog{tenants: map[string]string{}}}
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(t, tools, mcpserver.WithRequestLog(slog.New(c.log)))
	c.handler = server.Handler()
	for i := range isolationTenants {
		token, hash, err := g.database.AddAPIToken(fmt.Sprint("tenant ", i))
		require.NoError(t, err)
		own := &db.ServiceCredentials{Type: "bearer", Data: map[string]any{"token": ownCredential(i)}}
		require.NoError(t, g.database.StoreCredentials(hash, db.BearerTokens, "s", own))
		c.tokens, c.short = append(c.tokens, token), append(c.short, hash[:8])
	}
	return c
}

// TestNobodyGetsAnothersAnswer lets all tenants call at the same time, over
// every surface, with the same message ids and session: each call must get
// back the one value that it sent, the API must see its tenant's credential,
// and its log line must name its tenant.
func TestNobodyGetsAnothersAnswer(t *testing.T) {
	calls := isolationCalls
	if testing.Short() {
		calls /= 10
	}
	c := newCrowd(t)
	each := calls/(isolationTenants*isolationWorkers) + 1
	var all sync.WaitGroup
	seen := make([][]string, isolationTenants) // request ids, by tenant
	var mu sync.Mutex                          // guards seen
	for tenant := range isolationTenants {
		for worker := range isolationWorkers {
			all.Go(func() {
				ids, err := c.work(tenant, worker, each)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[tenant] = append(seen[tenant], ids...)
			})
		}
	}
	all.Wait()
	require.Len(t, c.log.tenants, isolationTenants*isolationWorkers*each)
	for tenant, ids := range seen {
		require.Len(t, ids, isolationWorkers*each)
		for _, id := range ids {
			require.Equal(t, c.short[tenant], c.log.tenants[id], "request %s", id)
		}
	}
}

// work calls n times and returns the ids of the requests. It ends at the first
// wrong answer.
func (c *crowd) work(tenant, worker, n int) ([]string, error) {
	ids := make([]string, 0, n)
	for i := range n {
		value := fmt.Sprintf("t%d-w%d-n%d", tenant, worker, i)
		call := surfaces[(worker+i)%len(surfaces)]
		request, want := call(i, value)
		request.Header.Set("Authorization", "Bearer "+c.tokens[tenant])
		id, err := c.do(request, want)
		if err != nil {
			return ids, fmt.Errorf("%s: %w", value, err)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// do sends the request, wants exactly that body, and returns the request's id.
func (c *crowd) do(request *http.Request, want string) (string, error) {
	answer := httptest.NewRecorder()
	c.handler.ServeHTTP(answer, request)
	if got := answer.Body.String(); answer.Code != http.StatusOK || got != want {
		return "", fmt.Errorf("answer %d %s; wanted %s", answer.Code, got, want)
	}
	return answer.Header().Get("X-Request-Id"), nil
}
