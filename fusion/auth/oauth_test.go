package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// A tenant's access token is sent until it expires, and no other's.
func TestConnectionsAreEachTenantsOwn(t *testing.T) {
	tenants := newTenants(t)
	s := strategy(t, config.Auth{Type: "oauth2_device", Settings: &config.OAuth2{}})
	alice, ok := db.FromContext(tenants.alice)
	require.True(t, ok)
	connect := func(expires *time.Time) {
		require.NoError(t, alice.StoreOAuthToken("svc", &db.OAuthTokenData{AccessToken: "alices-token", ExpiresAt: expires}))
	}
	requireRefused := func(ctx context.Context, want string) {
		t.Helper()
		r, _, err := applied(t, ctx, s)
		require.Equal(t, &auth.CredentialError{Detail: want}, err)
		require.Empty(t, r.Header)
	}
	const not = "you are not connected to this service, and this version of mcpfusion cannot connect you yet"
	requireRefused(tenants.alice, not)
	for _, expires := range []*time.Time{nil, new(time.Now().Add(time.Hour))} {
		connect(expires)
		r, secrets, err := applied(t, tenants.alice, s)
		require.NoError(t, err)
		require.Equal(t, "Bearer alices-token", r.Header.Get("Authorization"))
		require.Contains(t, secrets, "alices-token")
	}
	requireRefused(tenants.bob, not)
	requireRefused(t.Context(), not)
	connect(new(time.Now().Add(-time.Second)))
	requireRefused(tenants.alice, "your connection to this service has expired, and this version of mcpfusion cannot renew it yet")
}
