package db

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testdisk"
)

func requireFull(t *testing.T, path string, err error) {
	t.Helper()
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, path+": no space left on device: free some space on its disk, and try again")
}

func TestFullDisk(t *testing.T) {
	if !testdisk.Alone(t) {
		return
	}
	disk := testdisk.Mount(t, "1m")
	dir := filepath.Join(disk, "data")
	path := filepath.Join(dir, fileName)
	ballast := testdisk.Fill(t, disk)
	requireFull(t, path, newError(t, dir))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is left behind")
	require.NoError(t, os.Remove(ballast))

	reserve := filepath.Join(disk, "reserve")
	require.NoError(t, os.WriteFile(reserve, make([]byte, 512<<10), 0o600))
	d := openDir(t, dir)
	tokens := addUntilFull(t, d, path)
	testdisk.Fill(t, disk)
	requireAllValid(t, d, tokens)
	requireFull(t, path, d.flush())
	require.Len(t, d.used.pending(), len(tokens), "not forgotten")

	// The file may have room for a small change, or not.
	list, err := d.ListAPITokens()
	require.NoError(t, err)
	if err := d.DeleteAPIToken(list[0].Hash); err != nil {
		requireFull(t, path, err)
	} else {
		tokens = tokens[:len(tokens)-1]
	}
	requireAllValid(t, d, tokens)

	require.NoError(t, os.Remove(reserve))
	token, _ := add(t, d, "there is space again")
	tokens = append(tokens, token)
	require.NoError(t, d.flush())
	require.NoError(t, d.Close())
	requireAllValid(t, openDir(t, dir), tokens)
}

// addUntilFull returns the tokens that it could add, the newest last.
func addUntilFull(t *testing.T, d *DB, path string) (tokens []string) {
	t.Helper()
	for {
		token, hash, err := d.AddAPIToken("fill")
		if err != nil {
			require.Empty(t, token+hash)
			requireFull(t, path, err)
			require.Greater(t, len(tokens), 50)
			return tokens
		}
		tokens = append(tokens, token)
	}
}

// requireAllValid presents the tokens, which must be all there are.
func requireAllValid(t *testing.T, d *DB, tokens []string) {
	t.Helper()
	requireSound(t, d)
	list, err := d.ListAPITokens()
	require.NoError(t, err)
	require.Len(t, list, len(tokens))
	for _, token := range tokens {
		use(t, d, token)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	if !testdisk.Alone(t) {
		return
	}
	disk := testdisk.Mount(t, "512k")
	dir := filepath.Join(disk, "data")
	d := openDir(t, dir)
	add(t, d, "")
	require.NoError(t, d.Close())
	testdisk.ReadOnly(t, disk)

	advice := ": read-only file system: make its file system writable, or use another directory"
	for _, options := range [][]Option{nil, {WithExisting()}} {
		require.EqualError(t, newError(t, dir, options...), "open "+filepath.Join(dir, fileName)+advice)
	}
	fresh := filepath.Join(disk, "fresh")
	require.EqualError(t, newError(t, fresh), "create data directory: mkdir "+fresh+advice)
	require.ErrorIs(t, newError(t, fresh, WithExisting()), ErrNoDatabase)
}
