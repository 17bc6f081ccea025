package fusion

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// office is an API with a login: it knows one session at a time.
type office struct {
	*httptest.Server

	mu        sync.Mutex // guards what follows
	logins    int
	calls     int // with any session
	changes   int // that were done
	forgotten bool
	forbids   bool
}

func newOffice(t *testing.T) *office {
	o := &office{}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.URL.Path == "/login" {
		o.logins++
		o.forgotten = false
		_, _ = fmt.Fprintf(w, `{"data":{"token":"session-%d"}}`, o.logins)
		return
	}
	o.calls++
	switch {
	case o.forgotten || r.Header.Get("Authorization") != fmt.Sprintf("Bearer session-%d", o.logins):
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error":"no session %s"}`, r.Header.Get("Authorization"))
	case o.forbids:
		w.WriteHeader(http.StatusForbidden)
	default:
		if r.Method == http.MethodPost {
			o.changes++
		}
		_, _ = io.WriteString(w, `{"ok":"as `+r.Header.Get("Authorization")+`"}`)
	}
}

func (o *office) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

// load is a fixture of the tools s_get and s_post.
func (o *office) load(t *testing.T, invalidation string) *fixture {
	connections := auth.NewConnections(&recorder{})
	t.Cleanup(connections.Close)
	return loadServices(t, fmt.Sprintf(`{"s":{"name":"S","baseURL":%q,"auth":{"type":"session_jwt",
		"config":{"loginURL":"/login","loginBody":{"password":"pass-canary"},"tokenPath":"data.token"},"tokenInvalidation":{"retryDelay":"1ms"%s}},
		"endpoints":[{"id":"get","name":"E","method":"GET","path":"/x"},{"id":"post","name":"E","method":"POST","path":"/x"}]}}`,
		o.URL, invalidation), WithConnections(connections))
}

func TestASessionThatTheAPIForgotIsReplaced(t *testing.T) {
	o := newOffice(t)
	f := o.load(t, ``)
	for range 2 {
		result, err := f.call("s_get", ``)
		require.NoError(t, err)
		require.Equal(t, `{"ok":"as [redacted]"}`, string(result.Content))
	}
	require.Equal(t, []int{1, 2}, []int{o.logins, o.calls})
	o.set(func() { o.forgotten = true })
	_, err := f.call("s_post", ``)
	require.NoError(t, err)
	require.Equal(t, []int{2, 4, 1}, []int{o.logins, o.calls, o.changes}, "one login, and one repetition")
}

func TestManyCallsReplaceASessionOnce(t *testing.T) {
	o := newOffice(t)
	f := o.load(t, ``)
	for want := range 3 {
		var wait sync.WaitGroup
		for range 200 {
			wait.Go(func() {
				_, err := f.call("s_get", ``)
				assert.NoError(t, err)
			})
		}
		wait.Wait()
		require.Equal(t, want+1, o.logins)
		o.set(func() { o.forgotten = true })
	}
}

func TestAForbiddenCallIsRepeatedOnlyWhenItMayBe(t *testing.T) {
	for tool, calls := range map[string]int{"s_get": 2, "s_post": 1} {
		o := newOffice(t)
		o.forbids = true
		_, err := o.load(t, `,"statusCodes":[401,403]`).call(tool, ``)
		requireUpstream(t, &UpstreamError{Status: 403, Detail: "Forbidden"}, err)
		require.Equal(t, []int{2, calls}, []int{o.logins, o.calls}, tool)
	}
}

// What the API repeats of a session is not shown. The next call has a new one.
func TestARefusalShowsNoSession(t *testing.T) {
	o := newOffice(t)
	f := o.load(t, `,"retryOnInvalidation":false`)
	_, err := f.call("s_get", ``)
	require.NoError(t, err)
	o.set(func() { o.forgotten = true })
	_, err = f.call("s_get", ``)
	requireUpstream(t, &UpstreamError{Status: 401, Detail: `{"error":"no session [redacted]"}`}, err)
	_, err = f.call("s_get", ``)
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, []int{o.logins, o.calls})
	require.NotContains(t, f.log.String(), "canary")
	require.NotContains(t, f.log.String(), "session-")
}

// A dry run shows what there is, and does not log in.
func TestADryRunDoesNotLogIn(t *testing.T) {
	o := newOffice(t)
	f := o.load(t, ``)
	got, err := f.DryRun(t.Context(), f.tool("s_get"), Arguments{})
	require.NoError(t, err)
	require.Equal(t, "this service's credential is obtained when a call needs it", got.Missing)
	require.Empty(t, got.Header.Get("Authorization"))
	require.Zero(t, o.logins)
	_, err = f.call("s_get", ``)
	require.NoError(t, err)
	got, err = f.DryRun(t.Context(), f.tool("s_get"), Arguments{})
	require.NoError(t, err)
	require.Equal(t, "[redacted]", got.Header.Get("Authorization"))
	require.Equal(t, 1, o.logins)
}

// What a login sends is for the configured host, which may be a private one.
func TestALoginObeysDenyPrivateAndFollowsNoRedirect(t *testing.T) {
	var reached int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	for deny, want := range map[string]string{
		"true":  "this service's login server does not answer as it should at the moment",
		"false": "this service's login server redirects, which is not followed",
	} {
		reached = 0
		connections := auth.NewConnections(&recorder{})
		f := loadServices(t, fmt.Sprintf(`{"s":{"name":"S","baseURL":"http://127.0.0.1:1","denyPrivate":%s,"auth":{"type":"session_jwt",
			"config":{"loginURL":%q,"tokenPath":"token"}},"endpoints":[{"id":"e","name":"E","method":"GET","path":"/"}]}}`, deny, server.URL),
			WithConnections(connections))
		_, err := f.call("s_e", ``)
		require.ErrorContains(t, err, want)
		require.True(t, is[*auth.CredentialError](err))
		require.Equal(t, deny == "false", reached == 1, "it was reached %d times", reached)
		connections.Close()
	}
}
