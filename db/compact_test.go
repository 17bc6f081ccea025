package db

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

func compact(t testing.TB, dir string) (before, after int64, err error) {
	t.Helper()
	return Compact(WithLogger(&recorder{}), WithDataDir(dir), WithLockTimeout(time.Millisecond))
}

// sealedIn returns how many of the texts stand in the file.
func sealedIn(t testing.TB, dir string, texts [][]byte) int {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	found := 0
	for _, text := range texts {
		if bytes.Contains(file, text) {
			found++
		}
	}
	return found
}

// After delete and compact, the file together with the deleted token opens
// nothing: the sealed secrets and the sealed key are not in it any more.
func TestDeletedAndCompactedIsGone(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "goes")
	_, stays := add(t, d, "stays")
	tenant := authenticate(t, d, token)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("secret")))
	require.NoError(t, tenant.StoreCredentials(APIKeys, "files", apiKey("secret")))
	require.NoError(t, d.StoreOAuthToken(stays, "mail", oauthToken("kept")))

	var sealed [][]byte
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		key, err := tx.Get(bucketTenants, memberKey(tenant.hash, tenant.token))
		require.NoError(t, err)
		sealed = append(sealed, append([]byte(nil), key...))
		secrets, err := listSecrets(tx, tenant.hash)
		for _, s := range secrets {
			_, text, err := decodeRecord(tenant.hash, s.value)
			require.NoError(t, err)
			sealed = append(sealed, append([]byte(nil), text...))
		}
		return err
	}))
	require.Len(t, sealed, 3)
	require.Equal(t, 3, sealedIn(t, dir, sealed))
	require.NoError(t, d.DeleteAPIToken(hash))
	require.NoError(t, d.Close())

	_, _, err := compact(t, dir)
	require.NoError(t, err)
	require.Zero(t, sealedIn(t, dir, sealed))
	requireMode(t, filepath.Join(dir, fileName), 0o600)

	d = openDir(t, dir)
	requireSound(t, d)
	_, err = d.Authenticate(token)
	require.ErrorIs(t, err, ErrInvalidToken)
	connections, err := d.Connections(stays)
	require.NoError(t, err)
	require.Len(t, connections, 1)
}

// A process that was killed while it compacted leaves a copy of everything,
// also of what is deleted later. The next compaction takes it away.
func TestCompactRemovesWhatAnotherLeft(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	add(t, d, "")
	require.NoError(t, d.Close())
	left := filepath.Join(dir, fileName+".new-123")
	require.NoError(t, os.WriteFile(left, []byte("old"), 0o600))
	_, _, err := compact(t, dir)
	require.NoError(t, err)
	require.NoFileExists(t, left)
}

func TestCompactingMakesTheFileSmaller(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	_, hash := add(t, d, "")
	for n := range 300 {
		require.NoError(t, d.StoreOAuthToken(hash, string(rune('a'+n%26))+"x", oauthToken(string(make([]byte, 3000)))))
	}
	require.NoError(t, d.Close())
	before, after, err := compact(t, dir)
	require.NoError(t, err)
	require.Less(t, after, before)
	info, err := os.Stat(filepath.Join(dir, fileName))
	require.NoError(t, err)
	require.Equal(t, after, info.Size())
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCompactRefusesWhatItMustNotTouch(t *testing.T) {
	dir := newDir(t)
	_, _, err := compact(t, dir)
	require.ErrorIs(t, err, ErrNoDatabase)
	require.NoDirExists(t, dir)

	d := openDir(t, dir)
	_, hash := add(t, d, "")
	_, _, err = compact(t, dir)
	require.ErrorIs(t, err, ErrInUse)

	id := mustHash(t, hash)
	require.NoError(t, d.store.Update(func(tx store.Tx) error { return tx.Delete(bucketTenants, metadataKey(id)) }))
	require.NoError(t, d.Close())
	was, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	_, _, err = compact(t, dir)
	require.ErrorContains(t, err, "the old file is still there")
	is, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	require.Equal(t, was, is)
}
