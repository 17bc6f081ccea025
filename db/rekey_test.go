package db

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// stolen is a copy of the database at one moment, in somebody else's hands.
func stolen(t testing.TB, d *DB) *DB {
	t.Helper()
	dir := newDir(t)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	var copied bytes.Buffer
	require.NoError(t, d.store.Backup(&copied))
	require.NoError(t, os.WriteFile(filepath.Join(dir, fileName), copied.Bytes(), 0o600))
	return openDir(t, dir)
}

// keyOf opens a tenant's private key in a copy, with a token that was good
// there.
func keyOf(t testing.TB, d *DB, token string) vault.PrivateKey {
	t.Helper()
	key, err := authenticate(t, d, token).unlock()
	require.NoError(t, err)
	return key
}

func TestReKeyingShutsOldKeysOut(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	tenant := authenticate(t, d, token)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("before")))
	require.NoError(t, tenant.StoreCredentials(APIKeys, "files", apiKey("before")))
	old := keyOf(t, stolen(t, d), token)

	require.NoError(t, tenant.Rekey())
	requireSound(t, d)
	require.NoError(t, d.StoreOAuthToken(hash, "later", oauthToken("after")))

	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err, "all connections still open")
	require.Equal(t, "before", data.AccessToken)
	credentials, err := tenant.Credentials(APIKeys, "files")
	require.NoError(t, err)
	require.Equal(t, "before", credentials.Data["key"])

	later := stolen(t, d)
	require.NoError(t, later.store.View(func(tx store.Tx) error {
		secrets, err := listSecrets(tx, tenant.hash)
		require.Len(t, secrets, 3)
		for _, s := range secrets {
			require.ErrorIs(t, openRecord(old, tenant.hash, s.slot, s.value, &struct{}{}), ErrTampered, s.slot.service)
		}
		return err
	}))
}

func TestReKeyingSealsToAllTokens(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a")))
	second, _ := addTo(t, d, hash, "00000000")
	require.NoError(t, authenticate(t, d, token).Rekey())
	requireSound(t, d)
	for _, each := range []string{token, second} {
		d = reopen(t, d, dir)
		data, err := authenticate(t, d, each).OAuthToken("mail")
		require.NoError(t, err)
		require.Equal(t, "a", data.AccessToken)
	}
}

// failAfter lets so many writes through.
type failAfter struct {
	store.Tx
	left *int
}

var errInjected = errors.New("injected")

func (f failAfter) Put(bucket string, key, value []byte) error {
	if *f.left--; *f.left < 0 {
		return errInjected
	}
	return f.Tx.Put(bucket, key, value)
}

func TestReKeyingThatFailsChangesNothing(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	for _, service := range []string{"a", "b", "c"} {
		require.NoError(t, tenant.StoreOAuthToken(service, oauthToken(service)))
	}
	for writes := range 5 { // three secrets, the metadata, one sealed key
		next, err := vault.NewPrivateKey()
		require.NoError(t, err)
		left := writes
		old := keyOf(t, d, token)
		require.ErrorIs(t, d.store.Update(func(tx store.Tx) error {
			return tenant.rekey(failAfter{tx, &left}, old, next)
		}), errInjected)
		d = reopen(t, d, dir)
		requireSound(t, d)
		tenant = authenticate(t, d, token)
		for _, service := range []string{"a", "b", "c"} {
			data, err := tenant.OAuthToken(service)
			require.NoError(t, err)
			require.Equal(t, service, data.AccessToken)
		}
	}
}

// Readers never see a key and a secret that do not belong together.
func TestReadersDuringReKeying(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a")))
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for !done.Load() {
				if _, err := tenant.OAuthToken("mail"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20 {
		require.NoError(t, tenant.Rekey())
	}
	done.Store(true)
	readers.Wait()
	requireSound(t, d)
}
