package db

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

func TestJoinedTokenOpensTheSameTenant(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "laptop")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	d.keys.Clear()
	added, err := d.JoinAPIToken(Proof{Token: global.NewSecret(token)}, TokenSettings{Description: "phone"})
	require.NoError(t, err)
	requireSound(t, d)
	require.Equal(t, hash, added.Tenant)
	require.Equal(t, hash[:3], added.Hash[:3], "12 bits in common")
	d.keys.Clear()
	tenant := authenticate(t, d, added.Token.Reveal())
	require.Equal(t, hash, tenant.Hash())
	require.Equal(t, added.Hash, tenant.TokenHash())
	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)

	require.NoError(t, d.DeleteAPIToken(hash), "the first may go, its name stays")
	requireSound(t, d)
	data, err = authenticate(t, d, added.Token.Reveal()).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)
}

func TestJoiningNeedsAGoodToken(t *testing.T) {
	d := openNew(t)
	disabled, hash := add(t, d, "")
	change(t, d, hash, TokenChange{Disabled: new(true)})
	expired, hash := add(t, d, "")
	change(t, d, hash, TokenChange{ExpiresAt: new(time.Unix(1, 0))})
	for token, want := range map[string]error{
		strings.Repeat("0", 64): ErrInvalidToken, "x": ErrInvalidToken, disabled: ErrTokenDisabled, expired: ErrTokenExpired,
	} {
		_, err := d.JoinAPIToken(Proof{Token: global.NewSecret(token)}, TokenSettings{})
		require.ErrorIs(t, err, want)
		require.ErrorIs(t, d.EndAPIToken(Proof{Token: global.NewSecret(token)}, hash, 0), want)
	}
	list, err := d.ListAPITokens()
	require.NoError(t, err)
	require.Len(t, list, 2)
}

func TestRecoveryKeyProvesATenant(t *testing.T) {
	public, private, err := NewRecoveryKey()
	require.NoError(t, err)
	d := openDir(t, newDir(t), WithRecovery(public))
	_, hash := add(t, d, "lost")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	d.keys.Clear()

	sealing, err := d.RecoverySealing(hash)
	require.NoError(t, err)
	proof, err := OpenRecovery(global.NewSecret(private+"\n"), hash, sealing)
	require.NoError(t, err)
	added, err := d.JoinAPIToken(proof, TokenSettings{})
	require.NoError(t, err)
	requireSound(t, d)
	token := added.Token.Reveal()
	data, err := authenticate(t, d, token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)

	require.NoError(t, d.EndAPIToken(Proof{Token: added.Token}, hash, 0))
	requireSound(t, d)
	data, err = authenticate(t, d, token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)
	_, err = d.JoinAPIToken(proof, TokenSettings{})
	require.ErrorIs(t, err, ErrProof, "the tenant has another key now")
}

func TestWrongRecoveryProofs(t *testing.T) {
	public, private, err := NewRecoveryKey()
	require.NoError(t, err)
	_, other, err := NewRecoveryKey()
	require.NoError(t, err)
	d := openDir(t, newDir(t), WithRecovery(public))
	_, hash := add(t, d, "")
	_, stranger := add(t, d, "")
	sealing, err := d.RecoverySealing(hash)
	require.NoError(t, err)

	_, err = OpenRecovery(global.NewSecret(other), hash, sealing)
	require.ErrorIs(t, err, ErrProof)
	_, err = OpenRecovery(global.NewSecret(private), stranger, sealing)
	require.ErrorIs(t, err, ErrProof, "it is bound to its tenant")
	_, err = OpenRecovery(global.NewSecret(private), hash, nil)
	require.ErrorIs(t, err, ErrProof)
	_, err = OpenRecovery(global.NewSecret(public), hash, sealing)
	require.ErrorIs(t, err, ErrRecoveryPrivateKey)
	require.NotContains(t, err.Error(), public)
	_, err = OpenRecovery(global.NewSecret(private), "x", sealing)
	require.ErrorIs(t, err, ErrTenantNotFound)

	proof, err := OpenRecovery(global.NewSecret(private), hash, sealing)
	require.NoError(t, err)
	proof.Tenant = stranger
	_, err = d.JoinAPIToken(proof, TokenSettings{})
	require.ErrorIs(t, err, ErrProof)
	for _, wrong := range []Proof{
		{Tenant: hash},
		{Tenant: hash, Key: global.NewSecret(strings.Repeat("ab", 32))},
		{Tenant: hash, Key: global.NewSecret("x")},
	} {
		_, err = d.JoinAPIToken(wrong, TokenSettings{})
		require.ErrorIs(t, err, ErrProof)
	}
	_, err = d.JoinAPIToken(Proof{}, TokenSettings{})
	require.ErrorIs(t, err, ErrTenantNotFound)
	_, err = d.RecoverySealing(strings.Repeat("0", 64))
	require.ErrorIs(t, err, ErrTenantNotFound)

	plain := openNew(t)
	_, hash = add(t, plain, "")
	_, err = plain.RecoverySealing(hash)
	require.ErrorIs(t, err, ErrNotFound)
}
