package mcpserver_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startServing runs Serve on a port of its own and returns the way to end it.
func startServing(t *testing.T, drain time.Duration) (g *gateway, stop func(), ended <-chan error) {
	t.Helper()
	g = &gateway{log: &lockedBuffer{}}
	server := g.newServer(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g.url = "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener, drain) }()
	return g, stop, done
}

// callDelay starts a call that takes a while, and waits until it has begun.
func (g *gateway) callDelay(t *testing.T, seconds string) <-chan answer {
	t.Helper()
	done := make(chan answer, 1)
	go func() { done <- g.get(t, "/api/bin/delay?seconds="+seconds, bearer(g.alice)) }()
	require.Eventually(t, func() bool { return g.delayed() > 0 }, 5*time.Second, 5*time.Millisecond)
	return done
}

func TestRunningCallsFinishWithinTheDrain(t *testing.T) {
	g, stop, ended := startServing(t, 5*time.Second)
	call := g.callDelay(t, "0.5")
	stop()
	require.Equal(t, http.StatusOK, (<-call).StatusCode)
	require.NoError(t, <-ended)
	_, err := http.Get(g.url + "/healthz")
	require.Error(t, err, "no new requests")
}

func TestCallsBeyondTheDrainAreCancelledWithAnAnswer(t *testing.T) {
	g, stop, ended := startServing(t, 50*time.Millisecond)
	call := g.callDelay(t, "9")
	stop()
	answer := <-call
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Equal(t, "Server is shutting down", answer.problem(t).Detail)
	require.NoError(t, <-ended)
	require.EqualValues(t, http.StatusServiceUnavailable, g.lastRequest(t)["status"])
}
