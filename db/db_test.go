package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

func TestMain(m *testing.M) {
	if work := os.Getenv(childWork); work != "" {
		runChild(work, os.Getenv(childDir))
		return
	}
	goleak.VerifyTestMain(m)
}

// recorder keeps what is logged. Methods that db does not use would panic.
type recorder struct {
	global.Logger
	mu    sync.Mutex // guards lines
	lines []string
}

func (r *recorder) add(level, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, level+" "+text)
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

func (r *recorder) Debugf(format string, v ...any) { r.add("debug", fmt.Sprintf(format, v...)) }
func (r *recorder) Errorf(format string, v ...any) { r.add("error", fmt.Sprintf(format, v...)) }
func (r *recorder) Warning(msg string)             { r.add("warning", msg) }
func (r *recorder) Notice(msg string)              { r.add("notice", msg) }

// newDir returns the name of a data directory that does not exist yet.
func newDir(t testing.TB) string { return filepath.Join(t.TempDir(), "data") }

func openDir(t testing.TB, dir string, opts ...Option) *DB {
	t.Helper()
	d, err := New(append([]Option{WithLogger(&recorder{}), WithDataDir(dir)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func openNew(t testing.TB) *DB {
	t.Helper()
	return openDir(t, newDir(t))
}

func newError(t *testing.T, dir string, opts ...Option) error {
	t.Helper()
	d, err := New(append([]Option{WithLogger(&recorder{}), WithDataDir(dir), WithLockTimeout(time.Millisecond)}, opts...)...)
	if err == nil {
		require.NoError(t, d.Close())
	}
	require.Error(t, err)
	return err
}

// requireSound checks the invariants, as each test does after each change.
func requireSound(t testing.TB, d *DB) {
	t.Helper()
	problems, err := d.Verify()
	require.NoError(t, err)
	require.Empty(t, problems)
}

func requireMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, want, info.Mode().Perm(), path)
}

func TestNewNeedsALogger(t *testing.T) {
	dir := newDir(t)
	_, err := New(WithDataDir(dir))
	require.ErrorContains(t, err, "a logger is required")
	_, err = New(WithDataDir(dir), WithLogger(&recorder{}), WithLockTimeout(-1))
	require.ErrorContains(t, err, "negative")
	require.NoDirExists(t, dir)
}

func TestNewCreatesAndOpensAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	d := openDir(t, dir)
	requireSound(t, d)
	require.NoError(t, d.Ping())
	token, _, err := d.AddAPIToken("kept")
	require.NoError(t, err)
	require.NoError(t, d.Close())
	requireMode(t, filepath.Dir(dir), 0o700)
	requireMode(t, dir, 0o700)
	requireMode(t, filepath.Join(dir, fileName), 0o600)

	d = openDir(t, dir, WithExisting())
	_, err = d.Authenticate(token)
	require.NoError(t, err)
	requireSound(t, d)
}

func TestWithExistingCreatesNothing(t *testing.T) {
	dir := newDir(t)
	require.ErrorIs(t, newError(t, dir, WithExisting()), ErrNoDatabase)
	require.NoDirExists(t, dir)

	require.NoError(t, os.Mkdir(dir, 0o755))
	err := newError(t, dir, WithExisting())
	require.ErrorIs(t, err, ErrNoDatabase)
	require.ErrorContains(t, err, filepath.Join(dir, fileName))
	requireMode(t, dir, 0o755)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestNewWhileInUse(t *testing.T) {
	dir := newDir(t)
	openDir(t, dir)
	err := newError(t, dir)
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, filepath.Join(dir, fileName))
}

func TestNewOfADamagedFile(t *testing.T) {
	dir := newDir(t)
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, fileName), []byte("garbage"), 0o600))
	err := newError(t, dir)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, filepath.Join(dir, fileName))
}

func TestCloseIsIdempotentAndConcurrent(t *testing.T) {
	d := openNew(t)
	token, hash, err := d.AddAPIToken("")
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, err := d.Authenticate(token)
			if err != nil {
				require.ErrorIs(t, err, ErrClosed)
			}
		})
		group.Go(func() { require.NoError(t, d.Close()) })
	}
	group.Wait()

	_, err = d.Authenticate(token)
	require.ErrorIs(t, err, ErrClosed)
	valid, _, err := d.ValidateAPIToken(token)
	require.False(t, valid)
	require.ErrorIs(t, err, ErrClosed)
	_, _, err = d.AddAPIToken("")
	require.ErrorIs(t, err, ErrClosed)
	_, err = d.ListAPITokens()
	require.ErrorIs(t, err, ErrClosed)
	_, err = d.FindAPITokens(token[:8])
	require.ErrorIs(t, err, ErrClosed)
	_, err = d.Verify()
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, d.DeleteAPIToken(hash), ErrClosed)
	require.ErrorIs(t, d.Ping(), ErrClosed)
}

// foreign makes a database with bbolt alone.
func foreign(t *testing.T, fill func(*bbolt.Tx) error) (dir, file string) {
	t.Helper()
	dir = newDir(t)
	require.NoError(t, os.Mkdir(dir, 0o700))
	file = filepath.Join(dir, fileName)
	b, err := bbolt.Open(file, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, b.Update(fill))
	require.NoError(t, b.Close())
	return dir, file
}

// put makes the buckets on the way to a key.
func put(tx *bbolt.Tx, value string, path ...string) error {
	b, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	for _, name := range path[1 : len(path)-1] {
		if err == nil {
			b, err = b.CreateBucketIfNotExists([]byte(name))
		}
	}
	return errors.Join(err, b.Put([]byte(path[len(path)-1]), []byte(value)))
}

func TestForeignDatabasesAreRefusedUntouched(t *testing.T) {
	for name, test := range map[string]struct {
		fill func(*bbolt.Tx) error
		want string
	}{
		"newer": {func(tx *bbolt.Tx) error {
			return put(tx, "3", "system", "schema_version")
		}, `the database has version "3", this mcpfusion has version "2"`},
		"original 1.0": {func(tx *bbolt.Tx) error {
			return errors.Join(put(tx, "1.0", "system", "schema_version"), put(tx, "{}", "api_tokens", "hash", "metadata"))
		}, "original MCPFusion (schema version 1.0, here it is 2)"},
		"original 1.1": {func(tx *bbolt.Tx) error {
			return errors.Join(put(tx, "1.1", "system", "schema_version"), put(tx, "{}", "api_tokens", "hash"))
		}, "original MCPFusion (schema version 1.1, here it is 2)"},
		"original without a version": {func(tx *bbolt.Tx) error {
			return put(tx, "{}", "api_tokens", "hash", "metadata")
		}, "original MCPFusion"},
		"bucket as version": {func(tx *bbolt.Tx) error {
			return put(tx, "x", "system", "schema_version", "x")
		}, "original MCPFusion"},
		"another program's": {func(tx *bbolt.Tx) error {
			return put(tx, "x", "members", "x")
		}, "another program made this database"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, file := foreign(t, test.fill)
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			err = newError(t, dir)
			require.ErrorIs(t, err, ErrSchema)
			require.ErrorContains(t, err, file)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, strings.Contains(name, "original") || name == "bucket as version",
				strings.Contains(err.Error(), "take it over with mcpfusion-token migrate <file>"))
			require.NotErrorIs(t, newError(t, dir), ErrInUse, "the lock is released")
			after, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
}

func TestEmptyDatabaseGetsTheSchema(t *testing.T) {
	dir, _ := foreign(t, func(*bbolt.Tx) error { return nil })
	d := openDir(t, dir)
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		value, err := tx.Get(bucketSystem, schemaKey)
		require.Equal(t, schemaVersion, string(value))
		return err
	}))
}

// Its name may be that of another, with one wrong byte.
func TestUnknownBucketIsDamage(t *testing.T) {
	dir, file := foreign(t, func(tx *bbolt.Tx) error {
		return errors.Join(put(tx, "2", "system", "schema_version"), put(tx, "x", "token_inde|", "x"))
	})
	err := newError(t, dir)
	require.ErrorIs(t, err, ErrCorrupt)
	require.EqualError(t, err, file+`: bucket "token_inde|": damaged, or written by another version: `+
		"restore it from a backup, or move it away to begin anew")
}
