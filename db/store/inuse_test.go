package store_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// inUse opens a copy of a database of several pages.
func inUse(t *testing.T) (s store.Store, path string, content []byte) {
	t.Helper()
	content = manyPages(t)
	path = tempPath(t)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	s, err := store.OpenBolt(path, store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, path, content
}

func nothing(store.Tx) error { return nil }

// What is left of the file can be read, the rest is an error and not the end of
// the process, and nothing is written any more.
func TestFileIsCutOffWhileInUse(t *testing.T) {
	s, path, content := inUse(t)
	require.NoError(t, os.Truncate(path, int64(4*os.Getpagesize())))
	_, err := entries(s)
	requireDamage(t, path, err)
	requireDamage(t, path, s.Update(nothing))
	require.NoError(t, s.View(nothing), "the headers are still there")

	require.NoError(t, s.Close())
	require.ErrorIs(t, s.View(nothing), store.ErrClosed)
	require.ErrorIs(t, s.Update(nothing), store.ErrClosed)
	_, err = store.OpenBolt(path, store.Options{})
	requireDamage(t, path, err)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	s = open(t, path)
	require.NoError(t, s.Close(), "restored from a backup")
}

// bbolt cannot even begin, and keeps its locks.
func TestFileIsGoneWhileInUse(t *testing.T) {
	for name, first := range map[string]func(store.Store) error{
		"reader": func(s store.Store) error { return s.View(nothing) },
		"writer": func(s store.Store) error { return s.Update(overwrite) },
	} {
		t.Run(name, func(t *testing.T) {
			s, path, _ := inUse(t)
			require.NoError(t, os.Truncate(path, 0))
			requireDamage(t, path, first(s))
			requireDamage(t, path, s.View(nothing))
			requireDamage(t, path, s.Update(nothing))
			require.NoError(t, s.Close())
			require.NoError(t, s.Close())
			require.ErrorIs(t, s.View(nothing), store.ErrClosed)
			_, err := store.OpenBolt(path, store.Options{})
			requireDamage(t, path, err)
		})
	}
}

// A writer meets the damage when it commits.
func TestPagesAreGoneAtTheCommit(t *testing.T) {
	s, path, _ := inUse(t)
	require.Error(t, s.Update(func(tx store.Tx) error {
		require.NoError(t, overwrite(tx))
		return os.Truncate(path, 0)
	}))
	requireDamage(t, path, s.Update(nothing))
}

// A function reads a value that is not there any more.
func TestValueIsGoneWhileItIsRead(t *testing.T) {
	s, path, _ := inUse(t)
	requireDamage(t, path, s.View(func(tx store.Tx) error {
		value, err := tx.Get("large", []byte{3})
		require.NoError(t, err)
		require.NoError(t, os.Truncate(path, 0))
		require.Zero(t, value[5000])
		return err
	}))
}

// An operation that meets damage ends its transaction only. Others can read on.
func TestPagesAreOverwrittenWhileInUse(t *testing.T) {
	s, path, content := inUse(t)
	clear(content[2*os.Getpagesize():])
	writeOver(t, path, content)
	_, err := entries(s)
	requireDamage(t, path, err)
	requireDamage(t, path, s.Update(overwrite))
	require.NoError(t, s.View(nothing))
}

// A backup that is copied over a file in use stays as it is.
func TestFileIsReplacedWhileInUse(t *testing.T) {
	s, path, backup := inUse(t)
	for range 3 {
		require.NoError(t, s.Update(overwrite))
	}
	writeOver(t, path, backup)
	for range 2 {
		require.ErrorContains(t, s.Update(overwrite), path+": another program has written to it")
	}
	left, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, backup, left[:len(backup)])
}

// writeOver is what cp does, without making the file shorter at first.
func writeOver(t *testing.T, path string, content []byte) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.Write(content)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestUnfinishedFilesAreRemoved(t *testing.T) {
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path+".creating-123", nil, 0o600))
	require.NoError(t, os.WriteFile(path+".backup", nil, 0o600))
	s := open(t, path)
	require.NoError(t, s.Close())
	require.NoFileExists(t, path+".creating-123")
	require.FileExists(t, path+".backup")
}
