package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func filled(t *testing.T, content map[string]string) (Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	s, err := OpenBolt(path, Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	require.NoError(t, s.Update(func(tx Tx) error {
		for key, value := range content {
			if err := tx.Put("b", []byte(key), []byte(value)); err != nil {
				return err
			}
		}
		return nil
	}))
	return s, path
}

func TestSameSeesEachDifference(t *testing.T) {
	one, _ := filled(t, map[string]string{"a": "1", "b": "", "c": "3"})
	for name, content := range map[string]map[string]string{
		"another value": {"a": "1", "b": "", "c": "4"},
		"empty or not":  {"a": "1", "b": "2", "c": "3"},
		"one less":      {"a": "1", "c": "3"},
		"one more":      {"a": "1", "b": "", "c": "3", "d": "4"},
		"another key":   {"a": "1", "b": "", "d": "3"},
	} {
		other, _ := filled(t, content)
		require.ErrorIs(t, same(one, other), errDiffers, name)
	}
	equal, _ := filled(t, map[string]string{"a": "1", "b": "", "c": "3"})
	require.NoError(t, same(one, equal))
}

func TestCompactKeepsAllAndItsMode(t *testing.T) {
	s, path := filled(t, map[string]string{"a": "1", "b": "", "c": "3"})
	_, _, err := CompactBolt(path, time.Millisecond, func(Store) error { return nil })
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, s.Close())
	refused := errors.New("refused")
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, _, err = CompactBolt(path, time.Second, func(Store) error { return refused })
	require.ErrorIs(t, err, refused)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after, "what is refused changes nothing")

	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(path, 65534, 65534))
	}
	owner := ownerOf(t, path)
	checked := false
	_, _, err = CompactBolt(path, time.Second, func(fresh Store) error {
		checked = true
		expected, _ := filled(t, map[string]string{"a": "1", "b": "", "c": "3"})
		return same(expected, fresh)
	})
	require.NoError(t, err)
	require.True(t, checked)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Equal(t, owner, ownerOf(t, path))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func ownerOf(t *testing.T, path string) [2]uint32 {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	owner := info.Sys().(*syscall.Stat_t)
	return [2]uint32{owner.Uid, owner.Gid}
}
