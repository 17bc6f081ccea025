package db

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// backUp writes a snapshot into a file.
func backUp(t *testing.T, d *DB) string {
	t.Helper()
	snapshot, err := d.Snapshot()
	require.NoError(t, err)
	content, err := io.ReadAll(snapshot)
	require.NoError(t, err)
	require.NoError(t, snapshot.Close())
	require.EqualValues(t, len(content), snapshot.Size)
	path := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// restore returns the descriptions of the tokens that were asked about.
func restore(t *testing.T, dir, file string) (returning []string, kept string) {
	t.Helper()
	kept, err := Restore(file, func(tokens []APITokenMetadata) error {
		for _, token := range tokens {
			returning = append(returning, token.Description)
		}
		return nil
	}, WithLogger(&recorder{}), WithDataDir(dir), WithLockTimeout(time.Millisecond))
	require.NoError(t, err)
	return returning, kept
}

// Where there was no database, nothing is locked while somebody thinks.
func TestRestoreReplacesNothingThatCameMeanwhile(t *testing.T) {
	source := openNew(t)
	add(t, source, "from the backup")
	file, dir := backUp(t, source), newDir(t)
	var server *DB
	var token string
	_, err := Restore(file, func([]APITokenMetadata) error {
		server = openDir(t, dir)
		token, _ = add(t, server, "made meanwhile")
		return nil
	}, WithLogger(&recorder{}), WithDataDir(dir), WithLockTimeout(time.Millisecond))
	require.ErrorIs(t, err, store.ErrInUse)
	require.NoError(t, server.Close())
	authenticate(t, openDir(t, dir), token)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestSnapshotIsTheWholeAndLeavesNothing(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "kept")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	snapshot, err := d.Snapshot()
	require.NoError(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "an end of the process leaves nothing behind")
	add(t, d, "later")
	content, err := io.ReadAll(snapshot)
	require.NoError(t, err)
	require.NoError(t, snapshot.Close())

	path := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.WriteFile(path, content, 0o644))
	problems, err := VerifyFile(path)
	require.NoError(t, err)
	require.Empty(t, problems)
	requireMode(t, path, 0o600)
	elsewhere := newDir(t)
	_, kept := restore(t, elsewhere, path)
	require.Empty(t, kept)
	copied := openDir(t, elsewhere)
	data, err := authenticate(t, copied, token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)
	list, err := copied.ListAPITokens()
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestRestoreBringsBackAndSaysWhom(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	_, deleted := add(t, d, "deleted")
	_, disabled := add(t, d, "disabled")
	_, expired := add(t, d, "expired")
	add(t, d, "stays")
	_, never := add(t, d, "never in")
	change(t, d, never, TokenChange{Disabled: new(true)})
	file := backUp(t, d)
	require.NoError(t, d.DeleteAPIToken(deleted))
	change(t, d, disabled, TokenChange{Disabled: new(true)})
	change(t, d, expired, TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))})
	_, newer := add(t, d, "newer")
	require.NoError(t, d.Close())

	returning, kept := restore(t, dir, file)
	require.Equal(t, []string{"expired", "disabled", "deleted"}, returning)
	requireMode(t, kept, 0o600)
	require.Equal(t, dir, filepath.Dir(kept))
	d = openDir(t, dir)
	require.False(t, found(t, d, disabled).Disabled)
	found(t, d, deleted)
	require.NoError(t, d.Close())

	returning, _ = restore(t, dir, kept)
	require.Equal(t, []string{"newer"}, returning, "what was replaced comes back as well")
	found(t, openDir(t, dir), newer)
}

func TestRestoreOfADamagedDatabase(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	add(t, d, "a")
	file := backUp(t, d)
	require.NoError(t, d.Close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, fileName), []byte("damage"), 0o600))
	returning, kept := restore(t, dir, file)
	require.Equal(t, []string{"a"}, returning)
	content, err := os.ReadFile(kept)
	require.NoError(t, err)
	require.Equal(t, "damage", string(content))
	requireSound(t, openDir(t, dir))
}

func TestRestoreRefusesAndChangesNothing(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	add(t, d, "a")
	good := backUp(t, d)
	path := filepath.Join(dir, fileName)
	content, err := os.ReadFile(good)
	require.NoError(t, err)

	file := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	other := file("other", nil)
	b, err := bbolt.Open(other, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, b.Close())
	stop := errors.New("no")
	agree := func([]APITokenMetadata) error { return nil }
	try := func(file string, agree func([]APITokenMetadata) error) error {
		_, err := Restore(file, agree, WithLogger(&recorder{}), WithDataDir(dir), WithLockTimeout(time.Millisecond))
		return err
	}
	require.ErrorIs(t, try(good, agree), ErrInUse, "a server runs")
	require.NoError(t, d.Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	require.ErrorIs(t, try(good, func([]APITokenMetadata) error { return stop }), stop)
	require.ErrorIs(t, try(file("half", content[:len(content)/2]), agree), ErrCorrupt)
	require.ErrorIs(t, try(file("text", []byte("x")), agree), ErrCorrupt)
	require.ErrorIs(t, try(other, agree), ErrSchema)
	require.ErrorIs(t, try(filepath.Join(dir, "none"), agree), os.ErrNotExist)
	require.ErrorContains(t, try(dir, agree), "not a regular file")
	require.ErrorContains(t, try(path, agree), "the database itself")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.False(t, strings.Contains(string(after), "restoring"))
}
