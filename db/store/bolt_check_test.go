package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func openBbolt(t *testing.T, pageSize int) (db *bbolt.DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: pageSize, NoSync: true, FreelistType: bbolt.FreelistMapType})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, path
}

func requireWhole(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	warning, err := checkWhole(file)
	require.NoError(t, err)
	require.Empty(t, warning)
}

// A healthy file that was refused would be worse than a damaged one that was
// not: so whatever bbolt may write is whole.
func TestWhatBboltWritesIsWhole(t *testing.T) {
	histories := 6
	if testing.Short() {
		histories = 3
	}
	for seed := range histories {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		db, path := openBbolt(t, 1024<<random.IntN(4))
		for range 40 {
			require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return change(tx, random) }))
			requireWhole(t, path)
		}
	}
}

// change puts and deletes in runs, near each other and far apart, in buckets
// inside of buckets.
func change(tx *bbolt.Tx, random *rand.Rand) error {
	b, err := tx.CreateBucketIfNotExists([]byte{'a' + byte(random.IntN(3))})
	if err == nil && random.IntN(3) == 0 {
		b, err = b.CreateBucketIfNotExists([]byte("nested"))
	}
	if err != nil {
		return err
	}
	first, deleting, large := random.IntN(2000), random.IntN(2) == 0, random.IntN(8) == 0
	for i := range random.IntN(400) {
		key := fmt.Appendf(nil, "%05d", first+i*(1+first%3))
		size := random.IntN(60)
		if large {
			size *= 200
		}
		if deleting {
			err = b.Delete(key)
		} else {
			err = b.Put(key, bytes.Repeat(key, size/5))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// With very many free pages their number is written in another place.
func TestManyFreePages(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: writes 70 MB")
	}
	db, path := openBbolt(t, 1024)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		require.NoError(t, err)
		return b.Put([]byte("k"), make([]byte, 70<<20))
	}))
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("b")) }))
	requireWhole(t, path)
}

// Without a list of free pages, what nothing refers to is free.
func TestNoListOfFreePages(t *testing.T) {
	db, path := openBbolt(t, 4096)
	db.NoFreelistSync = true
	random := rand.New(rand.NewPCG(1, 1))
	for range 5 {
		require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return change(tx, random) }))
	}
	requireWhole(t, path)
}
