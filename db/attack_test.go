package db

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// Somebody can write the file while no server runs, knows all formats, and
// makes every checksum fit. They must not get to read a secret.

// victim is a tenant with a secret in a closed database.
func victim(t *testing.T) (dir, token string, id hash) {
	t.Helper()
	dir = newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "victim")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("secret")))
	require.NoError(t, d.Close())
	return dir, token, mustHash(t, hash)
}

// tamper writes the file behind the database's back.
func tamper(t *testing.T, dir string, change func(tx store.Tx) error) *DB {
	t.Helper()
	d := openDir(t, dir)
	require.NoError(t, d.store.Update(change))
	require.NoError(t, d.Close())
	return openDir(t, dir)
}

func TestPlantedRecoveryKeyGetsNothing(t *testing.T) {
	dir, token, id := victim(t)
	evil := newVaultKey(t)
	d := tamper(t, dir, func(tx store.Tx) error {
		public := evil.Public()
		return tx.Put(bucketSystem, recoveryKey, public[:])
	})
	tenant := authenticate(t, d, token)
	_, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	require.NoError(t, tenant.Rekey())
	require.False(t, recovered(t, d, id, evil))
	_, fresh := add(t, d, "")
	require.False(t, recovered(t, d, mustHash(t, fresh), evil))
}

func newVaultKey(t *testing.T) vault.PrivateKey {
	t.Helper()
	key, err := vault.NewPrivateKey()
	require.NoError(t, err)
	return key
}

// swapTokenKey replaces the public key that the index has for a token.
func swapTokenKey(tx store.Tx, id hash, public vault.PublicKey) error {
	record, err := readToken(tx, id)
	if err != nil {
		return err
	}
	record.publicKey = public
	value, err := record.encode(id)
	return errors.Join(err, tx.Put(bucketIndex, byHashKey(id), value))
}

func TestReplacedTokenKeyIsNoticed(t *testing.T) {
	dir, token, id := victim(t)
	d := tamper(t, dir, func(tx store.Tx) error { return swapTokenKey(tx, id, newVaultKey(t).Public()) })
	tenant := authenticate(t, d, token)
	_, err := tenant.OAuthToken("mail")
	require.ErrorIs(t, err, ErrTampered)
	require.ErrorIs(t, tenant.Rekey(), ErrTampered)
}

func TestTenantWhoseKeyWasTakenAwayGetsNoOther(t *testing.T) {
	for _, public := range []vault.PublicKey{newVaultKey(t).Public(), {}} {
		dir, token, id := victim(t)
		d := tamper(t, dir, func(tx store.Tx) error {
			if public != (vault.PublicKey{}) {
				require.NoError(t, swapTokenKey(tx, id, public))
			}
			return putTenant(tx, id, tenantRecord{CreatedAt: time.Now()})
		})
		tenant := authenticate(t, d, token)
		_, err := tenant.OAuthToken("mail")
		require.ErrorIs(t, err, ErrTampered)
		require.ErrorIs(t, tenant.StoreOAuthToken("mail", oauthToken("new")), ErrTampered)
		require.ErrorIs(t, d.StoreOAuthToken(id.String(), "mail", oauthToken("new")), ErrLocked)
	}
}

func TestPlantedTokenReadsNothing(t *testing.T) {
	dir, token, id := victim(t)
	drawn, record := drawnFor(t, id)
	planted, plantedID := drawn.secret.Reveal(), drawn.hash
	for name, value := range map[string][]byte{"empty": nil, "zeros": make([]byte, 32+sealedKeySize)} {
		d := tamper(t, dir, func(tx store.Tx) error {
			return errors.Join(putToken(tx, plantedID, record), tx.Put(bucketTenants, memberKey(id, plantedID), value))
		})
		owner, evil := authenticate(t, d, token), authenticate(t, d, planted)
		_, err := evil.OAuthToken("mail")
		require.ErrorIs(t, err, ErrTampered, name)
		_, err = owner.OAuthToken("mail")
		require.NoError(t, err)
		_, err = evil.OAuthToken("mail")
		require.ErrorIs(t, err, ErrTampered, "%s: after the owner's key was opened", name)
		require.ErrorIs(t, owner.Rekey(), ErrTampered, "%s: nothing is sealed to it", name)
		_, err = evil.OAuthToken("mail")
		require.ErrorIs(t, err, ErrTampered, name)
		require.NoError(t, d.Close())
	}
}

// The Tenant of a deleted token opens nothing any more, though the tenant
// stays.
func TestDeletedTokensTenantIsDead(t *testing.T) {
	d := openNew(t)
	first, hash := add(t, d, "")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("secret")))
	second, secondHash := addTo(t, d, hash, "00000000")
	stays, goes := authenticate(t, d, first), authenticate(t, d, second)
	_, err := goes.OAuthToken("mail")
	require.NoError(t, err)
	require.NoError(t, d.DeleteAPIToken(secondHash))
	_, err = stays.OAuthToken("mail")
	require.NoError(t, err)
	_, err = goes.OAuthToken("mail")
	require.ErrorIs(t, err, ErrInvalidToken)
	require.ErrorIs(t, goes.StoreCredentials(APIKeys, "mail", apiKey("late")), ErrInvalidToken)
}

func TestReplacedPublicKeyIsNoticedForCredentialsToo(t *testing.T) {
	dir, token, id := victim(t)
	public := newVaultKey(t).Public()
	d := tamper(t, dir, func(tx store.Tx) error {
		return putTenant(tx, id, tenantRecord{Key: public[:], CreatedAt: time.Now()})
	})
	require.ErrorIs(t, authenticate(t, d, token).StoreCredentials(APIKeys, "mail", apiKey("k")), ErrTampered)
}

// Opened keys do not outlive the tenant or the database.
func TestOpenKeysGoOnDeleteAndClose(t *testing.T) {
	d := openNew(t)
	for range 20 {
		token, hash := add(t, d, "")
		require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("x")))
		tenant := authenticate(t, d, token)
		d.keys.Clear()
		var both sync.WaitGroup
		both.Go(func() { _, _ = tenant.OAuthToken("mail") }) // either way is right
		both.Go(func() {
			if err := d.DeleteAPIToken(hash); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		require.Zero(t, d.keys.Len())
	}
	add(t, d, "")
	require.Equal(t, 1, d.keys.Len())
	require.NoError(t, d.Close())
	require.Zero(t, d.keys.Len())
}

// With the token in hand, re-keyings by others cost time, never an answer.
func TestNobodyIsLockedOutByReKeying(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("")))
	var stop atomic.Bool
	var keys, updates sync.WaitGroup
	for range 2 {
		keys.Go(func() {
			for !stop.Load() {
				if err := tenant.Rekey(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 4 {
		updates.Go(func() {
			for range 25 {
				err := tenant.UpdateOAuthToken("mail", func(old *OAuthTokenData) (*OAuthTokenData, error) {
					return oauthToken(old.AccessToken + "x"), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	updates.Wait()
	stop.Store(true)
	keys.Wait()
	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	require.Len(t, data.AccessToken, 100)
}
