package connect_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// site is the pages with a database of their own, and what they refused.
type site struct {
	pages        *connect.Pages
	db           *db.DB
	alice, bob   string // API tokens
	services     []*fusion.Service
	mu           sync.Mutex // guards the fields below
	refused      []string
	failed       []error
	servicesFail error
}

func newSite(t *testing.T, edits ...func(*connect.Options)) *site {
	t.Helper()
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	s := &site{services: []*fusion.Service{
		service(t, "notes", "Notes", &config.UserCredentials{
			Instructions: "See https://notes.example.com/keys.",
			Fields: []config.CredentialField{
				{Name: "key", Label: "Key", Description: "Of the account", Location: "header", ParamName: "X-Key"},
				{Name: "seat", Label: "Seat", Location: "cookie", ParamName: "seat"},
			},
		}),
		service(t, "tickets", "Tickets", &config.Bearer{Token: global.NewSecret("shared-canary")}),
		service(t, "archive", "Archive <&>", &config.Basic{}),
		{Key: "weather", Name: "Weather", AuthType: "none"},
		{Key: "robot", Name: "Robot", AuthType: "oauth2_client_credentials"},
		{Key: "forum", Name: "Forum", AuthType: "oauth2_code", Connector: &auth.Connector{Service: "forum", Name: "Forum", Way: auth.ByCode}},
		{Key: "inbox", Name: "Inbox", AuthType: "oauth2_external", Connector: &auth.Connector{Service: "inbox", Name: "Inbox", Way: auth.ByOperator}},
	}}
	s.db, err = db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.db.Close()) })
	s.alice, _, err = s.db.AddAPIToken("alice")
	require.NoError(t, err)
	s.bob, _, err = s.db.AddAPIToken("bob")
	require.NoError(t, err)
	s.restart(edits...)
	return s
}

// restart makes the pages anew over what is stored.
func (s *site) restart(edits ...func(*connect.Options)) {
	o := connect.Options{Gateway: s, Base: &url.URL{Scheme: "http", Host: "gw.example.com"}}
	for _, edit := range edits {
		edit(&o)
	}
	s.pages = connect.New(o)
}

func service(t *testing.T, key, name string, settings any) *fusion.Service {
	t.Helper()
	_, connector, err := auth.New(auth.Service{Key: key, Name: name, Auth: config.Auth{Type: "t", Settings: settings}}, nil)
	require.NoError(t, err)
	return &fusion.Service{Key: key, Name: name, AuthType: "t", Connector: connector}
}

func (s *site) Serve(w http.ResponseWriter, r *http.Request, token global.Secret, next http.HandlerFunc, refused connect.Refused) {
	ctx, leave, err := s.db.Admit(r.Context(), token.Reveal())
	if err != nil {
		refused(w, r, err)
		return
	}
	defer leave()
	next(w, r.WithContext(ctx))
}

func (s *site) Services(context.Context) ([]*fusion.Service, error) {
	return s.services, s.servicesFail
}

func (s *site) Refuse(_ context.Context, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, reason)
}

func (s *site) Fail(_ context.Context, err error) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = append(s.failed, err)
	return "id-of-the-request"
}

// browser keeps cookies as browsers do, and follows nothing.
type browser struct {
	site    *site
	cookies map[string]*http.Cookie
}

func (s *site) browser() *browser { return &browser{s, map[string]*http.Cookie{}} }

// signedIn is a browser that has shown an API token.
func (s *site) signedIn(t *testing.T, token string) *browser {
	t.Helper()
	b := s.browser()
	require.Equal(t, http.StatusSeeOther, b.signIn(t, token, "").Code)
	return b
}

func (b *browser) signIn(t *testing.T, token, to string) *httptest.ResponseRecorder {
	t.Helper()
	return b.post(t, "/connect/session", url.Values{"token": {token}, "to": {to}})
}

func (b *browser) get(t *testing.T, path string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	return b.do(t, http.MethodGet, path, "", edits...)
}

func (b *browser) post(t *testing.T, path string, form url.Values, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	return b.do(t, http.MethodPost, path, form.Encode(), append([]func(*http.Request){asForm}, edits...)...)
}

func asForm(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func (b *browser) do(t *testing.T, method, path, body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://gw.example.com/", strings.NewReader(body))
	u, err := url.ParseRequestURI(path)
	require.NoError(t, err)
	r.URL, r.RequestURI = u, path
	for _, c := range b.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	b.site.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	requirePage(t, w)
	return w
}

// requirePage looks at what must be true of every answer.
func requirePage(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	h := w.Header()
	require.Equal(t, "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'", h.Get("Content-Security-Policy"))
	require.Equal(t, "same-origin", h.Get("Referrer-Policy"))
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"))
	require.NotEmpty(t, h.Get("Cache-Control"))
	if h.Get("ETag") == "" { // an asset
		require.Equal(t, "no-store", h.Get("Cache-Control"))
	}
	if strings.HasPrefix(h.Get("Content-Type"), "text/html") && w.Code/100 != 3 {
		connect.RequireHTML(t, w.Body.String())
	}
}
