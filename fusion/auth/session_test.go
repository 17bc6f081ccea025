package auth_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// gate is a login server: each request is answered by the next answer, and the
// last of them again.
type gate struct {
	*httptest.Server
	answers []gateAnswer

	mu    sync.Mutex // guards asked
	asked []string   // method, path, media type, what renews, and body
}

type gateAnswer struct {
	status int
	body   string
	cookie string
}

func newGate(t *testing.T, answers ...gateAnswer) *gate {
	g := &gate{answers: answers}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	next := g.answers[min(len(g.asked), len(g.answers)-1)]
	g.asked = append(g.asked, strings.Join(strings.Fields(strings.Join([]string{
		r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.Header.Get("Cookie"), string(body),
	}, " ")), " "))
	g.mu.Unlock()
	if next.cookie != "" {
		w.Header().Set("Set-Cookie", next.cookie)
	}
	if next.status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.body)
}

func (g *gate) requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string{}, g.asked...)
}

// sessionSettings reads what stands in a configuration.
func sessionSettings(t *testing.T, baseURL, text string) config.Auth {
	t.Helper()
	loaded, err := config.Parse("test.json", fmt.Appendf(nil, `{"services":{"svc":{"name":"S","baseURL":%q,
		"auth":{"type":"session_jwt","config":%s},"endpoints":[{"id":"e","name":"E","method":"GET","path":"/"}]}}}`, baseURL, text))
	require.NoError(t, err)
	return loaded.Services[0].Auth
}

// session is the strategy of a configuration that logs in at the gate, and what
// it logs.
func (g *gate) session(t *testing.T, text string) (auth.Strategy, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	logger, err := mlogger.New(mlogger.WithWriter(log), mlogger.WithDebug(true))
	require.NoError(t, err)
	connections := auth.NewConnections(logger)
	t.Cleanup(connections.Close)
	client := *g.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s, connector, err := auth.New(auth.Service{Key: "svc", Auth: sessionSettings(t, g.URL, text), Client: &client}, connections)
	require.NoError(t, err)
	require.Nil(t, connector, "there is nothing that a tenant could do")
	return s, log
}

const plain = `{"loginURL":"/login","loginBody":{"user":"u","password":"pass-canary"},"tokenPath":"token"}`

func TestWhatALoginSends(t *testing.T) {
	for name, c := range map[string]struct{ settings, want string }{
		"JSON":         {plain, `POST /login application/json {"password":"pass-canary","user":"u"}`},
		"form":         {`{"loginURL":"/a/login?x=1","loginFormBody":{"user":"a b","p":"&"},"tokenPath":"token"}`, `POST /a/login?x=1 application/x-www-form-urlencoded p=%26&user=a+b`},
		"another type": {`{"loginURL":"/login","loginMethod":"PUT","loginContentType":"application/vnd.x+json","loginBody":{"n":1.50},"tokenPath":"token"}`, `PUT /login application/vnd.x+json {"n":1.50}`},
		"nothing":      {`{"loginURL":"/login","loginMethod":"GET","tokenPath":"token"}`, `GET /login`},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, gateAnswer{200, `{"token":"t1"}`, ""})
			s, _ := g.session(t, c.settings)
			_, _, err := applied(t, t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, []string{c.want}, g.requests())
		})
	}
}

func TestWhereASessionsTokenGoes(t *testing.T) {
	for name, c := range map[string]struct {
		settings, answer string
		header           http.Header
		query, secrets   string
	}{
		"header": {
			`"tokenPath":"token"`, `{"token":"t1"}`,
			http.Header{"Authorization": {"Bearer t1"}},
			"q=1", "t1 Bearer t1",
		},
		"header with a format": {
			`"tokenPath":"$.data.token","headerName":"X-Session","headerFormat":"{tokenType} id={token}","tokenType":"JWT"`, `{"data":{"token":"{tokenType}"}}`,
			http.Header{"X-Session": {"JWT id={tokenType}"}},
			"q=1", "{tokenType} JWT id={tokenType}",
		},
		"header, bare": {
			`"tokenPath":"$","headerName":"X-Session","headerFormat":"{token}"`, `"t1"`,
			http.Header{"X-Session": {"t1"}},
			"q=1", "t1",
		},
		"cookie": {
			`"tokenPath":"a.b.c","tokenLocation":"cookie","cookieName":"sid"`, `{"a":{"b":1},"a.b":{"c":"t1"}}`,
			http.Header{"Cookie": {"sid=t1"}},
			"q=1", "t1",
		},
		"cookie with a format": {
			`"tokenPath":"token","tokenLocation":"cookie","cookieName":"sid","cookieFormat":"{tokenType} {token}"`, `{"token":"t1"}`,
			http.Header{"Cookie": {`sid="Bearer t1"`}},
			"q=1", "t1 Bearer t1",
		},
		"query": {
			`"tokenPath":"token","tokenLocation":"query","queryParam":"s id"`, `{"token":"t&1"}`,
			http.Header{},
			"q=1&s+id=t%261", "t&1",
		},
		"a number": {
			`"tokenPath":"token","tokenLocation":"query","queryParam":"sid"`, `{"token":12345678901234567890}`,
			http.Header{},
			"q=1&sid=12345678901234567890", "12345678901234567890",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, gateAnswer{201, c.answer, ""})
			s, _ := g.session(t, `{"loginURL":"/login",`+c.settings+`}`)
			for range 2 {
				r, secrets, err := applied(t, t.Context(), s)
				require.NoError(t, err)
				require.Equal(t, c.header, r.Header)
				require.Equal(t, c.query, r.URL.RawQuery)
				require.Equal(t, c.secrets, secrets)
			}
			require.Len(t, g.requests(), 1)
		})
	}
}

// renewed applies, renews and applies again, and returns both Authorizations.
func renewed(t *testing.T, s auth.Strategy) (first, second string, other bool) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://h/", nil)
	require.NoError(t, err)
	sent, err := s.Apply(t.Context(), r)
	require.NoError(t, err)
	first = r.Header.Get("Authorization")
	other, err = sent.Renew(t.Context())
	require.NoError(t, err)
	_, err = s.Apply(t.Context(), r)
	require.NoError(t, err)
	return first, r.Header.Get("Authorization"), other
}

func TestHowARefusedSessionIsRenewed(t *testing.T) {
	login := `POST /login application/json {"password":"pass-canary","user":"u"}`
	for name, c := range map[string]struct {
		settings string
		answers  []gateAnswer
		want     []string
	}{
		"a new login": {``, []gateAnswer{{200, `{"token":"t1"}`, ""}, {200, `{"token":"t2"}`, ""}}, []string{login, login}},
		"in the body": {
			`,"refreshURL":"/refresh","refreshTokenPath":"data.re_token"`,
			[]gateAnswer{{200, `{"token":"t1","data":{"re_token":"r1"}}`, ""}, {200, `{"token":"t2"}`, ""}},
			[]string{login, `POST /refresh application/json {"re_token":"r1"}`},
		},
		"in a header": {
			`,"refreshURL":"/refresh","refreshMethod":"GET","refreshTokenPath":"r","refreshTokenLocation":"header"`,
			[]gateAnswer{{200, `{"token":"t1","r":"r1"}`, ""}, {200, `{"token":"t2"}`, ""}},
			[]string{login, `GET /refresh Bearer r1`},
		},
		"in a cookie": {
			`,"refreshURL":"/refresh","refreshTokenLocation":"cookie","refreshTokenCookieName":"re"`,
			[]gateAnswer{{200, `{"token":"t1"}`, `re=r1; Path=/refresh; HttpOnly; Secure`}, {200, `{"token":"t2"}`, ""}},
			[]string{login, `POST /refresh re=r1`},
		},
		"a cookie that did not come": {
			`,"refreshURL":"/refresh","refreshTokenLocation":"cookie","refreshTokenCookieName":"re"`,
			[]gateAnswer{{200, `{"token":"t1"}`, `other=r1`}, {200, `{"token":"t2"}`, ""}},
			[]string{login, login},
		},
		"a cookie that was taken back": {
			`,"refreshURL":"/refresh","refreshTokenLocation":"cookie","refreshTokenCookieName":"re"`,
			[]gateAnswer{{200, `{"token":"t1"}`, `re=r1; Max-Age=0`}, {200, `{"token":"t2"}`, ""}},
			[]string{login, login},
		},
		"refused": {
			`,"refreshURL":"/refresh","refreshTokenPath":"r"`,
			[]gateAnswer{{200, `{"token":"t1","r":"r1"}`, ""}, {401, `{"token":"no"}`, ""}, {200, `{"token":"t2"}`, ""}},
			[]string{login, `POST /refresh application/json {"r":"r1"}`, login},
		},
		"broken": {
			`,"refreshURL":"/refresh","refreshTokenPath":"r"`,
			[]gateAnswer{{200, `{"token":"t1","r":"r1"}`, ""}, {500, ``, ""}, {200, `{"token":"t2"}`, ""}},
			[]string{login, `POST /refresh application/json {"r":"r1"}`, login},
		},
		"the refused one again": {
			`,"refreshURL":"/refresh","refreshTokenPath":"r"`,
			[]gateAnswer{{200, `{"token":"t1","r":"r1"}`, ""}, {200, `{"token":"t1"}`, ""}, {200, `{"token":"t2"}`, ""}},
			[]string{login, `POST /refresh application/json {"r":"r1"}`, login},
		},
		"a refused token does not renew itself": {
			`,"refreshURL":"/refresh"`,
			[]gateAnswer{{200, `{"token":"t1"}`, ""}, {200, `{"token":"t2"}`, ""}},
			[]string{login, login},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, c.answers...)
			s, log := g.session(t, strings.TrimSuffix(plain, "}")+c.settings+"}")
			first, second, other := renewed(t, s)
			require.Equal(t, "Bearer t1", first)
			require.Equal(t, "Bearer t2", second)
			require.True(t, other)
			require.Equal(t, c.want, g.requests())
			require.Equal(t, len(c.want) == 3, strings.Contains(log.String(), "could not be renewed"), log)
		})
	}
}

func TestAFormIsRenewedByAForm(t *testing.T) {
	g := newGate(t, gateAnswer{200, `{"token":"t1","r":"r&1"}`, ""}, gateAnswer{200, `{"token":"t2"}`, ""})
	s, _ := g.session(t, `{"loginURL":"/login","loginFormBody":{"p":"x"},"tokenPath":"token","refreshURL":"/refresh","refreshTokenPath":"r"}`)
	renewed(t, s)
	require.Equal(t, "POST /refresh application/x-www-form-urlencoded r=r%261", g.requests()[1])
}

func TestRefreshTokensAreRotated(t *testing.T) {
	g := newGate(t, gateAnswer{200, `{"token":"t1","r":"r1"}`, ""}, gateAnswer{200, `{"token":"t2","r":"r2"}`, ""},
		gateAnswer{200, `{"token":"t3"}`, ""}, gateAnswer{200, `{"token":"t4"}`, ""})
	s, _ := g.session(t, `{"loginURL":"/login","tokenPath":"token","refreshURL":"/refresh","refreshTokenPath":"r"}`)
	renewed(t, s)
	renewed(t, s)
	renewed(t, s)
	require.Equal(t, []string{
		`POST /login`, `POST /refresh application/json {"r":"r1"}`, `POST /refresh application/json {"r":"r2"}`,
		`POST /refresh application/json {"r":"r2"}`,
	}, g.requests())
}

// TestWhoCallsTogetherLogsInOnce, also after the API has refused the session.
func TestWhoCallsTogetherLogsInOnce(t *testing.T) {
	g := newGate(t, gateAnswer{200, `{"token":"t1"}`, ""}, gateAnswer{200, `{"token":"t2"}`, ""})
	s, _ := g.session(t, plain)
	var wait sync.WaitGroup
	for range 200 {
		wait.Go(func() {
			r, err := http.NewRequest(http.MethodGet, "http://h/", nil)
			assert.NoError(t, err)
			sent, err := s.Apply(t.Context(), r)
			assert.NoError(t, err)
			if r.Header.Get("Authorization") != "Bearer t1" {
				return
			}
			other, err := sent.Renew(t.Context())
			assert.NoError(t, err)
			assert.True(t, other)
		})
	}
	wait.Wait()
	require.Len(t, g.requests(), 2)
}

// TestWhatALoginThatFailsSays is the table of what clients and the log read. The
// server repeats what it got, which nobody sees.
func TestWhatALoginThatFailsSays(t *testing.T) {
	const echo = `{"error":"pass-canary token-canary","token":["token-canary"]}`
	for name, c := range map[string]struct {
		answer    gateAnswer
		want      string
		temporary bool
		logged    string
	}{
		"refused":       {gateAnswer{401, echo, ""}, "this service's login server refused the operator's login (status 401); ask the operator of this server to look at it", false, "service svc: the login failed: status 401"},
		"not found":     {gateAnswer{404, echo, ""}, "refused the operator's login (status 404)", false, "status 404"},
		"too many":      {gateAnswer{429, echo, ""}, "this service's login server does not answer as it should at the moment; try again in a while", true, "status 429"},
		"broken":        {gateAnswer{503, echo, ""}, "does not answer as it should at the moment", true, "status 503"},
		"redirects":     {gateAnswer{302, echo, ""}, "this service's login server redirects, which is not followed; ask", false, "status 302"},
		"no token":      {gateAnswer{200, echo, ""}, "this service's login worked, but its answer has no token where the configuration says; ask", false, "the answer has no token"},
		"no JSON":       {gateAnswer{200, "token-canary", ""}, "its answer is not JSON", false, "the answer is not JSON"},
		"nothing":       {gateAnswer{204, "", ""}, "its answer is not JSON", false, "the answer is not JSON"},
		"control":       {gateAnswer{200, `{"token":"token-canary\r\nX: y"}`, ""}, "its answer has a token with characters that cannot be sent", false, "cannot be sent"},
		"too long":      {gateAnswer{200, `{"token":"` + strings.Repeat("token-canary", 1<<17) + `"}`, ""}, "its answer is too long", false, "is too long"},
		"an empty text": {gateAnswer{200, `{"token":""}`, ""}, "has no token", false, "has no token"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t, c.answer)
			s, log := g.session(t, `{"loginURL":"/login?key=url-canary","loginBody":{"password":"pass-canary"},"tokenPath":"token"}`)
			for range 3 {
				r, _, err := applied(t, t.Context(), s)
				failed, ok := errors.AsType[*auth.CredentialError](err)
				require.True(t, ok, err)
				require.Contains(t, failed.Detail, c.want)
				require.Equal(t, c.temporary, failed.Temporary)
				require.Nil(t, failed.Connector)
				require.NotContains(t, failed.Detail, "canary")
				require.Empty(t, r.Header)
			}
			require.Len(t, g.requests(), 1, "it is left alone for a while")
			require.Contains(t, log.String(), c.logged)
			require.NotContains(t, log.String(), "canary")
		})
	}
}

func TestALoginServerThatIsNoneOrGone(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		logged  string
	}{
		"no HTTP": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nbad token-canary\r\n\r\n"))
				_ = conn.Close()
			}
		}, "the answer was not that of an HTTP server"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"token":"token-canary`)
		}, "the answer was not that of an HTTP server"},
		"gone": {nil, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(t)
			g.Config.Handler = c.handler
			if c.handler == nil {
				g.Close()
			}
			s, log := g.session(t, `{"loginURL":"/login?key=url-canary","tokenPath":"token"}`)
			_, _, err := applied(t, t.Context(), s)
			failed, ok := errors.AsType[*auth.CredentialError](err)
			require.True(t, ok, err)
			require.True(t, failed.Temporary)
			require.NotContains(t, failed.Detail+log.String(), "canary")
			require.Contains(t, log.String(), c.logged)
		})
	}
}

func TestATokenThatACookieCannotCarry(t *testing.T) {
	g := newGate(t, gateAnswer{200, `{"token":"a;b"}`, ""})
	s, _ := g.session(t, `{"loginURL":"/login","tokenPath":"token","tokenLocation":"cookie","cookieName":"sid"}`)
	_, _, err := applied(t, t.Context(), s)
	require.ErrorContains(t, err, "characters that cannot be sent")
}

func TestASessionPrintsNoSecret(t *testing.T) {
	g := newGate(t, gateAnswer{200, `{"token":"token-canary","r":"refresh-canary"}`, ""})
	s, log := g.session(t, `{"loginURL":"/login","loginBody":{"p":"pass-canary"},"tokenPath":"token","refreshURL":"/r","refreshTokenPath":"r"}`)
	_, _, err := applied(t, t.Context(), s)
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", s, s, s)+log.String(), "canary")
}

func TestASessionNeedsNoConnections(t *testing.T) {
	g := newGate(t, gateAnswer{200, `{"token":"t1"}`, ""})
	s, _, err := auth.New(auth.Service{Key: "svc", Auth: sessionSettings(t, g.URL, plain), Client: g.Client()}, nil)
	require.NoError(t, err)
	_, secrets, err := applied(t, t.Context(), s)
	require.NoError(t, err)
	require.Equal(t, "t1 Bearer t1", secrets)
}
