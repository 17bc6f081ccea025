package fusion

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipes is a network inside a bubble.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

// TestATimeoutIsLongerThanAnySharedLimit has the real transport wait.
func TestATimeoutIsLongerThanAnySharedLimit(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"before the answer": func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(119 * time.Minute)
			_, _ = w.Write([]byte(`[1]`))
		},
		"in the answer": func(w http.ResponseWriter, _ *http.Request) {
			for _, part := range []string{`[`, `1`, `]`} {
				_, _ = w.Write([]byte(part))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(39 * time.Minute)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := pipes{make(chan net.Conn)}
				server := &http.Server{Handler: handler}
				go func() { _ = server.Serve(network) }()
				f := loadEndpoints(t, "http://h", `{"id":"e","name":"E","method":"GET","path":"/","connection":{"timeout":"2h"}}`)
				f.tool("s_e").sender.client.Transport.(*http.Transport).DialContext = network.dial
				result, err := f.call("s_e", ``)
				require.NoError(t, err)
				require.Equal(t, `[1]`, string(result.Content))
				f.Close()
				close(network.conns)
				require.NoError(t, server.Close())
			})
		})
	}
}

func TestConnectionSettingsHoldForHTTP2(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(strconv.Itoa(r.ProtoMajor)))
	}))
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `
		{"id":"kept","name":"E","method":"GET","path":"/"},
		{"id":"single","name":"E","method":"GET","path":"/","connection":{"disableKeepAlive":true}},
		{"id":"fresh","name":"E","method":"GET","path":"/","connection":{"forceNewConnection":true}}`)
	for _, sender := range f.senders.byKind {
		sender.client.Transport.(*http.Transport).TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	}
	for _, c := range []struct {
		tool string
		want int64
	}{{"s_kept", 1}, {"s_single", 4}, {"s_fresh", 7}} {
		for range 3 {
			result, err := f.call(c.tool, ``)
			require.NoError(t, err)
			require.Equal(t, `2`, string(result.Content), c.tool)
		}
		require.Equal(t, c.want, connections.Load(), c.tool)
	}
}

func TestWhatAFailureSaysOfTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		failure failure
		want    fault
	}{
		"reset":          {failure{cause: &net.OpError{Op: "read", Err: errors.New("reset")}}, fault{class: networkError}},
		"broke off":      {failure{status: 200, cause: errors.New("unexpected EOF")}, fault{class: networkError, status: 200}},
		"no such name":   {failure{cause: &net.DNSError{Err: "no such host"}}, fault{class: networkError}},
		"time was up":    {failure{status: 200, cause: context.DeadlineExceeded}, fault{class: timeoutError, status: 200}},
		"denied address": {failure{cause: &net.OpError{Op: "dial", Err: errPrivate}}, fault{}},
		"not trusted":    {failure{cause: &url.Error{Err: &tls.CertificateVerificationError{}}}, fault{}},
		"no TLS":         {failure{cause: http.ErrSchemeMismatch}, fault{}},
		"too long":       {failure{status: 200, tooLong: true}, fault{status: 200}},
		"redirect":       {failure{status: 302, cause: &redirectError{"elsewhere"}}, fault{status: 302}},
	} {
		require.Equal(t, c.want, c.failure.fault(), name)
	}
}
