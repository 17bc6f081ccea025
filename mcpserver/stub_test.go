package mcpserver_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// stub is an API of the test's own. It counts its requests and the connections
// that are open.
type stub struct {
	*httptest.Server
	requests, open atomic.Int64
}

func newStub(t testing.TB, handler http.Handler) *stub {
	t.Helper()
	s := &stub{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.open.Add(1)
		case http.StateClosed, http.StateHijacked: // who hijacks closes
			s.open.Add(-1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// host is the host and port of the stub's address.
func (s *stub) host() string { return strings.TrimPrefix(s.URL, "http://") }

// withTools makes a gateway's tools from a configuration, and returns them to
// be closed before the end as well. Its ${NAME} are name and value in turn.
func withTools(t testing.TB, log *lockedBuffer, config string, variables []string, opts ...fusion.Option) (mcpserver.Option, *fusion.Fusion) {
	t.Helper()
	tools := newTools(t, log, config, variables, opts...)
	t.Cleanup(tools.Close)
	return mcpserver.WithFusion(tools), tools
}

// newTools is withTools for a test that closes them itself.
func newTools(t testing.TB, log *lockedBuffer, config string, variables []string, opts ...fusion.Option) *fusion.Fusion {
	t.Helper()
	logger, err := mlogger.New(mlogger.WithWriter(log), mlogger.WithDebug(true))
	require.NoError(t, err)
	tools, err := fusion.New(append([]fusion.Option{
		fusion.WithLogger(logger), fusion.WithEmbedded("test.json", []byte(config)),
		fusion.WithLookup(func(name string) (string, bool) {
			for i := 0; i+1 < len(variables); i += 2 {
				if variables[i] == name {
					return variables[i+1], true
				}
			}
			return "", false
		}),
	}, opts...)...)
	require.NoError(t, err)
	return tools
}
