package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// idp is a provider in memory, for what depends on time: sockets do not go with
// a clock of their own. It rotates refresh tokens: each counts once.
type idp struct {
	mu       sync.Mutex
	requests []url.Values
	// answers, where there are any, take the place of the next answers.
	answers []reply
	minted  int
	idToken string
	valid   map[string]bool // refresh tokens
}

// reply is one answer.
type reply struct {
	status     int
	body       string
	retryAfter string
	err        error
	hangs      bool
	// lost: the request is carried out first, and the answer does not arrive.
	lost bool
}

// RoundTrip implements http.RoundTripper.
func (p *idp) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	form.Set("path", r.URL.Path)
	answer := p.answer(form)
	if answer.hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if answer.err != nil {
		return nil, answer.err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if answer.retryAfter != "" {
		header.Set("Retry-After", answer.retryAfter)
	}
	return &http.Response{StatusCode: answer.status, Header: header, Body: io.NopCloser(strings.NewReader(answer.body)), Request: r}, nil
}

func (p *idp) answer(form url.Values) reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, form)
	if len(p.answers) > 0 {
		next := p.answers[0]
		p.answers = p.answers[1:]
		if next.lost {
			p.grant(form)
			next.err = errors.New("connection reset")
		}
		return next
	}
	return p.grant(form)
}

func (p *idp) grant(form url.Values) reply {
	if form.Get("path") == "/device" {
		return reply{status: 200, body: `{"device_code":"device-canary","user_code":"ABCD-EFGH",
			"verification_uri":"https://idp.example/enter","expires_in":600,"interval":5}`}
	}
	if form.Get("path") == "/revoke" {
		delete(p.valid, form.Get("token"))
		return reply{status: 200}
	}
	old := form.Get("refresh_token")
	if form.Get("grant_type") == "refresh_token" && !p.valid[old] {
		return reply{status: 400, body: `{"error":"invalid_grant","error_description":"canary-description"}`}
	}
	delete(p.valid, old)
	p.minted++
	next := fmt.Sprintf("refresh-canary-%d", p.minted)
	p.valid[next] = true
	return reply{status: 200, body: fmt.Sprintf(`{"access_token":"access-canary-%d","refresh_token":%q,"token_type":"bearer","expires_in":3600,"id_token":%q}`, p.minted, next, p.idToken)}
}

func (p *idp) next(answers ...reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = append(p.answers, answers...)
}

// asked returns the paths of the requests.
func (p *idp) asked() (paths []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, form := range p.requests {
		paths = append(paths, form.Get("path"))
	}
	return paths
}

// count returns how many requests of a grant type came.
func (p *idp) count(grant string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, form := range p.requests {
		if form.Get("grant_type") == grant {
			n++
		}
	}
	return n
}

// stage is one service with a provider, and a tenant that may be connected.
type stage struct {
	*testing.T
	idp       *idp
	db        *db.DB
	shared    *Connections
	strategy  Strategy
	connector *Connector
	tenant    *db.Tenant
	token     string
	log       *strings.Builder
	origin    string // of the API
}

var providerSettings = config.OAuth2{
	ClientID: "client", ClientSecret: global.NewSecret("secret-canary"), Scope: "a b",
	AuthorizationURL: "https://idp.example/authorize", TokenURL: "https://idp.example/token",
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t, idp: &idp{valid: map[string]bool{"refresh-canary-0": true}}, log: &strings.Builder{}, origin: "https://api.example:443"}
	log, err := mlogger.New(mlogger.WithWriter(s.log), mlogger.WithDebug(true))
	require.NoError(t, err)
	dir := t.TempDir()
	s.db, err = db.New(db.WithLogger(log), db.WithDataDir(dir))
	require.NoError(t, err)
	s.shared = NewConnections(log)
	s.configure("oauth2_code", providerSettings)
	s.tenant, s.token = s.newTenant()
	t.Cleanup(func() {
		s.shared.Close()
		require.NoError(t, s.db.Close())
		require.NotContains(t, s.log.String(), "canary")
		file, err := os.ReadFile(filepath.Join(dir, "mcpfusion.db"))
		require.NoError(t, err)
		require.NotContains(t, string(file), "canary")
	})
	return s
}

func (s *stage) configure(kind string, settings config.OAuth2) {
	s.Helper()
	var err error
	s.strategy, s.connector, err = New(Service{
		Key: "svc", Name: "Mail", Auth: config.Auth{Type: kind, Settings: &settings},
		Origins: []string{s.origin}, Client: &http.Client{Transport: s.idp},
	}, s.shared)
	require.NoError(s, err)
}

func (s *stage) newTenant() (*db.Tenant, string) {
	s.Helper()
	token, _, err := s.db.AddAPIToken("")
	require.NoError(s, err)
	tenant, err := s.db.Authenticate(token)
	require.NoError(s, err)
	return tenant, token
}

// connected stores a connection that expires in a while.
func (s *stage) connected(tenant *db.Tenant, in time.Duration) {
	s.Helper()
	require.NoError(s, tenant.StoreOAuthToken("svc", &db.OAuthTokenData{
		AccessToken: "access-canary-0", RefreshToken: "refresh-canary-0", ExpiresAt: new(time.Now().Add(in)), Account: "ann@example.com",
	}))
}

// call returns the access token that a call of the tenant would send, or what it
// would be told.
func (s *stage) call(tenant *db.Tenant) (sent string, err error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(db.NewContext(s.Context(), tenant), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.origin+"/x", nil)
	require.NoError(s, err)
	if _, err := s.strategy.Apply(ctx, r); err != nil {
		require.Empty(s, r.Header)
		require.NotContains(s, err.Error(), "canary")
		return "", err
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), nil
}

func (s *stage) requireCall(want string) {
	s.Helper()
	sent, err := s.call(s.tenant)
	require.NoError(s, err)
	require.Equal(s, want, sent)
}

// requireRefused expects an error of that text.
func (s *stage) requireRefused(want string) {
	s.Helper()
	_, err := s.call(s.tenant)
	require.ErrorContains(s, err, want)
}

func (s *stage) state() State {
	s.Helper()
	state, err := s.connector.State(s.tenant)
	require.NoError(s, err)
	return state
}
