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

	"github.com/PivotLLM/MCPFusion/db"
)

// waitConfig has one tool, whose API answers when the test lets it.
const waitConfig = `{"services": {"s": {"name": "S", "baseURL": "${API}", "endpoints": [
  {"id": "wait", "name": "Wait", "method": "GET", "path": "/", "connection": {"timeout": "1h"}, "parameters": [
    {"name": "v", "type": "string", "required": true, "location": "query"}]}]}}}`

// liveGateway serves calls that wait. Each call's value begins with the name of
// its round.
type liveGateway struct {
	*gateway
	client *http.Client
	rounds sync.Map // *liveRound by name
}

func newLiveGateway(t testing.TB) *liveGateway {
	t.Helper()
	live := &liveGateway{gateway: &gateway{log: &lockedBuffer{}}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	api := newStub(t, http.HandlerFunc(live.wait))
	tools, _ := withTools(t, &lockedBuffer{}, waitConfig, []string{"API", api.URL})
	front := httptest.NewServer(live.newServer(t, tools).Handler())
	t.Cleanup(front.Close)
	t.Cleanup(live.client.CloseIdleConnections)
	live.url = front.URL
	return live
}

func (g *liveGateway) wait(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(r.URL.Query().Get("v"), "/")
	known, _ := g.rounds.Load(name)
	round := known.(*liveRound)
	round.reached <- struct{}{}
	select {
	case <-round.released:
		echoV(w, r)
	case <-r.Context().Done():
	}
}

// The calls of a round.
const (
	liveCalls  = 32
	otherCalls = 4
)

// liveRound is one tenant with two API tokens, both of which are in use.
type liveRound struct {
	gateway       *liveGateway
	name          string
	ended, other  db.Added
	reached       chan struct{} // one for each call that the API has got
	released      chan struct{} // closed when the API may answer
	release       func()
	endedCalls    chan ending // of the token that ends
	otherAnswers  chan ending
	listener      *listener // of the token that ends
	otherListener *listener
}

// ending is how a call ended.
type ending struct {
	status int    // 0: the connection was cut
	body   string // all that came
	cut    error
}

// newRound begins the calls, and waits until the API has got them all. The
// round is to be closed, whatever the error.
func (g *liveGateway) newRound(name string) (*liveRound, error) {
	r := &liveRound{
		gateway: g, name: name,
		reached: make(chan struct{}, 2*liveCalls), released: make(chan struct{}),
		endedCalls: make(chan ending, liveCalls), otherAnswers: make(chan ending, otherCalls),
	}
	r.release = sync.OnceFunc(func() { close(r.released) })
	g.rounds.Store(name, r)
	var err error
	if r.ended, err = g.database.NewAPIToken(db.TokenSettings{Description: "ends"}); err != nil {
		return r, err
	}
	if r.other, err = g.database.JoinAPIToken(db.Proof{Token: r.ended.Token}, db.TokenSettings{Description: "stays"}); err != nil {
		return r, err
	}
	for i := range liveCalls {
		go func() { r.endedCalls <- g.call(r.ended, i, fmt.Sprintf("%s/%d", name, i)) }()
	}
	for i := range otherCalls {
		go func() { r.otherAnswers <- g.call(r.other, i, fmt.Sprintf("%s/other-%d", name, i)) }()
	}
	if r.listener, err = g.listen(r.ended.Token.Reveal(), listenForTools); err != nil {
		return r, err
	}
	if r.otherListener, err = g.listen(r.other.Token.Reveal(), listenForTools); err != nil {
		return r, err
	}
	return r, r.await(liveCalls + otherCalls)
}

// close ends what still runs; a server's Close waits for it.
func (r *liveRound) close() {
	r.release()
	for _, l := range []*listener{r.listener, r.otherListener} {
		if l != nil {
			l.close()
		}
	}
	r.gateway.rounds.Delete(r.name)
}

func (r *liveRound) await(calls int) error {
	for i := range calls {
		select {
		case <-r.reached:
		case <-time.After(patience):
			return fmt.Errorf("%s: only %d calls have reached the API", r.name, i)
		}
	}
	return nil
}

// liveSurfaces call in all eras and through both doors.
var liveSurfaces = []func(value string) *http.Request{
	func(value string) *http.Request {
		return liveRequest("/mcp", rpc(1, "tools/call", waitParams(value)), header("Mcp-Protocol-Version", "2025-06-18"))
	},
	func(value string) *http.Request {
		return liveRequest("/mcp", rpc(1, "tools/call", waitParams(value)), header("Mcp-Protocol-Version", "2025-11-25"))
	},
	func(value string) *http.Request {
		return liveRequest("/mcp", modern(1, "tools/call", waitParams(value)), modernHeaders("tools/call", "s_wait"))
	},
	func(value string) *http.Request {
		return liveRequest("/api/s/wait", fmt.Sprintf(`{"v":%q}`, value), asJSON)
	},
}

func waitParams(value string) string { return toolParams("s_wait", fmt.Sprintf(`{"v":%q}`, value)) }

func liveRequest(path, body string, edit func(*http.Request)) *http.Request {
	request, _ := http.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(body)) // never fails
	asJSON(request)
	edit(request)
	return request
}

// call calls through the surface with the number.
func (g *liveGateway) call(token db.Added, surface int, value string) ending {
	request := liveSurfaces[surface%len(liveSurfaces)](value)
	request.URL.Host, request.Host = strings.TrimPrefix(g.url, "http://"), ""
	bearer(token.Token.Reveal())(request)
	return g.send(request)
}

func (g *liveGateway) send(request *http.Request) ending {
	response, err := g.client.Do(request)
	if err != nil {
		return ending{cut: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return ending{response.StatusCode, string(body), err}
}
