package mcpserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// signIn shows an API token, and returns what sends the session's cookie.
func (g *gateway) signIn(t *testing.T, token string) func(*http.Request) {
	t.Helper()
	answer := g.postForm(t, "/connect/session", url.Values{"token": {token}})
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Len(t, answer.Cookies(), 1)
	return cookie(answer)
}

func cookie(a answer) func(*http.Request) {
	c := a.Cookies()[0]
	return func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
}

func (g *gateway) postForm(t *testing.T, path string, form url.Values, edits ...func(*http.Request)) answer {
	t.Helper()
	asForm := header("Content-Type", "application/x-www-form-urlencoded")
	return g.do(t, http.MethodPost, path, form.Encode(), append([]func(*http.Request){asForm}, edits...)...)
}

func TestWhatIsEnteredInAPageServesTheNextCall(t *testing.T) {
	g := newGateway(t)
	require.Equal(t, http.StatusConflict, g.get(t, "/api/mine/headers", bearer(g.alice)).StatusCode)
	alice := g.signIn(t, g.alice)
	require.Equal(t, http.StatusSeeOther, g.postForm(t, "/connect/mine/values", url.Values{"value-key": {"of-alice-1"}}, alice).StatusCode)
	require.Equal(t, http.StatusOK, g.get(t, "/api/mine/headers", bearer(g.alice)).StatusCode)
	require.Contains(t, g.get(t, "/connect/mine", alice).body, ">Connected<")

	bob := g.signIn(t, g.bob)
	require.Contains(t, g.get(t, "/connect/mine", bob).body, ">Not connected<")
	require.Equal(t, http.StatusConflict, g.get(t, "/api/mine/headers", bearer(g.bob)).StatusCode)
	g.postForm(t, "/connect/mine/disconnect", nil, bob)
	require.Equal(t, http.StatusOK, g.get(t, "/api/mine/headers", bearer(g.alice)).StatusCode)
	g.postForm(t, "/connect/mine/disconnect", nil, alice)
	require.Equal(t, http.StatusConflict, g.get(t, "/api/mine/headers", bearer(g.alice)).StatusCode)
}

func TestPagesHaveTheScopeOfTheToken(t *testing.T) {
	g := newGateway(t)
	added, err := g.database.NewAPIToken(db.TokenSettings{Scope: db.Scope{Services: []string{"mine"}}})
	require.NoError(t, err)
	session := g.signIn(t, added.Token.Reveal())
	list := g.get(t, "/connect", session).body
	require.Contains(t, list, `href="/connect/mine"`)
	require.NotContains(t, list, "keyed")
	for _, path := range []string{"/connect/keyed", "/connect/keyed/state", "/connect/keyed/disconnect"} {
		require.Equal(t, http.StatusNotFound, g.get(t, path, session).StatusCode)
	}
	require.Equal(t, http.StatusNotFound, g.postForm(t, "/connect/keyed/values", url.Values{"value-token": {"x"}}, session).StatusCode)
	all := g.get(t, "/connect", g.signIn(t, g.alice)).body
	for _, service := range []string{"bin", "keyed", "mine"} {
		require.Contains(t, all, `href="/connect/`+service+`"`)
	}
}

func TestASessionOpensPagesOnly(t *testing.T) {
	g := newGateway(t)
	session := g.signIn(t, g.alice)
	for _, path := range []string{"/api", "/mcp", "/api/bin/get?value=x"} {
		require.Equal(t, http.StatusUnauthorized, g.get(t, path, session).StatusCode, path)
	}
	require.Contains(t, g.get(t, "/connect", bearer(g.alice)).body, `name="token"`, "and a header opens no page")
}

func TestLinksOfOtherSitesLeadToPages(t *testing.T) {
	g := newGateway(t)
	session := g.signIn(t, g.alice)
	clicked := func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		r.Header.Set("Sec-Fetch-Dest", "document")
	}
	for path, want := range map[string]int{
		"/connect": 200, "/connect/mine": 200, "/oauth/callback?code=x": 303, "/connect/mine/disconnect": 200,
		"/api": 403, "/healthz": 403, "/mcp": 403, "/connectx": 403, "/oauth/callback/x": 403, "/unknown": 403,
	} {
		require.Equal(t, want, g.get(t, path, session, clicked).StatusCode, path)
		require.Equal(t, http.StatusForbidden, g.do(t, http.MethodHead, path, "", session, clicked).StatusCode, path)
		require.Equal(t, http.StatusForbidden, g.get(t, path, session, clicked, header("Sec-Fetch-Dest", "iframe")).StatusCode, path)
		require.Equal(t, http.StatusForbidden, g.get(t, path, session, clicked, header("Sec-Fetch-Mode", "no-cors")).StatusCode, path)
		require.Equal(t, http.StatusForbidden, g.get(t, path, session, clicked, header("Origin", "https://evil.example.com")).StatusCode, path)
	}
	for _, path := range []string{"/connect/session", "/connect/signout", "/connect/mine/disconnect", "/connect/mine/values"} {
		require.Equal(t, http.StatusForbidden, g.postForm(t, path, nil, session, clicked).StatusCode, path)
	}
}

func TestPagesOfAllowedOriginsSendNoForms(t *testing.T) {
	g := newGateway(t, mcpserver.WithAllowedOrigins("https://app.example.com"))
	session := g.signIn(t, g.alice)
	answer := g.postForm(t, "/connect/mine/values", url.Values{"value-key": {"x"}}, session, header("Origin", "https://app.example.com"))
	require.Equal(t, http.StatusForbidden, answer.StatusCode)
	require.Empty(t, answer.Header.Get("Access-Control-Allow-Credentials"))
}

func TestPagesOfThePublicAddress(t *testing.T) {
	public, err := url.Parse("https://gw.example.com")
	require.NoError(t, err)
	g := newGateway(t, mcpserver.WithPublicURL(public), mcpserver.WithBaseURL(public))
	origin := header("Origin", "https://gw.example.com") // while a proxy writes the Host anew
	answer := g.postForm(t, "/connect/session", url.Values{"token": {g.alice}}, origin)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	c := answer.Cookies()[0]
	require.Equal(t, "__Host-mcpfusion", c.Name)
	require.True(t, c.Secure)
	require.Equal(t, http.StatusSeeOther, g.postForm(t, "/connect/mine/values", url.Values{"value-key": {"x"}}, origin, cookie(answer)).StatusCode)
}

func TestLinksToPages(t *testing.T) {
	g := &gateway{log: &lockedBuffer{}}
	require.Empty(t, mcpserver.ConnectURL(g.newServer(t), "mine"))
	s := g.newServer(t, mcpserver.WithBaseURL(&url.URL{Scheme: "https", Host: "gw.example.com:8443"}))
	require.Equal(t, "https://gw.example.com:8443/connect/mine", mcpserver.ConnectURL(s, "mine"))
	require.Equal(t, "https://gw.example.com:8443/connect", mcpserver.ConnectURL(s, ""))
}

func TestALocalTenantsPagesAreOpen(t *testing.T) {
	g := newGateway(t)
	local := newGatewayOver(t, g, mcpserver.WithLocalTenant(global.NewSecret(g.alice)))
	answer := local.get(t, "/connect/mine")
	require.Contains(t, answer.body, "Mine")
	require.NotContains(t, answer.body, `name="token"`)
	local.postForm(t, "/connect/mine/values", url.Values{"value-key": {"x"}}, cookie(answer))
	require.Contains(t, local.get(t, "/connect/mine", cookie(answer)).body, ">Connected<")
	require.Equal(t, http.StatusForbidden, local.postForm(t, "/connect/mine/disconnect", nil, header("Origin", "https://evil.example.com")).StatusCode)
	require.Contains(t, local.get(t, "/connect/mine", cookie(answer)).body, ">Connected<")
}

// TestAPageWhoseTokenEndsWhileItIsMade has the token end between the admission
// and the answer.
func TestAPageWhoseTokenEndsWhileItIsMade(t *testing.T) {
	g := newServing(t)
	session := g.signIn(t, g.alice)
	body := &endsToken{end: func() { g.endAlice(t) }, rest: strings.NewReader("value-key=x")}
	request, err := http.NewRequest(http.MethodPost, g.url+"/connect/mine/values", body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	session(request)
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)

	guarded := &gateway{log: &lockedBuffer{}}
	server := guarded.newServer(t)
	w := httptest.NewRecorder()
	mcpserver.Admitted(server, guarded.alice, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "x=y")
		guarded.endAlice(t)
		_, err := w.Write([]byte("secret"))
		require.Error(t, err)
	}, func(w http.ResponseWriter, _ *http.Request, err error) {
		require.ErrorIs(t, err, db.ErrInvalidToken)
		w.WriteHeader(http.StatusTeapot)
	}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusTeapot, w.Code)
	require.Empty(t, w.Header().Get("Set-Cookie"))
	require.Empty(t, w.Body.String())
}

// endsToken is a body before whose first byte the token ends.
type endsToken struct {
	end  func()
	rest *strings.Reader
}

func (b *endsToken) Read(p []byte) (int, error) {
	if b.end != nil {
		b.end()
		b.end = nil
	}
	return b.rest.Read(p)
}

func TestPagesAreLoggedWithoutWhatIsSecret(t *testing.T) {
	connections := auth.NewConnections(nil)
	t.Cleanup(connections.Close)
	g := newGateway(t, mcpserver.WithConnections(connections))
	g.postForm(t, "/connect/session", url.Values{"token": {"wr0ng-c4nary"}, "to": {"/connect"}})
	require.Equal(t, "invalid API token", g.lastRequest(t)["reason"])
	session := g.signIn(t, g.alice)
	require.Equal(t, g.shortID(t, g.alice), g.lastRequest(t)["tenant"])

	answers := []answer{
		g.get(t, "/oauth/callback?code=c4nary&state=c4nary&error_description=c4nary", session),
		g.get(t, "/oauth/callback?code=c4nary&state=c4nary"),
		g.postForm(t, "/connect/mine/values", url.Values{"value-key": {"c4nary\n"}}, session),
		g.postForm(t, "/connect/mine/values", url.Values{"value-key": {"c4nary"}}, session),
		g.do(t, http.MethodPost, "/connect/mine/values", "value-key=c4nary%zz", session, header("Content-Type", "application/x-www-form-urlencoded")),
		g.get(t, "/connect/mine", session),
	}
	line := g.requests(t)[2]
	require.Equal(t, "/oauth/callback", line["path"])
	require.Equal(t, g.shortID(t, g.alice), line["tenant"])
	var out strings.Builder
	for _, a := range answers {
		out.WriteString(a.body)
		require.NoError(t, a.Header.Write(&out))
	}
	for _, secret := range []string{"c4nary", g.alice} {
		require.NotContains(t, g.log.String(), secret)
		require.NotContains(t, out.String(), secret)
	}
}

// TestWhatIsConnectedCannotBeCancelled: whoever presses "Cancel" when the code was
// entered already sees that it was, and as whom, and how to undo it.
func TestWhatIsConnectedCannotBeCancelled(t *testing.T) {
	w := newTold(t, withLinks(t))
	session := w.signIn(t, w.alice)
	w.says.Store(granted)
	require.Equal(t, http.StatusSeeOther, w.postForm(t, "/connect/mail/device", nil, session).StatusCode)
	require.Eventually(t, func() bool {
		return strings.Contains(w.get(t, "/connect/mail/state", session).body, `"done"`)
	}, patience, 10*time.Millisecond)
	require.Equal(t, "/connect/mail", w.postForm(t, "/connect/mail/cancel", nil, session).Header.Get("Location"))
	page := w.get(t, "/connect/mail", session).body
	require.NotContains(t, page, "cancelled")
	require.Contains(t, page, "Undo it")
	require.Equal(t, "connected", w.facts(t, w.alice)["mail"]["state"])

	w.says.Store(`{"error":"authorization_pending"}`)
	w.postForm(t, "/connect/mail/device", nil, session)
	w.postForm(t, "/connect/mail/cancel", nil, session)
	require.Contains(t, w.get(t, "/connect/mail", session).body, "The sign-in was cancelled.")
}

// A browser would not keep the cookie of a session over plain HTTP where the
// gateway's address is one of TLS: it is told so, before anybody looks at the token.
func TestSigningInWhereTheCookieWouldBeLost(t *testing.T) {
	u := &url.URL{Scheme: "https", Host: "gateway.example"}
	g := newGateway(t, mcpserver.WithPublicURL(u), mcpserver.WithBaseURL(u))
	form, here := url.Values{"token": {g.alice}}, host("127.0.0.1:8888")
	lost := g.postForm(t, "/connect/session", form, here, header("Origin", "http://127.0.0.1:8888"))
	require.Equal(t, http.StatusForbidden, lost.StatusCode)
	require.Contains(t, lost.body, "Open https://gateway.example/connect instead.")
	require.Empty(t, lost.Cookies())
	kept := g.postForm(t, "/connect/session", form, here, header("Origin", "https://gateway.example"))
	require.Equal(t, http.StatusSeeOther, kept.StatusCode)
	require.Equal(t, "__Host-mcpfusion", kept.Cookies()[0].Name)
}

// Servers on other ports of a host do not take each other's sessions, and a page
// says whose it is.
func TestASessionIsThatOfAPort(t *testing.T) {
	g := newGateway(t, mcpserver.WithBaseURL(&url.URL{Scheme: "http", Host: "127.0.0.1:8888"}))
	signedIn := g.postForm(t, "/connect/session", url.Values{"token": {g.alice}})
	require.Equal(t, "mcpfusion-8888", signedIn.Cookies()[0].Name)
	require.Contains(t, g.get(t, "/connect", cookie(signedIn)).body, "Tenant <code>"+g.shortID(t, g.alice)+"</code>")
}
