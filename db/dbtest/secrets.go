package dbtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

func oauthTokens(t *testing.T, m managed) {
	added := m.add(t, "")
	expires := time.Now().Add(time.Hour).UTC()
	given := db.OAuthTokenData{
		AccessToken: "acc\"<&>\\ü", RefreshToken: "refresh", TokenType: "Bearer", ExpiresAt: &expires, Scope: []string{"read", "write"},
		Origins: []string{"https://api.example.com:443"}, Account: "büro@example.com",
	}
	service := `Büro "1" & 日本`
	require.NoError(t, m.StoreOAuthToken(added.Tenant, service, &given))
	got, err := m.tenant(t, added.Token).OAuthToken(service)
	require.NoError(t, err)
	require.NotZero(t, got.CreatedAt)
	got.CreatedAt, got.UpdatedAt = time.Time{}, time.Time{}
	require.Equal(t, given, *got)

	listed, err := m.Connections(added.Tenant)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	require.Equal(t, db.Connection{
		Service: service, Kind: db.KindOAuthTokens, ExpiresAt: &expires, Scope: given.Scope,
		CreatedAt: listed[0].CreatedAt, UpdatedAt: listed[0].UpdatedAt,
	}, listed[0])

	given.Account = "\x1b[1m" + strings.Repeat("ü", 300)
	require.NoError(t, m.StoreOAuthToken(added.Tenant, service, &given))
	got, err = m.tenant(t, added.Token).OAuthToken(service)
	require.NoError(t, err)
	require.Equal(t, "[1m"+strings.Repeat("ü", 197), got.Account)
	given.Origins = []string{}
	require.NoError(t, m.StoreOAuthToken(added.Tenant, service, &given), "it takes those of its first use")

	require.NoError(t, m.DeleteOAuthToken(added.Tenant, service))
	require.ErrorIs(t, m.DeleteOAuthToken(added.Tenant, service), db.ErrNotFound)
	m.requireSound(t)
}

func credentials(t *testing.T, m managed) {
	added := m.add(t, "")
	given := db.ServiceCredentials{Type: "x", Data: map[string]any{
		"key": "välue <&>", "number": 12345678, "list": []any{"a", true, nil}, "object": map[string]any{"a": 1.5},
	}}
	for _, kind := range db.CredentialKinds {
		require.NoError(t, m.StoreCredentials(added.Tenant, kind, "mail", &given))
		got, err := m.tenant(t, added.Token).Credentials(kind, "mail")
		require.NoError(t, err)
		require.Equal(t, "x", got.Type)
		require.Equal(t, map[string]any{
			"key": "välue <&>", "number": 12345678.0, "list": []any{"a", true, nil}, "object": map[string]any{"a": 1.5},
		}, got.Data)
	}
	listed, err := m.Connections(added.Tenant)
	require.NoError(t, err)
	require.Len(t, listed, len(db.CredentialKinds))

	for _, kind := range db.CredentialKinds {
		require.NoError(t, m.DeleteCredentials(added.Tenant, kind, "mail"))
		require.ErrorIs(t, m.DeleteCredentials(added.Tenant, kind, "mail"), db.ErrNotFound)
	}
	listed, err = m.Connections(added.Tenant)
	require.NoError(t, err)
	require.Empty(t, listed)
	m.requireSound(t)
}

// call is one that must fail.
type call struct {
	name string
	run  func(admin manager) error
	want error // nil for an error that has no name
}

// errorsAreToldApart wants of each error its sentinel, and the text that the
// database itself gives it.
func errorsAreToldApart(t *testing.T, m managed) {
	tenant := m.add(t, "").Tenant
	none := strings.Repeat("0", 64)
	oauth, credential := &db.OAuthTokenData{AccessToken: "x"}, &db.ServiceCredentials{Data: map[string]any{"token": "x"}}
	huge := &db.ServiceCredentials{Data: map[string]any{"token": strings.Repeat("x", 2<<20)}}
	calls := []call{
		{"change", func(m manager) error { return m.ChangeAPIToken(none, db.TokenChange{}) }, db.ErrTokenNotFound},
		{"change what is no hash", func(m manager) error { return m.ChangeAPIToken("\xff", db.TokenChange{}) }, db.ErrTokenNotFound},
		{"delete", func(m manager) error { return m.DeleteAPIToken(none) }, db.ErrTokenNotFound},
		{"delete what is no hash", func(m manager) error { return m.DeleteAPIToken("../x") }, db.ErrTokenNotFound},
		{"connections", func(m manager) error { _, err := m.Connections(none); return err }, db.ErrTenantNotFound},
		{"connections of what is no hash", func(m manager) error { _, err := m.Connections(""); return err }, db.ErrTenantNotFound},
		{"store oauth", func(m manager) error { return m.StoreOAuthToken(none, "a", oauth) }, db.ErrTenantNotFound},
		{"delete oauth", func(m manager) error { return m.DeleteOAuthToken(tenant, "a") }, db.ErrNotFound},
		{"store credential", func(m manager) error { return m.StoreCredentials(none, db.APIKeys, "a", credential) }, db.ErrTenantNotFound},
		{"kind", func(m manager) error { return m.StoreCredentials(tenant, "keys<&>", "a", credential) }, db.ErrCredentialKind},
		{"delete kind", func(m manager) error { return m.DeleteCredentials(tenant, "", "a") }, db.ErrCredentialKind},
		{"delete credential", func(m manager) error { return m.DeleteCredentials(tenant, db.APIKeys, "a") }, db.ErrNotFound},
		{"sealing", func(m manager) error { _, err := m.RecoverySealing(none); return err }, db.ErrTenantNotFound},
		{"sealing without recovery", func(m manager) error { _, err := m.RecoverySealing(tenant); return err }, db.ErrNotFound},
		{"too long", func(m manager) error { return m.StoreCredentials(tenant, db.APIKeys, "a", huge) }, nil},
	}
	for _, origins := range [][]string{make([]string, 65), {""}, {"https://a b"}, {"https://a\n"}, {strings.Repeat("x", 257)}} {
		data := &db.OAuthTokenData{AccessToken: "x", Origins: origins}
		calls = append(calls, call{"origins", func(m manager) error { return m.StoreOAuthToken(tenant, "a", data) }, db.ErrOAuthToken})
	}
	for _, service := range []string{"", "a/b", "a\nb", "\xff", strings.Repeat("x", 129)} {
		calls = append(
			calls,
			call{"oauth " + service, func(m manager) error { return m.StoreOAuthToken(tenant, service, oauth) }, db.ErrServiceName},
			call{"credential " + service, func(m manager) error { return m.StoreCredentials(tenant, db.APIKeys, service, credential) }, db.ErrServiceName},
			call{"delete " + service, func(m manager) error { return m.DeleteOAuthToken(tenant, service) }, db.ErrServiceName},
		)
	}
	for _, c := range calls {
		err := c.run(m)
		require.EqualError(t, err, c.run(m.db).Error(), c.name)
		if c.want != nil {
			require.ErrorIs(t, err, c.want, c.name)
		}
	}
	listed, err := m.Connections(tenant)
	require.NoError(t, err)
	require.Empty(t, listed)
	m.requireSound(t)
}
