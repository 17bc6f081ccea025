package dbtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

func changing(t *testing.T, m managed) {
	expires := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	added := m.add(t, "before")
	want := m.metadata(t, added.Hash)
	set := func(c db.TokenChange) {
		t.Helper()
		require.NoError(t, m.ChangeAPIToken(added.Hash, c))
		require.Equal(t, want, m.metadata(t, added.Hash))
	}
	want.Description = "after"
	set(db.TokenChange{Description: new("after")})
	want.ExpiresAt = &expires
	set(db.TokenChange{ExpiresAt: &expires})
	want.Scope = db.Scope{Tools: []string{"mail_*"}}
	set(db.TokenChange{Tools: &want.Scope.Tools})
	want.Scope = db.Scope{Services: []string{"mail"}, ReadOnly: true}
	set(db.TokenChange{Services: &want.Scope.Services, Tools: new([]string(nil)), ReadOnly: new(true)})
	want.Disabled = true
	set(db.TokenChange{Disabled: new(true)})
	set(db.TokenChange{})
	want.Description, want.ExpiresAt, want.Scope, want.Disabled = "", nil, db.Scope{}, false
	set(db.TokenChange{Description: new(""), ExpiresAt: &time.Time{}, Services: &[]string{}, ReadOnly: new(false), Disabled: new(false)})

	for _, at := range impossibleTimes()[1:] { // one that is over ends the token
		require.ErrorIs(t, m.ChangeAPIToken(added.Hash, db.TokenChange{Description: new("x"), ExpiresAt: &at}), db.ErrSettings, at)
	}
	require.ErrorIs(t, m.ChangeAPIToken(added.Hash, db.TokenChange{Tools: &[]string{"["}}), db.ErrSettings)
	require.Equal(t, want, m.metadata(t, added.Hash), "nothing of a change that fails is made")
	m.tenant(t, added.Token)
	m.requireSound(t)
}

// running lets a request in, and returns how it ends.
func (m managed) running(t *testing.T, added db.Added) context.Context {
	t.Helper()
	ctx, leave, err := m.db.Admit(t.Context(), added.Token.Reveal())
	require.NoError(t, err)
	t.Cleanup(leave)
	return ctx
}

// requireEnded wants that all of it has happened by now.
func requireEnded(t *testing.T, request context.Context, why error) {
	t.Helper()
	require.ErrorIs(t, context.Cause(request), why)
}

func disabling(t *testing.T, m managed) {
	added := m.add(t, "")
	other := m.join(t, added, "")
	request, goesOn := m.running(t, added), m.running(t, other)
	require.NoError(t, m.ChangeAPIToken(added.Hash, db.TokenChange{Disabled: new(true)}))
	requireEnded(t, request, db.ErrTokenDisabled)
	m.requireRefused(t, added.Token, db.ErrTokenDisabled)
	require.NoError(t, m.ChangeAPIToken(added.Hash, db.TokenChange{Disabled: new(false)}))

	request = m.running(t, added)
	require.NoError(t, m.ChangeAPIToken(added.Hash, db.TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))}))
	requireEnded(t, request, db.ErrTokenExpired)
	m.requireRefused(t, added.Token, db.ErrTokenExpired)
	require.NoError(t, goesOn.Err())
	m.requireSound(t)
}

func deleting(t *testing.T, m managed) {
	added := m.add(t, "")
	other := m.join(t, added, "")
	require.NoError(t, m.StoreOAuthToken(added.Tenant, "mail", &db.OAuthTokenData{AccessToken: "x"}))
	request, goesOn := m.running(t, added), m.running(t, other)
	require.NoError(t, m.DeleteAPIToken(added.Hash))
	requireEnded(t, request, db.ErrInvalidToken)
	m.requireRefused(t, added.Token, db.ErrInvalidToken)
	require.NoError(t, goesOn.Err())
	require.ErrorIs(t, m.DeleteAPIToken(added.Hash), db.ErrTokenNotFound)

	// The tenant is the first token's still, until the last one goes.
	require.True(t, m.metadata(t, other.Hash).RekeyPending)
	require.Equal(t, added.Hash, m.tenant(t, other.Token).Hash())
	require.False(t, m.metadata(t, other.Hash).RekeyPending)
	require.NoError(t, m.DeleteAPIToken(other.Hash))
	_, err := m.Connections(added.Tenant)
	require.ErrorIs(t, err, db.ErrTenantNotFound)
	m.requireSound(t)
}
