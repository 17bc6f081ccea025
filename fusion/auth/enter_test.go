package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// connector makes strategy and connector of the service "svc".
func connector(t *testing.T, settings any) (auth.Strategy, *auth.Connector) {
	t.Helper()
	s, c, err := auth.New(auth.Service{Key: "svc", Name: "Service", Auth: config.Auth{Type: "t", Settings: settings}}, nil)
	require.NoError(t, err)
	return s, c
}

func TestWhatIsEnteredIsSentAndReplacedAndDeleted(t *testing.T) {
	tenants := newTenants(t)
	alice, _ := db.FromContext(tenants.alice)
	bob, _ := db.FromContext(tenants.bob)
	for name, c := range map[string]struct {
		settings      any
		first, second map[string]string
		header        string
		want, after   string
		before        auth.Status
	}{
		"bearer": {&config.Bearer{}, map[string]string{"token": "1"}, map[string]string{"token": "2"}, "Authorization", "Bearer 1", "Bearer 2", auth.Missing},
		"key":    {&config.APIKey{Header: "X-Key", Key: secret("shared")}, map[string]string{"key": "1"}, map[string]string{"key": "2"}, "X-Key", "1", "2", auth.Configured},
		"basic":  {&config.Basic{}, map[string]string{"username": "u", "password": "p"}, map[string]string{"username": "u"}, "Authorization", "Basic dTpw", "Basic dTo=", auth.Missing},
		"user": {
			&config.UserCredentials{Fields: []config.CredentialField{{Name: "k", Label: "K", Location: "header", ParamName: "X-K"}}},
			map[string]string{"k": "1"},
			map[string]string{"k": "2"},
			"X-K", "1", "2", auth.Missing,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, own := connector(t, c.settings)
			requireStatus(t, own, alice, c.before)
			require.NoError(t, own.Enter(alice, c.first))
			requireStatus(t, own, alice, auth.Connected)
			requireStatus(t, own, bob, c.before)
			r, _, err := applied(t, tenants.alice, s)
			require.NoError(t, err)
			require.Equal(t, c.want, r.Header.Get(c.header))

			require.NoError(t, own.Enter(alice, c.second))
			r, _, err = applied(t, tenants.alice, s)
			require.NoError(t, err)
			require.Equal(t, c.after, r.Header.Get(c.header))

			revoked, err := own.Disconnect(t.Context(), alice)
			require.NoError(t, err)
			require.False(t, revoked)
			requireStatus(t, own, alice, c.before)
			_, err = own.Disconnect(t.Context(), alice)
			require.ErrorIs(t, err, db.ErrNotFound)
		})
	}
}

func requireStatus(t *testing.T, c *auth.Connector, tenant *db.Tenant, want auth.Status) {
	t.Helper()
	state, err := c.State(tenant)
	require.NoError(t, err)
	require.Equal(t, want, state.Status)
	require.Equal(t, want == auth.Connected, !state.Since.IsZero())
}

func TestWhatCannotBeSentIsNotStored(t *testing.T) {
	tenants := newTenants(t)
	alice, _ := db.FromContext(tenants.alice)
	basic := &config.UserCredentials{AuthMethod: "basic_auth", Fields: []config.CredentialField{{Name: "mail"}, {Name: "pass"}}}
	for name, c := range map[string]struct {
		settings any
		values   map[string]string
		field    string
		want     string
	}{
		"nothing":        {&config.Bearer{}, nil, "token", "a value is needed"},
		"empty":          {&config.Bearer{}, map[string]string{"token": ""}, "token", "a value is needed"},
		"unknown":        {&config.Bearer{}, map[string]string{"token": "t", "canary": "canary"}, "canary", "there is no such field"},
		"line break":     {&config.Bearer{}, map[string]string{"token": "canary\n"}, "token", "the value has a line break or another control character, which cannot be sent"},
		"space":          {&config.Bearer{}, map[string]string{"token": "canary "}, "token", "the value begins or ends with a space"},
		"long":           {&config.Bearer{}, map[string]string{"token": strings.Repeat("canary", 8<<10)}, "token", "the value is longer than 8192 bytes"},
		"no text":        {&config.Bearer{}, map[string]string{"token": "canary\xff"}, "token", "the value is no text"},
		"colon":          {&config.Basic{}, map[string]string{"username": "can:ary"}, "username", "the value has a colon, which cannot be sent in a user name"},
		"colon in basic": {basic, map[string]string{"mail": "can:ary", "pass": "a:b"}, "mail", "the value has a colon, which cannot be sent in a user name"},
		"cookie":         {trello, map[string]string{"key": "k", "token": "t", "seat": "canary;x=y"}, "seat", "the value has a character that a cookie cannot carry"},
	} {
		t.Run(name, func(t *testing.T) {
			_, connector := connector(t, c.settings)
			err := connector.Enter(alice, c.values)
			wrong, ok := errors.AsType[*auth.InputError](err)
			require.True(t, ok, err)
			require.Equal(t, map[string]string{c.field: c.want}, wrong.Fields)
			require.NotContains(t, err.Error(), "canary")
			requireStatus(t, connector, alice, auth.Missing)
		})
	}
}

func TestNothingIsEnteredForAnotherWay(t *testing.T) {
	tenants := newTenants(t)
	alice, _ := db.FromContext(tenants.alice)
	err := (&auth.Connector{Service: "svc", Way: auth.ByDevice}).Enter(alice, map[string]string{})
	require.ErrorContains(t, err, "nothing is entered for svc")
}
