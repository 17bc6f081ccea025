package fusion

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFaultsOfTheNetwork(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refusing := listener.Addr().String()
	require.NoError(t, listener.Close())
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = discard
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)

	for _, c := range []struct{ base, want string }{
		{"http://" + refusing, refusing + " refused the connection"},
		{"http://no..name", "the name no..name cannot be resolved"}, // no resolver is asked for such a name
		{"https://" + strings.TrimPrefix(plain.URL, "http://"), strings.TrimPrefix(plain.URL, "http://") + " could not agree on a secure connection (TLS)"},
		{untrusted.URL, "the certificate of " + strings.TrimPrefix(untrusted.URL, "https://") + " is not trusted"},
	} {
		f := loadEndpoints(t, c.base, `{"id":"e","name":"E","method":"GET","path":"/"}`)
		_, err := f.call("s_e", ``)
		got, ok := errors.AsType[*UpstreamError](err)
		require.True(t, ok, err)
		require.Equal(t, c.want, got.Detail)
		require.NotEmpty(t, got.Cause, "the log needs it")
	}
}

func TestTheCallersEndIsNoFaultOfTheAPI(t *testing.T) {
	arrived := make(chan struct{}, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `{"id":"e","name":"E","method":"GET","path":"/"}`)

	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	_, err := f.Call(ctx, f.tool("s_e"), Arguments{})
	require.ErrorIs(t, err, context.Canceled)
	_, isUpstream := errors.AsType[*UpstreamError](err)
	require.False(t, isUpstream)
	require.Empty(t, f.log.String())

	ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err = f.Call(ctx, f.tool("s_e"), Arguments{})
	requireUpstream(t, &UpstreamError{Timeout: true, Detail: "no answer within the time that the caller had left"}, err)
}

func TestConnectionsAreUsedAgainAfterErrors(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(body(500, "text/plain", strings.Repeat("x", 10_000)))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `
		{"id":"e","name":"E","method":"GET","path":"/"},
		{"id":"single","name":"E","method":"GET","path":"/","connection":{"disableKeepAlive":true}},
		{"id":"fresh","name":"E","method":"GET","path":"/","connection":{"forceNewConnection":true}}`)
	for _, c := range []struct {
		tool string
		want int64
	}{{"s_e", 1}, {"s_single", 4}, {"s_fresh", 7}} {
		for range 3 {
			_, err := f.call(c.tool, ``)
			require.Equal(t, 500, err.(*UpstreamError).Status)
		}
		require.Equal(t, c.want, connections.Load(), c.tool)
	}
}

func TestAccordingToItsTextEachErrorIsSafe(t *testing.T) {
	require.Equal(t, "the API answered 404 Not Found: no such thing", (&UpstreamError{Status: 404, Detail: "no such thing"}).Error())
	require.Equal(t, "the API answered 799: x", (&UpstreamError{Status: 799, Detail: "x"}).Error())
	require.Equal(t, "no answer", (&UpstreamError{Detail: "no answer"}).Error())
	require.Equal(t, "wrong arguments, nothing was sent:\n- a is missing\n- and 3 more",
		fmt.Sprint(&ArgumentError{[]ArgumentProblem{{"a", "is missing"}, {"", "and 3 more"}}}))
}
