package dbtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

func joining(t *testing.T, m managed) {
	first := m.add(t, "first")
	require.NoError(t, m.StoreOAuthToken(first.Tenant, "mail", &db.OAuthTokenData{AccessToken: "access"}))
	expires := time.Now().Add(time.Hour)
	second, err := m.JoinAPIToken(db.Proof{Token: first.Token}, db.TokenSettings{
		Description: "second", ExpiresAt: &expires, Scope: db.Scope{ReadOnly: true},
	})
	require.NoError(t, err)
	require.Equal(t, first.Tenant, second.Tenant)
	listed := m.metadata(t, second.Hash)
	require.Equal(t, "second", listed.Description)
	require.Equal(t, expires.Unix(), listed.ExpiresAt.Unix())
	require.Equal(t, db.Scope{ReadOnly: true}, listed.Scope)
	data, err := m.tenant(t, second.Token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "access", data.AccessToken)
	both, err := m.TenantTokens(first.Tenant)
	require.NoError(t, err)
	require.Equal(t, []db.APITokenMetadata{m.metadata(t, second.Hash), m.metadata(t, first.Hash)}, both, "newest first")
	_, err = m.TenantTokens(second.Hash)
	require.ErrorIs(t, err, db.ErrTenantNotFound)

	_, err = m.JoinAPIToken(db.Proof{Token: first.Token}, db.TokenSettings{Scope: db.Scope{Tools: []string{"["}}})
	require.ErrorIs(t, err, db.ErrSettings)
	for _, no := range m.noProofs(t, first) {
		added, err := m.JoinAPIToken(no.proof, db.TokenSettings{})
		require.ErrorIs(t, err, no.want)
		require.Equal(t, db.Added{}, added)
	}
	unknown := db.Proof{Tenant: strings.Repeat("0", 64), Key: global.NewSecret(strings.Repeat("01", 32))}
	_, err = m.JoinAPIToken(unknown, db.TokenSettings{})
	require.ErrorIs(t, err, db.ErrTenantNotFound)
	require.ErrorIs(t, m.EndAPIToken(unknown, second.Hash, 0), db.ErrTokenNotFound, "the token is not that tenant's")
	m.requireSound(t)
}

// noProof opens no tenant.
type noProof struct {
	proof db.Proof
	want  error
}

func (m managed) noProofs(t *testing.T, of db.Added) []noProof {
	t.Helper()
	expired, disabled := m.add(t, "expired"), m.add(t, "disabled")
	require.NoError(t, m.ChangeAPIToken(expired.Hash, db.TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))}))
	require.NoError(t, m.ChangeAPIToken(disabled.Hash, db.TokenChange{Disabled: new(true)}))
	key := global.NewSecret(strings.Repeat("01", 32)) // of nobody
	return []noProof{
		{db.Proof{Token: global.NewSecret(strings.Repeat("0", 64))}, db.ErrInvalidToken},
		{db.Proof{Token: global.NewSecret("\xff")}, db.ErrInvalidToken},
		{db.Proof{Token: expired.Token}, db.ErrTokenExpired},
		{db.Proof{Token: disabled.Token}, db.ErrTokenDisabled},
		{db.Proof{}, db.ErrTenantNotFound},
		{db.Proof{Tenant: of.Tenant, Key: key}, db.ErrProof},
		{db.Proof{Tenant: of.Tenant}, db.ErrProof},
	}
}

func endingAtOnce(t *testing.T, m managed) {
	old := m.add(t, "")
	require.NoError(t, m.StoreOAuthToken(old.Tenant, "mail", &db.OAuthTokenData{AccessToken: "access"}))
	next := m.join(t, old, "")
	stranger := m.add(t, "")
	proof := db.Proof{Token: next.Token}
	for _, hash := range []string{next.Hash, stranger.Hash, strings.Repeat("0", 64), "", "\xff"} {
		require.ErrorIs(t, m.EndAPIToken(proof, hash, 0), db.ErrTokenNotFound, "%q", hash)
	}
	require.ErrorIs(t, m.EndAPIToken(proof, old.Hash, -1), db.ErrSettings)
	for _, no := range m.noProofs(t, old) {
		require.ErrorIs(t, m.EndAPIToken(no.proof, old.Hash, 0), no.want)
	}

	request, goesOn := m.running(t, old), m.running(t, next)
	require.NoError(t, m.EndAPIToken(proof, old.Hash, 0))
	requireEnded(t, request, db.ErrInvalidToken)
	require.NoError(t, goesOn.Err())
	m.requireRefused(t, old.Token, db.ErrInvalidToken)
	require.False(t, m.metadata(t, next.Hash).RekeyPending)
	data, err := m.tenant(t, next.Token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "access", data.AccessToken)
	m.requireSound(t)
}

func endingWithGrace(t *testing.T, m managed) {
	old := m.add(t, "")
	next := m.join(t, old, "")
	begin := time.Now()
	require.NoError(t, m.EndAPIToken(db.Proof{Token: next.Token}, old.Hash, time.Hour))
	m.tenant(t, old.Token)
	ends := m.metadata(t, old.Hash).ExpiresAt
	require.NotNil(t, ends)
	require.WithinRange(t, *ends, begin.Add(time.Hour-time.Second), time.Now().Add(time.Hour))
	require.ErrorIs(t, m.ChangeAPIToken(old.Hash, db.TokenChange{ExpiresAt: &time.Time{}}), db.ErrSettings)
	require.NoError(t, m.DeleteAPIToken(old.Hash))
	m.requireSound(t)
}

func recovering(t *testing.T, open Open) {
	public, private, err := db.NewRecoveryKey()
	require.NoError(t, err)
	plain, d := open(t)
	m := managed{plain, d}
	key, err := m.Recovery()
	require.NoError(t, err)
	require.Empty(t, key)
	_, err = m.RecoverySealing(m.add(t, "").Tenant)
	require.ErrorIs(t, err, db.ErrNotFound)

	with, d := open(t, db.WithRecovery(public))
	m = managed{with, d}
	key, err = m.Recovery()
	require.NoError(t, err)
	require.Equal(t, db.Recovery{PublicKey: public, IsOn: true}, key)
	lost := m.add(t, "lost")
	require.NoError(t, m.StoreOAuthToken(lost.Tenant, "mail", &db.OAuthTokenData{AccessToken: "access"}))
	sealing, err := m.RecoverySealing(lost.Tenant)
	require.NoError(t, err)
	proof, err := db.OpenRecovery(global.NewSecret(private), lost.Tenant, sealing)
	require.NoError(t, err)
	found, err := m.JoinAPIToken(proof, db.TokenSettings{})
	require.NoError(t, err)
	require.NoError(t, m.EndAPIToken(proof, lost.Hash, 0))
	data, err := m.tenant(t, found.Token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "access", data.AccessToken)
	require.ErrorIs(t, m.EndAPIToken(proof, found.Hash, 0), db.ErrProof, "the tenant has another key by now")
	m.requireSound(t)
}
