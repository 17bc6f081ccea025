package mcpserver_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// TestReplacedToolsLeaveNothingBehind: neither a connection to the API nor a
// goroutine, also when a call and a listen stream outlast many of them. Nobody
// but the server closes what it replaced.
func TestReplacedToolsLeaveNothingBehind(t *testing.T) {
	reached, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	api := newStub(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("v") == "wait" {
			close(reached)
			<-released
		}
		echoV(w, r)
	}))
	load := func() *fusion.Fusion { return newTools(t, &lockedBuffer{}, echoConfig, []string{"API", api.URL}) }
	g := &gateway{log: &lockedBuffer{}}
	last := load()
	server := g.newServer(t, mcpserver.WithFusion(last))
	ignore := goleak.IgnoreCurrent()
	front := httptest.NewServer(server.Handler())
	defer front.Close()
	g.url = front.URL
	echo := func(v string) answer { return g.postJSON(t, "/api/s/echo", `{"v":"`+v+`"}`, bearer(g.alice)) }

	listening := g.mustListen(t, g.alice, listenForTools)
	defer listening.close() // and the call, before the server, which waits for both
	defer release()
	waiting := make(chan int, 1)
	go func() { waiting <- echo("wait").StatusCode }()
	<-reached
	for range 20 {
		require.Equal(t, http.StatusOK, echo("x").StatusCode)
		last = load()
		require.NoError(t, server.Replace(last))
		listening.mustSay(t, toolsChanged)
	}
	openAre := func(n int64) {
		t.Helper()
		require.Eventually(t, func() bool { return api.open.Load() == n }, patience, 10*time.Millisecond, "%d connections", api.open.Load())
	}
	openAre(2) // that of the call which waits, and another of the same tools
	release()
	require.Equal(t, http.StatusOK, <-waiting)
	openAre(0)

	last.Close()
	listening.close()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	front.Close()
	goleak.VerifyNone(t, ignore)
}
