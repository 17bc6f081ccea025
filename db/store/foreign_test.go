package store_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// nestedFile makes a database with buckets inside buckets.
func nestedFile(t *testing.T) (path string) {
	t.Helper()
	path = tempPath(t)
	db, err := bbolt.Open(path, 0o640, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		outer, err := tx.CreateBucket([]byte("outer"))
		require.NoError(t, err)
		inner, err := outer.CreateBucket([]byte("inner"))
		require.NoError(t, err)
		require.NoError(t, inner.Put([]byte("deep"), []byte("value")))
		require.NoError(t, outer.Put([]byte("empty"), nil))
		return outer.Put([]byte("plain"), []byte("p"))
	}))
	require.NoError(t, db.Close())
	old := time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, os.Chtimes(path, old, old))
	return path
}

// listed is what Range yields, a bucket with a slash.
func listed(t *testing.T, f *store.Foreign, after string, path ...string) []string {
	t.Helper()
	var found []string
	require.NoError(t, f.View(func(tx *store.ForeignTx) error {
		found = nil
		for key, value := range tx.Range([]byte(after), path...) {
			if value == nil {
				found = append(found, string(key)+"/")
			} else {
				found = append(found, string(key)+"="+string(value))
			}
		}
		return nil
	}))
	return found
}

func TestForeignDatabaseIsReadAndNotTouched(t *testing.T) {
	path := nestedFile(t)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	before, err := os.Stat(path)
	require.NoError(t, err)

	f, err := store.OpenForeign(path, store.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"outer/"}, listed(t, f, ""))
	require.Equal(t, []string{"empty=", "inner/", "plain=p"}, listed(t, f, "", "outer"))
	require.Equal(t, []string{"inner/", "plain=p"}, listed(t, f, "empty", "outer"))
	require.Equal(t, []string{"plain=p"}, listed(t, f, "inner", "outer"))
	require.Equal(t, []string{"deep=value"}, listed(t, f, "", "outer", "inner"))
	require.Empty(t, listed(t, f, "", "outer", "plain"), "a key is no bucket")
	require.Empty(t, listed(t, f, "", "missing", "inner"))
	require.NoError(t, f.View(func(tx *store.ForeignTx) error {
		require.Equal(t, "value", string(tx.Get("deep", "outer", "inner")))
		require.Nil(t, tx.Get("inner", "outer"))
		require.Nil(t, tx.Get("deep", "missing"))
		require.True(t, tx.Has("outer", "inner"))
		require.False(t, tx.Has("outer", "plain"))
		return nil
	}))
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.View(func(*store.ForeignTx) error { return nil }), store.ErrClosed)

	after, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, before.ModTime(), after.ModTime())
	require.Equal(t, before.Mode(), after.Mode())
	same, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, content, same)
}

func TestForeignDatabaseThatCannotBeRead(t *testing.T) {
	path := nestedFile(t)
	_, err := store.OpenForeign(path+"x", store.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = store.OpenForeign(t.TempDir(), store.Options{})
	require.ErrorContains(t, err, "not a regular file")

	held, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	_, err = store.OpenForeign(path, store.Options{LockTimeout: time.Millisecond})
	require.ErrorIs(t, err, store.ErrInUse)
	require.NoError(t, held.Close())

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, damaged := range [][]byte{nil, []byte("text"), content[:len(content)/2]} {
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		_, err = store.OpenForeign(path, store.Options{})
		require.ErrorIs(t, err, store.ErrCorrupt)
		require.ErrorContains(t, err, path)
	}
}

func TestForeignDatabaseThatIsCutOffWhileItIsRead(t *testing.T) {
	path := nestedFile(t)
	f, err := store.OpenForeign(path, store.Options{})
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, 0))
	err = f.View(func(tx *store.ForeignTx) error {
		for range tx.Range(nil, "outer") {
			continue
		}
		return nil
	})
	require.ErrorIs(t, err, store.ErrCorrupt)
	require.NoError(t, f.Close())
}
