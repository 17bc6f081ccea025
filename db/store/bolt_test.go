package store_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/PivotLLM/MCPFusion/db/store"
)

func tempPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "test.db")
}

// newFile makes a database of several pages and returns its path.
func newFile(t *testing.T) string {
	t.Helper()
	path := tempPath(t)
	s, err := store.OpenBolt(path, store.Options{Create: true})
	require.NoError(t, err)
	require.NoError(t, s.Update(func(tx store.Tx) error {
		return tx.Put("b", []byte("k"), bytes.Repeat([]byte("v"), 20_000))
	}))
	require.NoError(t, s.Close())
	return path
}

func requireMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, want, info.Mode().Perm())
}

func TestOpenCreatesOnlyWhenAsked(t *testing.T) {
	path := tempPath(t)
	_, err := store.OpenBolt(path, store.Options{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, path)
	require.NoFileExists(t, path)

	s, err := store.OpenBolt(path, store.Options{Create: true})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	requireMode(t, path, 0o600)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing but the database remains")
}

func TestCreateInUnusableDirectory(t *testing.T) {
	_, err := store.OpenBolt(filepath.Join(t.TempDir(), "missing", "test.db"), store.Options{Create: true})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "create ")
}

func TestOpenWaitsForTheLockThenGivesUp(t *testing.T) {
	path := newFile(t)
	first, err := store.OpenBolt(path, store.Options{})
	require.NoError(t, err)
	_, err = store.OpenBolt(path, store.Options{LockTimeout: time.Millisecond})
	require.ErrorIs(t, err, store.ErrInUse)
	require.ErrorContains(t, err, path)

	type result struct {
		store.Store
		error
	}
	waiting := make(chan result)
	go func() {
		s, err := store.OpenBolt(path, store.Options{LockTimeout: time.Minute})
		waiting <- result{s, err}
	}()
	require.NoError(t, first.Close())
	second := <-waiting
	require.NoError(t, second.error)
	require.NoError(t, second.Close())
}

func TestOpenTakesPermissionsAway(t *testing.T) {
	path := newFile(t)
	require.NoError(t, os.Chmod(path, 0o664))
	s, err := store.OpenBolt(path, store.Options{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	requireMode(t, path, 0o600)

	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, os.Link(path, path+".other"))
	_, err = store.OpenBolt(path, store.Options{})
	require.ErrorContains(t, err, "run chmod 600 "+path)
	requireMode(t, path, 0o644)
}

func TestOpenRefusesWhatIsNoRegularFile(t *testing.T) {
	target := newFile(t)
	require.NoError(t, os.Chmod(target, 0o644))
	link := tempPath(t)
	require.NoError(t, os.Symlink(target, link))
	_, err := store.OpenBolt(link, store.Options{Create: true})
	require.ErrorContains(t, err, link+" is a symbolic link")
	requireMode(t, target, 0o644)

	dangling := tempPath(t)
	require.NoError(t, os.Symlink(filepath.Join(t.TempDir(), "nowhere"), dangling))
	_, err = store.OpenBolt(dangling, store.Options{Create: true})
	require.ErrorContains(t, err, "is a symbolic link")

	pipe := tempPath(t)
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	_, err = store.OpenBolt(pipe, store.Options{})
	require.ErrorContains(t, err, "is not a regular file")
	_, err = store.OpenBolt(t.TempDir(), store.Options{})
	require.Error(t, err)
}

func TestRootKeepsTheDirectorysOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can give files away")
	}
	path := tempPath(t)
	require.NoError(t, os.Chown(filepath.Dir(path), 12345, 54321))
	s, err := store.OpenBolt(path, store.Options{Create: true})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 12345, info.Sys().(*syscall.Stat_t).Uid)
	require.EqualValues(t, 54321, info.Sys().(*syscall.Stat_t).Gid)
}

func TestCutOffFileIsAnError(t *testing.T) {
	whole, err := os.ReadFile(newFile(t))
	require.NoError(t, err)
	for _, size := range []int{0, 1, 63, 80, 4095, 4096, 8191, 8192, 12288, 16384, 20000} {
		path := tempPath(t)
		require.NoError(t, os.WriteFile(path, whole[:size], 0o600))
		_, err := store.OpenBolt(path, store.Options{Create: true})
		require.ErrorIs(t, err, store.ErrCorrupt, "%d bytes", size)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, "restore it from a backup")
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, whole[:size], left, "the file was changed")
	}
}

func TestGarbageIsAnError(t *testing.T) {
	for name, content := range map[string][]byte{
		"text":  []byte("not a database\n"),
		"page":  bytes.Repeat([]byte("x"), 4096),
		"zeros": make([]byte, 1<<16),
		"long":  bytes.Repeat([]byte("SQLite format 3\x00"), 1<<12),
	} {
		path := tempPath(t)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err := store.OpenBolt(path, store.Options{Create: true})
		require.ErrorIs(t, err, store.ErrCorrupt, name)
	}
}

func TestDamagedFreeListIsAnError(t *testing.T) {
	path := newFile(t)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	clear(content[2*os.Getpagesize():])
	require.NoError(t, os.WriteFile(path, content, 0o600))
	_, err = store.OpenBolt(path, store.Options{LockTimeout: time.Millisecond})
	require.ErrorIs(t, err, store.ErrCorrupt)
	_, err = store.OpenBolt(path, store.Options{LockTimeout: time.Millisecond})
	require.ErrorIs(t, err, store.ErrCorrupt, "and does not hold the lock")
}

func TestNestedBucketIsForeign(t *testing.T) {
	path := tempPath(t)
	other, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, other.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		require.NoError(t, err)
		_, err = b.CreateBucket([]byte("nested"))
		return err
	}))
	require.NoError(t, other.Close())

	s, err := store.OpenBolt(path, store.Options{})
	require.NoError(t, err)
	defer s.Close()
	nested := []byte("nested")
	for name, op := range map[string]func(store.Tx) error{
		"get":           func(tx store.Tx) error { _, err := tx.Get("b", nested); return err },
		"put":           func(tx store.Tx) error { return tx.Put("b", nested, nil) },
		"delete":        func(tx store.Tx) error { return tx.Delete("b", nested) },
		"delete prefix": func(tx store.Tx) error { return tx.DeletePrefix("b", nested) },
		"range": func(tx store.Tx) error {
			for range tx.Range("b", nil, nil) {
				return errors.New("yielded")
			}
			return nil
		},
	} {
		require.ErrorIs(t, s.Update(op), store.ErrForeign, name)
	}
}

func TestBackupIsADatabase(t *testing.T) {
	s := openStore(t)
	fill(t, s, "k")
	path := tempPath(t)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	require.NoError(t, s.Backup(file))
	require.NoError(t, file.Close())
	copied, err := store.OpenBolt(path, store.Options{})
	require.NoError(t, err)
	defer copied.Close()
	require.Equal(t, []string{"k"}, keys(t, copied, "", "", -1))
	require.ErrorContains(t, s.Backup(brokenWriter{}), "no space")
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestSmallDatabaseStaysSmall(t *testing.T) {
	info, err := os.Stat(newFile(t))
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(2<<20))
}

func TestSize(t *testing.T) {
	path := tempPath(t)
	s, err := store.OpenBolt(path, store.Options{Create: true})
	require.NoError(t, err)
	require.NoError(t, s.Update(func(tx store.Tx) error { return tx.Put("b", []byte("k"), make([]byte, 1<<20)) }))
	full, free, err := s.Size()
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, info.Size(), full)
	require.Less(t, free, full-1<<20)
	require.NoError(t, s.Update(func(tx store.Tx) error { return tx.Delete("b", []byte("k")) }))
	_, later, err := s.Size()
	require.NoError(t, err)
	require.GreaterOrEqual(t, later, free+1<<20)
	require.NoError(t, s.Close())
	_, _, err = s.Size()
	require.ErrorIs(t, err, store.ErrClosed)
}
