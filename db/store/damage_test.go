package store_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// manyPages makes a database that has all kinds of pages: branches over leaves,
// a value over several pages, small buckets that stand in their parent's page,
// and free pages. It returns its bytes.
func manyPages(t *testing.T) []byte {
	t.Helper()
	path := tempPath(t)
	s := open(t, path)
	for round := range 4 {
		require.NoError(t, s.Update(func(tx store.Tx) error {
			for i := range 60 {
				key := fmt.Appendf(nil, "%d/%04d", round, i)
				require.NoError(t, tx.Put("b", key, bytes.Repeat(key, 20)))
			}
			require.NoError(t, tx.Put("large", []byte{byte(round)}, make([]byte, 10_000)))
			return tx.Put("small", []byte{byte(round)}, nil)
		}))
	}
	require.NoError(t, s.Update(func(tx store.Tx) error { return tx.DeletePrefix("b", []byte("1/")) }))
	var content bytes.Buffer // without what the file has grown ahead
	require.NoError(t, s.Backup(&content))
	require.NoError(t, s.Close())
	return content.Bytes()
}

// open takes a lost last change as an error.
func open(t *testing.T, path string) store.Store {
	t.Helper()
	s, err := store.OpenBolt(path, store.Options{Create: true})
	require.NoError(t, err)
	return s
}

func requireDamage(t *testing.T, path string, err error) {
	t.Helper()
	require.ErrorIs(t, err, store.ErrCorrupt)
	require.ErrorContains(t, err, path)
	require.ErrorContains(t, err, "restore it from a backup")
}

// entries returns all that can be read.
func entries(s store.Store) (found []string, err error) {
	err = s.View(func(tx store.Tx) error {
		found = nil
		names, err := tx.Buckets()
		if err != nil {
			return err
		}
		for _, name := range names {
			found = append(found, "bucket "+name)
			for key, value := range tx.Range(name, nil, nil) {
				found = append(found, fmt.Sprintf("%q=%x", key, sha256.Sum256(value)))
			}
		}
		return nil
	})
	return found, err
}

func overwrite(tx store.Tx) error {
	for i := range 60 {
		if err := tx.Put("b", fmt.Appendf(nil, "%d/%04d", i%5, i), bytes.Repeat([]byte("n"), i)); err != nil {
			return err
		}
	}
	return tx.DeletePrefix("b", []byte("2/"))
}

// Whichever byte of a file is wrong, what reads and writes it gets an error
// that says so, or all entries; only what the byte belonged to may be another.
func TestFlippedBytes(t *testing.T) {
	content := manyPages(t)
	path := tempPath(t)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	s := open(t, path)
	want, err := entries(s)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	pages := len(content) / os.Getpagesize()
	found, seeds := 0, 12*pages
	if testing.Short() {
		seeds = 3 * pages
	}
	for seed := range seeds {
		random := rand.New(rand.NewPCG(uint64(seed), 0))
		require.NoError(t, os.WriteFile(path, flipped(content, seed%pages, random), 0o600))
		if !survives(t, path, want) {
			found++
		}
	}
	t.Logf("%d of %d damaged files were refused", found, seeds)
}

// flipped changes one bit, or a whole byte, of one page, half of the time where
// it says what is in it.
func flipped(content []byte, page int, random *rand.Rand) []byte {
	damaged := bytes.Clone(content)
	at := page * os.Getpagesize()
	if random.IntN(2) == 0 {
		at += random.IntN(128)
	} else {
		at += random.IntN(os.Getpagesize())
	}
	if random.IntN(2) == 0 {
		damaged[at] ^= 1 << random.IntN(8)
	} else {
		damaged[at] ^= byte(1 + random.IntN(255))
	}
	return damaged
}

// survives reports whether a database can be opened.
func survives(t *testing.T, path string, want []string) bool {
	t.Helper()
	warned := ""
	s, err := store.OpenBolt(path, store.Options{Warn: func(text string) { warned = text }})
	if err != nil {
		requireDamage(t, path, err)
		return false
	}
	got, err := entries(s)
	require.NoError(t, err)
	if warned == "" {
		require.LessOrEqual(t, different(t, want, got), 1)
	}
	require.NoError(t, s.Update(overwrite))
	require.NoError(t, s.Close())
	s = open(t, path)
	_, err = entries(s)
	require.NoError(t, err, "written to, it is whole again")
	require.NoError(t, s.Close())
	return true
}

func different(t *testing.T, want, got []string) (n int) {
	t.Helper()
	require.Equal(t, len(want), len(got))
	for i := range want {
		if want[i] != got[i] {
			n++
		}
	}
	return n
}

func TestCutOffAnywhere(t *testing.T) {
	content := manyPages(t)
	path := tempPath(t)
	step := 509
	if testing.Short() {
		step = 5003
	}
	for size := 0; size < len(content); size += step {
		require.NoError(t, os.WriteFile(path, content[:size], 0o600))
		_, err := store.OpenBolt(path, store.Options{Create: true, Warn: func(text string) { t.Error(text) }})
		requireDamage(t, path, err)
	}
}

// The header of the last transaction is gone, and with it what that did.
func TestLostLastChangeIsSaid(t *testing.T) {
	path := tempPath(t)
	s := open(t, path)
	fill(t, s, "1")
	fill(t, s, "2")
	require.NoError(t, s.Close())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	size := os.Getpagesize()

	for page, want := range [][]string{{"1", "2"}, {"1"}} { // written in turn
		damaged := bytes.Clone(content)
		damaged[page*size+40] ^= 1
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		warned := ""
		s, err := store.OpenBolt(path, store.Options{Warn: func(text string) { warned = text }})
		require.NoError(t, err)
		require.Equal(t, want, keys(t, s, "", "", -1))
		require.NoError(t, s.Close())
		if page == 0 {
			require.Empty(t, warned, "the older of the two")
			continue
		}
		require.Equal(t, path+": one of its two headers is damaged, so the last change to it may be lost", warned)
		_, err = store.OpenBolt(path, store.Options{})
		requireDamage(t, path, err)
	}
}
