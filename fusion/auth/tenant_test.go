package auth_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// tenants is a database with two tenants, and their contexts.
type tenants struct {
	db         *db.DB
	alice, bob context.Context
}

func newTenants(t *testing.T) tenants {
	t.Helper()
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	d, err := db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	login := func() context.Context {
		token, _, err := d.AddAPIToken("")
		require.NoError(t, err)
		tenant, err := d.Authenticate(token)
		require.NoError(t, err)
		return db.NewContext(t.Context(), tenant)
	}
	return tenants{d, login(), login()}
}

func store(t *testing.T, ctx context.Context, kind db.CredentialKind, service string, data map[string]any) {
	t.Helper()
	tenant, ok := db.FromContext(ctx)
	require.True(t, ok)
	require.NoError(t, tenant.StoreCredentials(kind, service, &db.ServiceCredentials{Type: string(kind), Data: data}))
}

// applied returns the request with the tenant's credential and what must be
// removed from answers.
func applied(t *testing.T, ctx context.Context, s auth.Strategy) (*http.Request, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://h/p?q=1", nil)
	require.NoError(t, err)
	sent, err := s.Apply(ctx, r)
	var revealed []string
	for _, s := range sent.Secrets {
		revealed = append(revealed, s.Reveal())
	}
	return r, strings.Join(revealed, " "), err
}

func strategy(t *testing.T, from config.Auth) auth.Strategy {
	t.Helper()
	s, _, err := auth.New(auth.Service{Key: "svc", Auth: from}, nil)
	require.NoError(t, err)
	return s
}

func TestTenantsOwnCredentialComesFirst(t *testing.T) {
	tenants := newTenants(t)
	for name, c := range map[string]struct {
		from        config.Auth
		kind        db.CredentialKind
		own         map[string]any
		header      string
		alice, bob  string
		aliceSecret string
	}{
		"bearer": {
			config.Auth{Type: "bearer", Settings: &config.Bearer{Token: secret("shared")}},
			db.BearerTokens,
			map[string]any{"token": "alices"},
			"Authorization", "Bearer alices", "Bearer shared", "alices",
		},
		"api key": {
			config.Auth{Type: "api_key", Settings: &config.APIKey{Key: secret("shared"), Header: "X-Key"}},
			db.APIKeys,
			map[string]any{"key": "alices"},
			"X-Key", "alices", "shared", "alices",
		},
		"basic": {
			config.Auth{Type: "basic", Settings: &config.Basic{Username: "u", Password: secret("shared")}},
			db.BasicAuth,
			map[string]any{"username": "a", "password": "alices"},
			"Authorization", "Basic YTphbGljZXM=", "Basic dTpzaGFyZWQ=", "alices",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := strategy(t, c.from)
			store(t, tenants.alice, c.kind, "svc", c.own)
			store(t, tenants.bob, c.kind, "another", c.own)
			r, secrets, err := applied(t, tenants.alice, s)
			require.NoError(t, err)
			require.Equal(t, c.alice, r.Header.Get(c.header))
			require.Contains(t, secrets, c.aliceSecret)
			for _, ctx := range []context.Context{tenants.bob, t.Context()} {
				r, _, err = applied(t, ctx, s)
				require.NoError(t, err)
				require.Equal(t, c.bob, r.Header.Get(c.header))
			}
		})
	}
}

var trello = &config.UserCredentials{
	Fields: []config.CredentialField{
		{Name: "key", Label: "API Key", Location: "query", ParamName: "key"},
		{Name: "token", Label: "API Token", Location: "header", ParamName: "X-Token"},
		{Name: "seat", Label: "Seat", Location: "cookie", ParamName: "seat"},
	},
	Instructions: "Get them at example.com.",
}

func TestUserCredentialsAreEachTenantsOwn(t *testing.T) {
	tenants := newTenants(t)
	s := strategy(t, config.Auth{Type: "user_credentials", Settings: trello})
	store(t, tenants.alice, db.UserCredentials, "svc", map[string]any{"key": "k&1", "token": "t1", "seat": "a b"})
	r, secrets, err := applied(t, tenants.alice, s)
	require.NoError(t, err)
	require.Equal(t, "q=1&key=k%261", r.URL.RawQuery)
	require.Equal(t, "t1", r.Header.Get("X-Token"))
	require.Equal(t, `seat="a b"`, r.Header.Get("Cookie"))
	require.Equal(t, "k&1 t1 a b", secrets)

	r, _, err = applied(t, tenants.bob, s)
	var missing *auth.CredentialError
	require.ErrorAs(t, err, &missing)
	require.Contains(t, missing.Detail, "key: API Key, token: API Token, seat: Seat")
	require.Equal(t, auth.ByValues, missing.Connector.Way)
	require.Contains(t, missing.Detail, "Get them at example.com.")
	require.Equal(t, "q=1", r.URL.RawQuery, "nothing half done")
}

func TestUserCredentialsAsBasic(t *testing.T) {
	tenants := newTenants(t)
	basic := &config.UserCredentials{AuthMethod: "basic_auth", Fields: []config.CredentialField{{Name: "mail"}, {Name: "pass"}}}
	store(t, tenants.alice, db.UserCredentials, "svc", map[string]any{"mail": "a@example.com", "pass": "12"})
	r, secrets, err := applied(t, tenants.alice, strategy(t, config.Auth{Type: "user_credentials", Settings: basic}))
	require.NoError(t, err)
	user, password, ok := r.BasicAuth()
	require.True(t, ok)
	require.Equal(t, "a@example.com:12", user+":"+password)
	require.Contains(t, secrets, "YUBleGFtcGxlLmNvbTox")
}

func TestIncompleteOrUnsendableValuesAreRefused(t *testing.T) {
	tenants := newTenants(t)
	s := strategy(t, config.Auth{Type: "user_credentials", Settings: trello})
	for name, data := range map[string]map[string]any{
		"missing":   {"key": "k", "token": "t"},
		"empty":     {"key": "k", "token": "t", "seat": ""},
		"linebreak": {"key": "k", "token": "t\n", "seat": "s"},
		"semicolon": {"key": "k", "token": "t", "seat": "s;admin=1"},
	} {
		store(t, tenants.alice, db.UserCredentials, "svc", data)
		r, _, err := applied(t, tenants.alice, s)
		var missing *auth.CredentialError
		require.ErrorAs(t, err, &missing, name)
		require.Empty(t, r.Header, name)
		require.Equal(t, "q=1", r.URL.RawQuery, name)
	}
}

func TestDamagedCredentialIsNotReplacedByTheSharedOne(t *testing.T) {
	tenants := newTenants(t)
	s := strategy(t, config.Auth{Type: "bearer", Settings: &config.Bearer{Token: secret("shared")}})
	require.NoError(t, tenants.db.Close())
	r, _, err := applied(t, tenants.alice, s)
	require.ErrorIs(t, err, db.ErrClosed)
	require.Empty(t, r.Header.Get("Authorization"))
}
