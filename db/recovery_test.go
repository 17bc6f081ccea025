package db

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

func recoveryPair(t testing.TB) (public string, private vault.PrivateKey) {
	t.Helper()
	public, text, err := NewRecoveryKey()
	require.NoError(t, err)
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(text, recoveryPrivatePrefix))
	require.NoError(t, err)
	private, err = vault.ParsePrivateKey(b)
	require.NoError(t, err)
	return public, private
}

// recovered opens a tenant's key with the recovery key, false if it cannot.
func recovered(t testing.TB, d *DB, tenant hash, private vault.PrivateKey) bool {
	t.Helper()
	var value []byte
	require.NoError(t, d.store.View(func(tx store.Tx) (err error) {
		value, err = tx.Get(bucketTenants, recoverySlot(tenant))
		return err
	}))
	if value == nil {
		return false
	}
	plain, err := private.Open(keyPlace(tenant, recoveryHolder), value[vault.PublicKeySize:])
	if err != nil {
		return false
	}
	key, err := vault.ParsePrivateKey(plain)
	require.NoError(t, err)
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		record, err := readTenant(tx, tenant)
		require.Equal(t, record.publicKey(), key.Public())
		return err
	}))
	return true
}

func TestRecoveryFollowsItsKey(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, before := add(t, d, "before")
	require.NoError(t, d.Close())
	first, firstPrivate := recoveryPair(t)
	second, secondPrivate := recoveryPair(t)

	restart := func(setting string) *DB {
		d, err := New(WithLogger(&recorder{}), WithDataDir(dir), WithRecovery(setting))
		require.NoError(t, err)
		return d
	}
	d = restart(first)
	_, after := add(t, d, "after")
	require.True(t, recovered(t, d, mustHash(t, after), firstPrivate), "a new tenant at once")
	require.False(t, recovered(t, d, mustHash(t, before), firstPrivate), "the others as they appear")
	_, _, err := d.ValidateAPIToken(token)
	require.NoError(t, err)
	require.True(t, recovered(t, d, mustHash(t, before), firstPrivate))
	require.NoError(t, authenticate(t, d, token).Rekey())
	require.True(t, recovered(t, d, mustHash(t, before), firstPrivate), "re-keying keeps it")
	requireSound(t, d)
	require.NoError(t, d.Close())

	d = restart("")
	on, err := d.Recovery()
	require.NoError(t, err)
	require.Equal(t, Recovery{PublicKey: first}, on, "it stays, to be seen")
	_, unset := add(t, d, "without the setting")
	require.False(t, recovered(t, d, mustHash(t, unset), firstPrivate), "the database's word is not enough")
	require.True(t, recovered(t, d, mustHash(t, before), firstPrivate), "what was sealed stays")
	require.NoError(t, d.Close())

	d = restart("")
	former := keyOf(t, d, token).Public()
	require.NoError(t, d.Close())

	d = restart(second)
	_, _, err = d.ValidateAPIToken(token)
	require.NoError(t, err)
	require.True(t, recovered(t, d, mustHash(t, before), secondPrivate))
	require.False(t, recovered(t, d, mustHash(t, before), firstPrivate), "the former sealing is gone")
	require.NotEqual(t, former, keyOf(t, d, token).Public(), "an old copy with the former key opens nothing new")
	require.NoError(t, d.Close())

	d = restart(" Off ")
	_, _, err = d.ValidateAPIToken(token)
	require.NoError(t, err)
	require.False(t, recovered(t, d, mustHash(t, before), secondPrivate))
	on, err = d.Recovery()
	require.NoError(t, err)
	require.Empty(t, on)
	requireSound(t, d)
	require.NoError(t, d.Close())
}

func TestRecoveryKeysAreNotMixedUp(t *testing.T) {
	public, private, err := NewRecoveryKey()
	require.NoError(t, err)
	unusable := recoveryPublicPrefix + strings.Repeat("A", 43) // a point that nothing can be sealed to
	for _, wrong := range []string{private, unusable, public[:len(public)-2], public + "AA", strings.Repeat("a", 64), "on"} {
		err := newError(t, newDir(t), WithRecovery(wrong))
		require.ErrorIs(t, err, ErrRecoveryKey)
		require.NotContains(t, err.Error(), strings.TrimPrefix(private, recoveryPrivatePrefix))
	}
}
