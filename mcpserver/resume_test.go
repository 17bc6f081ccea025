package mcpserver_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

const foreignState = "Nothing was sent: the answer to the request to connect does not belong to this call, or came after more than " +
	"10 minutes. Call the tool anew."

// TestAStateIsForOneCallOfOneTenant: any other is refused in a sentence, and
// nothing is sent, although the tenant is connected by now.
func TestAStateIsForOneCallOfOneTenant(t *testing.T) {
	w := newTold(t, withLinks(t))
	const arguments = `{"v":"a","n":12345678901234567890}`
	first := w.callAs(t, w.alice, "mine_me", `"arguments":`+arguments)
	require.Equal(t, "input_required", first.ResultType)
	require.Equal(t, "elicitation/create", first.Requests["connect"].Method)
	require.NotEmpty(t, first.Requests["connect"].Params.ElicitationID)
	state := first.RequestState
	foreign := w.callAs(t, w.bob, "mine_me", `"arguments":`+arguments).RequestState
	w.store(t, w.alice)
	w.store(t, w.bob)
	for name, c := range map[string]struct{ token, tool, params string }{
		"tampered":         {w.alice, "mine_me", again(arguments, flipped(state), "accept")},
		"cut":              {w.alice, "mine_me", again(arguments, state[:20], "accept")},
		"none":             {w.alice, "mine_me", again(arguments, "", "accept")},
		"nonsense":         {w.alice, "mine_me", again(arguments, "%%%", "accept")},
		"long":             {w.alice, "mine_me", again(arguments, strings.Repeat("A", 100_000), "accept")},
		"of another":       {w.alice, "mine_me", again(arguments, foreign, "accept")},
		"given to another": {w.bob, "mine_me", again(arguments, state, "accept")},
		"another tool":     {w.alice, "mine_more", again(arguments, state, "accept")},
		"other arguments":  {w.alice, "mine_me", again(`{"v":"b","n":12345678901234567890}`, state, "accept")},
		"another number":   {w.alice, "mine_me", again(`{"v":"a","n":12345678901234567891}`, state, "accept")},
		"no arguments":     {w.alice, "mine_me", again(`{}`, state, "accept")},
		"declined":         {w.alice, "mine_me", again(arguments, foreign, "decline")},
	} {
		refused := w.callAs(t, c.token, c.tool, c.params)
		require.True(t, refused.IsError, name)
		require.Equal(t, foreignState, withoutID(refused.text()), name)
		require.Empty(t, refused.Requests, name)
	}
	require.Zero(t, w.api.requests.Load())
	require.False(t, w.callAs(t, w.alice, "mine_me", again(` { "n" : 12345678901234567890, "v" : "a" } `, state, "accept")).IsError,
		"the same arguments in another spelling")
	require.EqualValues(t, 1, w.api.requests.Load())
}

// flipped changes one bit of what a state says.
func flipped(state string) string {
	b := []byte(state)
	at := len(b) / 2
	if b[at]++; b[at] == '[' || b[at] == '{' || b[at] == ':' || b[at] == '.' || b[at] == '`' {
		b[at] = 'A'
	}
	return string(b)
}

// TestReadMoreIsContinuedToo: the state is that of the call that the client made,
// which is not the tool's own.
func TestReadMoreIsContinuedToo(t *testing.T) {
	w := newTold(t, withLinks(t))
	w.store(t, w.alice)
	long := `{"v":"` + strings.Repeat("x", 3000) + `"}`
	cut := w.callAs(t, w.alice, "mine_me", `"arguments":`+long)
	require.Len(t, cut.Content, 2)
	tenant, err := w.database.Authenticate(w.alice)
	require.NoError(t, err)
	require.NoError(t, tenant.DeleteCredentials(db.UserCredentials, "mine"))

	rest := cut.Content[1].Text
	first := w.callAs(t, w.alice, "read_more", `"arguments":`+rest)
	require.Equal(t, "input_required", first.ResultType)
	w.store(t, w.alice)
	require.Equal(t, foreignState, withoutID(w.callAs(t, w.alice, "mine_me", again(long, first.RequestState, "accept")).text()))
	require.Contains(t, w.callAs(t, w.alice, "read_more", again(rest, first.RequestState, "accept")).text(), "xxx")
}

// timeless is a gateway without a network, so that time can pass. Nobody listens
// at its API: that the call is made shows in the error.
type timeless struct {
	*testing.T
	*gateway
	server *mcpserver.Server
	token  string
}

const wasSent = "refused the connection"

func inNoTime(t *testing.T, test func(*timeless)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		logger := discardLogger(t)
		database, err := db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
		require.NoError(t, err)
		defer func() { require.NoError(t, database.Close()) }()
		config := fmt.Sprintf(toldConfig, meEndpoint, moreEndpoint)
		tools, _ := withTools(t, &lockedBuffer{}, config, []string{"API", "http://127.0.0.1:1", "IDP", "http://127.0.0.1:1", "KEY", keyCanary})
		server, err := mcpserver.New(mcpserver.WithLogger(logger), mcpserver.WithDB(database), tools, withLinks(t))
		require.NoError(t, err)
		token, _, err := database.AddAPIToken("alice")
		require.NoError(t, err)
		test(&timeless{t, &gateway{database: database}, server, token})
	})
}

func (w *timeless) call(params string) asked {
	w.Helper()
	request := postRequest("/mcp", opensURLs("mine_me", params))
	modernHeaders("tools/call", "mine_me")(request)
	bearer(w.token)(request)
	answer := httptest.NewRecorder()
	w.server.Handler().ServeHTTP(answer, request)
	return parseAsked(w.T, answer.Body.String())
}

// asks has the person asked.
func (w *timeless) asks() (state string) {
	w.Helper()
	first := w.call(`"arguments":{}`)
	require.Equal(w, "input_required", first.ResultType)
	return first.RequestState
}

func TestAStateExpires(t *testing.T) {
	inNoTime(t, func(w *timeless) {
		state := w.asks()
		w.store(w.T, w.token)
		time.Sleep(10*time.Minute - time.Second)
		require.Contains(w, w.call(again(`{}`, state, "accept")).text(), wasSent)
		time.Sleep(time.Second)
		require.Equal(w, foreignState, withoutID(w.call(again(`{}`, state, "accept")).text()))
	})
}

// TestACallWaitsForTheConnection, which a person needs a while for.
func TestACallWaitsForTheConnection(t *testing.T) {
	inNoTime(t, func(w *timeless) {
		state, begun := w.asks(), time.Now()
		time.AfterFunc(12*time.Second+time.Millisecond, func() { w.store(w.T, w.token) })
		require.Contains(w, w.call(again(`{}`, state, "accept")).text(), wasSent)
		require.Equal(w, 13*time.Second, time.Since(begun))
	})
}

// TestACallDoesNotWaitForEver: then the link is in the text, and nobody is asked
// once more.
func TestACallDoesNotWaitForEver(t *testing.T) {
	inNoTime(t, func(w *timeless) {
		state, begun := w.asks(), time.Now()
		late := w.call(again(`{}`, state, "accept"))
		require.Equal(w, 30*time.Second, time.Since(begun))
		require.True(w, late.IsError)
		require.Empty(w, late.Requests)
		require.Contains(w, late.text(), passOn+"open https://gateway.example/base/connect/mine and enter the values there"+wait)
		require.True(w, w.call(again(`{}`, state, "")).IsError)
		require.Equal(w, 30*time.Second, time.Since(begun), "an answer that is none is not waited for")
	})
}

// TestTheEndOfTheServerEndsTheWait: nobody is held up by a person who is away.
func TestTheEndOfTheServerEndsTheWait(t *testing.T) {
	inNoTime(t, func(w *timeless) {
		state, begun := w.asks(), time.Now()
		time.AfterFunc(5*time.Second, func() { mcpserver.EndListening(w.server) })
		require.True(w, w.call(again(`{}`, state, "accept")).IsError)
		require.Equal(w, 5*time.Second, time.Since(begun))
	})
}

// TestFewCallsOfATenantWait: of nine that go on with one state, one is answered at
// once, and the others when the person is done.
func TestFewCallsOfATenantWait(t *testing.T) {
	inNoTime(t, func(w *timeless) {
		state, begun := w.asks(), time.Now()
		time.AfterFunc(5*time.Second, func() { w.store(w.T, w.token) })
		took := make(chan time.Duration, 9)
		for range cap(took) {
			go func() {
				w.call(again(`{}`, state, "accept"))
				took <- time.Since(begun)
			}()
		}
		require.Zero(w, <-took)
		for range cap(took) - 1 {
			require.GreaterOrEqual(w, <-took, 5*time.Second)
		}
	})
}
