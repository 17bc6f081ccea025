package db

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
	"github.com/PivotLLM/MCPFusion/global"
)

// rotate puts a new token in the place of one.
func rotate(t *testing.T, d *DB, token, hash string, grace time.Duration) (next, nextHash string) {
	t.Helper()
	next, nextHash = join(t, d, token)
	require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(next)}, hash, grace))
	requireSound(t, d)
	return next, nextHash
}

// opensNothing reports that a key opens none of the tenant's secrets.
func opensNothing(t *testing.T, d *DB, tenant hash, key vault.PrivateKey) bool {
	t.Helper()
	opened := false
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		secrets, err := listSecrets(tx, tenant)
		require.NotEmpty(t, secrets)
		for _, s := range secrets {
			opened = opened || openRecord(key, tenant, s.slot, s.value, &struct{}{}) == nil
		}
		return err
	}))
	return !opened
}

func TestRotationShutsTheOldTokenOut(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	copied := stolen(t, d)
	next, _ := rotate(t, d, token, hash, 0)
	_, err := d.Authenticate(token)
	require.Equal(t, ErrInvalidToken, err)
	tenant := authenticate(t, d, next)
	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("later")))
	require.True(t, opensNothing(t, d, tenant.hash, keyOf(t, copied, token)))
}

func TestRotationWithGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, hash := add(t, d, "")
		require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
		before := keyOf(t, stolen(t, d), token)
		next, _ := rotate(t, d, token, hash, time.Hour)
		require.True(t, opensNothing(t, d, mustHash(t, hash), before), "what an old copy gives is worth nothing at once")
		data, err := authenticate(t, d, token).OAuthToken("mail")
		require.NoError(t, err, "until then it works")
		require.Equal(t, "a1", data.AccessToken)
		require.ErrorIs(t, d.ChangeAPIToken(hash, TokenChange{ExpiresAt: new(time.Time{})}), ErrSettings)
		during := keyOf(t, stolen(t, d), token)
		ctx := admit(t, d, token)

		time.Sleep(time.Hour + flushEvery)
		synctest.Wait()
		requireSound(t, d)
		require.Equal(t, ErrTokenExpired, context.Cause(ctx))
		_, err = d.Authenticate(token)
		require.Equal(t, ErrTokenExpired, err)
		require.NoError(t, d.store.View(func(tx store.Tx) error {
			value, err := tx.Get(bucketTenants, memberKey(mustHash(t, hash), mustHash(t, hash)))
			require.Empty(t, value, "its sealing was dropped")
			return err
		}))
		require.True(t, found(t, d, hash).RekeyPending)

		tenant := authenticate(t, d, next)
		require.False(t, found(t, d, hash).RekeyPending)
		requireSound(t, d)
		require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("later")))
		require.True(t, opensNothing(t, d, tenant.hash, during))
		require.NoError(t, d.DeleteAPIToken(hash))
		requireSound(t, d)
	})
}

func TestGraceDoesNotProlong(t *testing.T) {
	d := openNew(t)
	soon := time.Now().Add(time.Minute).Truncate(time.Second).UTC()
	token, hash := newSettings(t, d, TokenSettings{ExpiresAt: &soon})
	next, _ := rotate(t, d, token, hash, time.Hour)
	require.Equal(t, soon, *found(t, d, hash).ExpiresAt)
	require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(next)}, hash, time.Second), "sooner is possible")
	requireSound(t, d)
	require.True(t, found(t, d, hash).ExpiresAt.Before(soon))
	require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(next)}, hash, 0))
	requireSound(t, d)
}

func TestDeletingOneOfSeveralReKeysWhenAnotherIsPresented(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	second, secondHash := join(t, d, token)
	third, thirdHash := join(t, d, token)
	before := keyOf(t, stolen(t, d), second)
	require.NoError(t, d.DeleteAPIToken(secondHash))
	requireSound(t, d)
	require.True(t, found(t, d, hash).RekeyPending)
	require.True(t, found(t, d, thirdHash).RekeyPending)
	require.False(t, opensNothing(t, d, mustHash(t, hash), before), "not yet")

	tenant := authenticate(t, d, third)
	requireSound(t, d)
	require.False(t, found(t, d, hash).RekeyPending)
	require.True(t, opensNothing(t, d, tenant.hash, before))
	data, err := authenticate(t, d, token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)
}

// A secret that is damaged keeps a tenant from being re-keyed, but not from
// being used, and not each request tries it.
func TestReKeyingThatFailsIsTriedAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &recorder{}
		d, err := New(WithLogger(log), WithDataDir(newDir(t)))
		require.NoError(t, err)
		defer d.Close()
		token, hash := add(t, d, "")
		_, secondHash := join(t, d, token)
		require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
		damage := func(by byte) {
			require.NoError(t, d.store.Update(func(tx store.Tx) error {
				key := oauthSlot("mail").key(mustHash(t, hash))
				value, err := tx.Get(bucketTenants, key)
				require.NoError(t, err)
				changed := append([]byte{}, value...)
				changed[len(changed)-1] ^= by
				return tx.Put(bucketTenants, key, changed)
			}))
		}
		damage(1)
		require.NoError(t, d.DeleteAPIToken(secondHash))
		for range 3 {
			authenticate(t, d, token)
		}
		require.Equal(t, 1, strings.Count(log.text(), "error re-key tenant"), log.text())
		damage(1)
		authenticate(t, d, token)
		require.True(t, found(t, d, hash).RekeyPending)
		time.Sleep(rekeyPause)
		authenticate(t, d, token)
		require.False(t, found(t, d, hash).RekeyPending)
		requireSound(t, d)
	})
}

func TestEndingWhatIsNotTheTenants(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	_, stranger := add(t, d, "")
	proof := Proof{Token: global.NewSecret(token)}
	for _, wrong := range []string{stranger, hash, strings.Repeat("0", 64), "x"} {
		require.ErrorIs(t, d.EndAPIToken(proof, wrong, 0), ErrTokenNotFound, wrong)
	}
	require.ErrorIs(t, d.EndAPIToken(proof, stranger, -1), ErrSettings)
	require.Len(t, dump(t, d), 8)
}
