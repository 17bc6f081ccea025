package mcpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// echoAnd has the tool s_echo, and another one.
func echoAnd(other string) string {
	return strings.Replace(echoConfig, `"endpoints": [`, `"endpoints": [{"id": "`+other+`", "name": "Other", "method": "GET", "path": "/"},`, 1)
}

// replaced is a gateway whose tools are replaced.
type replaced struct {
	*gateway
	server *mcpserver.Server
	api    string
	client *http.Client
}

func newReplaced(t *testing.T, api http.HandlerFunc) *replaced {
	t.Helper()
	r := &replaced{gateway: &gateway{log: &lockedBuffer{}}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 20}}}
	t.Cleanup(r.client.CloseIdleConnections)
	r.api = newStub(t, api).URL
	first, _ := withTools(t, r.log, echoAnd("gone"), []string{"API", r.api})
	r.server = r.newServer(t, first)
	front := httptest.NewServer(r.server.Handler())
	t.Cleanup(front.Close)
	r.url = front.URL
	return r
}

func (r *replaced) replace(t *testing.T, config string) *fusion.Fusion {
	t.Helper()
	_, tools := withTools(t, r.log, config, []string{"API", r.api})
	require.NoError(t, r.server.Replace(tools))
	return tools
}

// surfacesOf call a tool in all eras and through both doors.
func surfacesOf(endpoint, value string) []*http.Request {
	params := toolParams("s_"+endpoint, fmt.Sprintf(`{"v":%q}`, value))
	return []*http.Request{
		liveRequest("/mcp", rpc(1, "tools/call", params), header("Mcp-Protocol-Version", "2025-06-18")),
		liveRequest("/mcp", rpc(1, "tools/call", params), header("Mcp-Protocol-Version", "2025-11-25")),
		liveRequest("/mcp", modern(1, "tools/call", params), modernHeaders("tools/call", "s_"+endpoint)),
		liveRequest("/api/s/"+endpoint, fmt.Sprintf(`{"v":%q}`, value), asJSON),
	}
}

func (r *replaced) send(request *http.Request) ending {
	request.URL.Host, request.Host = strings.TrimPrefix(r.url, "http://"), ""
	bearer(r.alice)(request)
	return (&liveGateway{client: r.client}).send(request)
}

// TestReplacingFailsNoCall has 16 clients call a tool that all configurations
// have, while they replace each other.
func TestReplacingFailsNoCall(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	r := newReplaced(t, echoV)
	told := r.mustListen(t, r.alice, listenForTools)
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	called := make(chan struct{})
	for client := range 16 {
		clients.Go(func() {
			for i := client; ctx.Err() == nil; i++ {
				value := fmt.Sprint(client, "-", i)
				e := r.send(surfacesOf("echo", value)[i%4])
				if e.status != http.StatusOK || !strings.Contains(e.body, value) {
					t.Errorf("a call ended with %+v", e)
				}
				select {
				case called <- struct{}{}:
				case <-ctx.Done():
				}
			}
		})
	}
	for i := range 20 {
		for range 32 {
			<-called
		}
		r.replace(t, echoAnd([]string{"new", "gone"}[i%2]))
		told.mustSay(t, toolsChanged)
	}
	r.replace(t, echoAnd("new"))
	told.mustSay(t, toolsChanged)
	stop()
	clients.Wait()
	require.Contains(t, r.send(surfacesOf("gone", "x")[2]).body, "tool 's_gone' not found")
	require.Equal(t, http.StatusNotFound, r.send(surfacesOf("gone", "x")[3]).status)
	require.Equal(t, http.StatusBadRequest, r.send(surfacesOf("new", "x")[3]).status, "it is known, and takes no v")
}

// A call that has begun finishes with the tools that it began with, which are
// closed then.
func TestARunningCallOutlastsItsConfiguration(t *testing.T) {
	reached, release := make(chan struct{}), make(chan struct{})
	r := newReplaced(t, func(w http.ResponseWriter, request *http.Request) {
		close(reached)
		<-release
		echoV(w, request)
	})
	ended := make(chan ending)
	go func() { ended <- r.send(surfacesOf("echo", "x")[3]) }()
	<-reached
	r.replace(t, strings.Replace(echoConfig, `"echo"`, `"other"`, 1))
	require.Equal(t, http.StatusNotFound, r.send(surfacesOf("echo", "x")[3]).status)
	close(release)
	require.Equal(t, http.StatusOK, (<-ended).status)
}

func TestReadyzTellsOfAnOutdatedConfiguration(t *testing.T) {
	r := newReplaced(t, echoV)
	ready := func() string {
		request, err := http.NewRequest(http.MethodGet, "http://localhost/readyz", nil)
		require.NoError(t, err)
		e := r.send(request)
		require.Equal(t, http.StatusOK, e.status)
		return e.body
	}
	require.JSONEq(t, `{"status":"ok"}`, ready())
	r.server.Outdated()
	require.JSONEq(t, `{"status":"ok","detail":"The configuration has changed and cannot be used; the one before is served. The log says what is wrong"}`, ready())
	r.replace(t, echoConfig)
	require.JSONEq(t, `{"status":"ok"}`, ready())
}
