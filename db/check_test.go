package db

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

func TestCheckLooksAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, hash := newSettings(t, d, TokenSettings{ExpiresAt: new(time.Now().Add(time.Hour))})
		other, otherHash := join(t, d, token)
		tenant, phone := authenticate(t, d, token), authenticate(t, d, other)
		byHash, err := d.byHash(hash)
		require.NoError(t, err)
		require.NoError(t, tenant.Check())

		change(t, d, hash, TokenChange{Disabled: new(true)})
		require.Equal(t, ErrTokenDisabled, tenant.Check())
		require.NoError(t, phone.Check(), "each token stands for itself")
		change(t, d, hash, TokenChange{Disabled: new(false)})
		require.NoError(t, tenant.Check())
		time.Sleep(time.Hour)
		require.Equal(t, ErrTokenExpired, tenant.Check())
		require.NoError(t, d.DeleteAPIToken(hash))
		require.Equal(t, ErrInvalidToken, tenant.Check())

		require.NoError(t, byHash.Check())
		require.NoError(t, d.DeleteAPIToken(otherHash))
		require.Equal(t, ErrInvalidToken, phone.Check())
		require.ErrorIs(t, byHash.Check(), ErrTenantNotFound)
		require.NoError(t, d.Close())
		require.ErrorIs(t, phone.Check(), ErrClosed)
	})
}

// A database that does not answer says nothing about the token.
func TestCheckTellsTheDatabaseFromTheToken(t *testing.T) {
	w := newWorld(t)
	tenant := authenticate(t, w.d, w.tokens[0])
	w.faulty.views, w.faulty.at = true, 1
	err := tenant.Check()
	require.ErrorIs(t, err, errFault)
	require.False(t, isRefusal(err))
}

func TestDerivedKeysAreTheTenants(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "")
	other, _ := join(t, d, token)
	stranger, _ := add(t, d, "")
	derive := func(token, purpose string, size int) []byte {
		t.Helper()
		key, err := authenticate(t, d, token).DeriveKey(purpose, size)
		require.NoError(t, err)
		require.Len(t, key, size)
		return key
	}
	key := derive(token, "state", 32)
	d = reopen(t, d, dir)
	require.Equal(t, key, derive(token, "state", 32), "another process")
	require.Equal(t, key, derive(other, "state", 32), "another token")
	require.NotEqual(t, key, derive(token, "states", 32))
	require.NotEqual(t, key, derive(stranger, "state", 32))
	derive(token, "state", 16)
	members := derive(token, "members", 32)
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		own, err := authenticate(t, d, token).key(tx)
		require.NoError(t, err)
		proof, err := own.Derive("members", 32)
		require.NotEqual(t, proof, members, "what proves a token is no caller's")
		return err
	}))

	tenant := authenticate(t, d, token)
	require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(other)}, hash, 0))
	require.NotEqual(t, key, derive(other, "state", 32), "a re-keying ends it")
	_, err := tenant.DeriveKey("state", 32)
	require.ErrorIs(t, err, ErrInvalidToken)
}

func TestDerivingByHashNeedsThePresentedToken(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	_, hash := add(t, d, "")
	d = reopen(t, d, dir)
	tenant, err := d.byHash(hash)
	require.NoError(t, err)
	_, err = tenant.DeriveKey("state", 32)
	require.ErrorIs(t, err, ErrLocked)
}
