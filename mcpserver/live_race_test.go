package mcpserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// The callers that race against the end of their token.
const (
	racers     = 8
	raceRounds = 300
)

// raceEnds end a token at once.
var raceEnds = []func(database *db.DB, hash string) error{
	func(database *db.DB, hash string) error { return database.DeleteAPIToken(hash) },
	func(database *db.DB, hash string) error {
		disabled := true
		return database.ChangeAPIToken(hash, db.TokenChange{Disabled: &disabled})
	},
}

// raceRequests are answered at once, so that the end comes at all stages.
var raceRequests = []func() *http.Request{
	func() *http.Request { return postRequest("/mcp", rpc(1, "tools/list", `{}`)) },
	func() *http.Request { return httptest.NewRequest(http.MethodGet, "http://localhost/api", nil) },
	func() *http.Request {
		request, _ := mcpOf2026(1, "t0-x")
		return request
	},
	func() *http.Request {
		request, _ := restGet(1, "t0-x")
		return request
	},
}

// TestNothingBeginsAfterTheEndOfAToken: whatever is being validated when a
// token ends, a request that begins after that is 401, and one that began
// before is answered in full or 401.
func TestNothingBeginsAfterTheEndOfAToken(t *testing.T) {
	rounds := raceRounds
	if testing.Short() {
		rounds /= 10
	}
	api := newStub(t, http.HandlerFunc(echoOwn))
	config := strings.Replace(echoConfig, `"name": "S",`, `"name": "S", "auth": {"type": "bearer", "config": {"token": "shared"}},`, 1)
	logger := discardLogger(t)
	tools, _ := withTools(t, &lockedBuffer{}, config, []string{"API", api.URL})
	g := &gateway{log: &lockedBuffer{}}
	handler := g.newServer(t, tools, mcpserver.WithLogger(logger), mcpserver.WithRequestLog(logger.Slog())).Handler()
	for round := range rounds {
		token, hash, err := g.database.AddAPIToken(fmt.Sprint(round))
		require.NoError(t, err)
		own := &db.ServiceCredentials{Type: "bearer", Data: map[string]any{"token": ownCredential(0)}}
		require.NoError(t, g.database.StoreCredentials(hash, db.BearerTokens, "s", own))
		race(t, handler, token, func() error { return raceEnds[round%len(raceEnds)](g.database, hash) })
	}
}

func race(t *testing.T, handler http.Handler, token string, end func() error) {
	t.Helper()
	var ended atomic.Bool
	var all, ready sync.WaitGroup
	ready.Add(racers)
	for racer := range racers {
		all.Go(func() {
			once := sync.OnceFunc(ready.Done)
			defer once()
			for n := racer; ; n++ {
				late := ended.Load()
				status, body := callRaced(handler, token, raceRequests[n%len(raceRequests)]())
				once()
				if status != http.StatusUnauthorized && (late || status != http.StatusOK) {
					t.Errorf("late: %v; answer %d %s", late, status, body)
				}
				if late || t.Failed() {
					return
				}
			}
		})
	}
	ready.Wait()
	require.NoError(t, end())
	ended.Store(true)
	all.Wait()
}

func callRaced(handler http.Handler, token string, request *http.Request) (status int, body string) {
	defer func() {
		if recover() == http.ErrAbortHandler { // cut, as net/http does it
			status = http.StatusUnauthorized
		}
	}()
	bearer(token)(request)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer.Code, answer.Body.String()
}
