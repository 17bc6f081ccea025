package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// These tests protect the contract that stands on Store and Tx, whatever the
// engine. What only a file has is in bolt_test.go.

func openStore(t *testing.T) store.Store {
	t.Helper()
	s, err := store.OpenBolt(filepath.Join(t.TempDir(), "test.db"), store.Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// fill puts each key with itself as the value.
func fill(t *testing.T, s store.Store, keys ...string) {
	t.Helper()
	require.NoError(t, s.Update(func(tx store.Tx) error {
		for _, key := range keys {
			require.NoError(t, tx.Put("b", []byte(key), []byte(key)))
		}
		return nil
	}))
}

// keys returns what Range yields, at most limit keys.
func keys(t *testing.T, s store.Store, prefix, after string, limit int) []string {
	t.Helper()
	found := []string{}
	require.NoError(t, s.View(func(tx store.Tx) error {
		found = found[:0]
		for key, value := range tx.Range("b", []byte(prefix), []byte(after)) {
			require.Equal(t, key, value)
			found = append(found, string(key))
			if len(found) == limit {
				break
			}
		}
		return nil
	}))
	return found
}

func get(t *testing.T, s store.Store, key string) []byte {
	t.Helper()
	var value []byte
	require.NoError(t, s.View(func(tx store.Tx) error {
		v, err := tx.Get("b", []byte(key))
		value = bytes.Clone(v)
		return err
	}))
	return value
}

func TestGetTellsAbsentFromEmpty(t *testing.T) {
	s := openStore(t)
	require.NoError(t, s.Update(func(tx store.Tx) error {
		require.NoError(t, tx.Put("b", []byte("nil"), nil))
		require.NoError(t, tx.Put("b", []byte("empty"), []byte{}))
		v, err := tx.Get("b", []byte("nil"))
		require.NoError(t, err)
		require.NotNil(t, v, "inside the transaction that wrote it")
		return nil
	}))
	require.NotNil(t, get(t, s, "nil"))
	require.NotNil(t, get(t, s, "empty"))
	require.Nil(t, get(t, s, "absent"))
	require.Equal(t, []string{}, keys(t, openStore(t), "", "", -1), "bucket that is not there")
}

func TestTransactionSeesItsOwnWrites(t *testing.T) {
	s := openStore(t)
	require.NoError(t, s.Update(func(tx store.Tx) error {
		require.NoError(t, tx.Put("b", []byte("k"), []byte("v")))
		v, err := tx.Get("b", []byte("k"))
		require.NoError(t, err)
		require.Equal(t, "v", string(v))
		require.NoError(t, tx.Delete("b", []byte("k")))
		v, err = tx.Get("b", []byte("k"))
		require.Nil(t, v)
		return err
	}))
}

func TestRangeOrderAndPrefix(t *testing.T) {
	s := openStore(t)
	fill(t, s, "b", "a", "a\xff", "a\xff\xff", "a\xff\xff\x00", "a\x00", "\xff", "\xff\xff", "ab")
	for _, test := range []struct {
		prefix, after string
		want          []string
	}{
		{"", "", []string{"a", "a\x00", "ab", "a\xff", "a\xff\xff", "a\xff\xff\x00", "b", "\xff", "\xff\xff"}},
		{"a", "", []string{"a", "a\x00", "ab", "a\xff", "a\xff\xff", "a\xff\xff\x00"}},
		{"a\xff", "", []string{"a\xff", "a\xff\xff", "a\xff\xff\x00"}},
		{"\xff", "", []string{"\xff", "\xff\xff"}},
		{"\xff\xff\xff", "", []string{}},
		{"a", "ab", []string{"a\xff", "a\xff\xff", "a\xff\xff\x00"}},
		{"a", "aa", []string{"ab", "a\xff", "a\xff\xff", "a\xff\xff\x00"}},
		{"b", "a", []string{"b"}},
		{"a", "b", []string{}},
		{"", "\xff\xff", []string{}},
	} {
		t.Run(fmt.Sprintf("%q after %q", test.prefix, test.after), func(t *testing.T) {
			require.Equal(t, test.want, keys(t, s, test.prefix, test.after, -1))
		})
	}
}

func TestPagingVisitsEachKeyOnce(t *testing.T) {
	s := openStore(t)
	var want []string
	for i := range 1000 {
		want = append(want, fmt.Sprintf("p/%04d", i))
	}
	fill(t, s, append([]string{"a", "q"}, want...)...)
	var got []string
	for after := ""; ; after = got[len(got)-1] {
		page := keys(t, s, "p/", after, 7)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	require.Equal(t, want, got)
}

func TestDeletePrefixTakesTheSubtreeAndNoMore(t *testing.T) {
	s := openStore(t)
	var many []string
	for i := range 5000 { // several pages of the engine
		many = append(many, fmt.Sprintf("t\xff/%05d", i))
	}
	fill(t, s, append([]string{"t", "t\xfe", "u", "t\xff"}, many...)...)
	require.NoError(t, s.Update(func(tx store.Tx) error {
		require.NoError(t, tx.DeletePrefix("b", []byte("none")))
		require.NoError(t, tx.DeletePrefix("missing bucket", []byte("x")))
		return tx.DeletePrefix("b", []byte("t\xff"))
	}))
	require.Equal(t, []string{"t", "t\xfe", "u"}, keys(t, s, "", "", -1))
}

func TestErrorOfTheFunctionRollsBack(t *testing.T) {
	s := openStore(t)
	fill(t, s, "kept")
	mine := errors.New("mine")
	require.Equal(t, mine, s.Update(func(tx store.Tx) error {
		require.NoError(t, tx.Put("b", []byte("new"), nil))
		require.NoError(t, tx.Put("new bucket", []byte("new"), nil))
		require.NoError(t, tx.DeletePrefix("b", []byte("kept")))
		return mine
	}))
	require.Equal(t, []string{"kept"}, keys(t, s, "", "", -1))
	require.NoError(t, s.View(func(tx store.Tx) error {
		names, err := tx.Buckets()
		require.Equal(t, []string{"b"}, names)
		return err
	}))
}

func TestPanicRollsBack(t *testing.T) {
	s := openStore(t)
	require.Panics(t, func() {
		_ = s.Update(func(tx store.Tx) error {
			require.NoError(t, tx.Put("b", []byte("new"), nil))
			panic("in the middle")
		})
	})
	require.Nil(t, get(t, s, "new"))
	fill(t, s, "and the next transaction works")
}

func TestFirstErrorStaysAndEndsTheTransaction(t *testing.T) {
	for name, fail := range map[string]func(store.Tx) error{
		"empty key": func(tx store.Tx) error { return tx.Put("b", nil, nil) },
		"empty bucket": func(tx store.Tx) error {
			_, err := tx.Get("", []byte("k"))
			return err
		},
		"empty prefix": func(tx store.Tx) error { return tx.DeletePrefix("b", nil) },
		"long key":     func(tx store.Tx) error { return tx.Delete("b", make([]byte, 1<<16)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t)
			fill(t, s, "k")
			err := s.Update(func(tx store.Tx) error {
				require.NoError(t, tx.Put("b", []byte("new"), nil))
				first := fail(tx)
				require.ErrorIs(t, first, store.ErrKey)
				requireAllFail(t, tx, first)
				return nil // ignores it
			})
			require.ErrorIs(t, err, store.ErrKey)
			require.Equal(t, []string{"k"}, keys(t, s, "", "", -1))
		})
	}
}

// requireAllFail runs each operation of a transaction that has met an error.
func requireAllFail(t *testing.T, tx store.Tx, want error) {
	t.Helper()
	_, err := tx.Get("b", []byte("k"))
	require.ErrorIs(t, err, want)
	_, err = tx.Buckets()
	require.ErrorIs(t, err, want)
	require.ErrorIs(t, tx.Put("b", []byte("k"), nil), want)
	require.ErrorIs(t, tx.Delete("b", []byte("k")), want)
	require.ErrorIs(t, tx.DeletePrefix("b", []byte("k")), want)
	for range tx.Range("b", nil, nil) {
		require.Fail(t, "Range goes on")
	}
}

func TestErrorOfAnOperationWinsUnlessWrapped(t *testing.T) {
	s := openStore(t)
	other := errors.New("other")
	err := s.View(func(tx store.Tx) error {
		_, _ = tx.Get("b", nil)
		return other
	})
	require.ErrorIs(t, err, store.ErrKey)
	require.NotErrorIs(t, err, other)
	err = s.View(func(tx store.Tx) error {
		_, err := tx.Get("b", nil)
		return fmt.Errorf("context: %w", err)
	})
	require.ErrorContains(t, err, "context: ")
	require.ErrorIs(t, err, store.ErrKey)
}

func TestViewCannotWrite(t *testing.T) {
	s := openStore(t)
	fill(t, s, "k")
	for name, write := range map[string]func(store.Tx) error{
		"put":              func(tx store.Tx) error { return tx.Put("b", []byte("new"), nil) },
		"put, new bucket":  func(tx store.Tx) error { return tx.Put("new", []byte("new"), nil) },
		"delete":           func(tx store.Tx) error { return tx.Delete("b", []byte("k")) },
		"delete of none":   func(tx store.Tx) error { return tx.Delete("b", []byte("none")) },
		"delete prefix":    func(tx store.Tx) error { return tx.DeletePrefix("b", []byte("k")) },
		"delete of no one": func(tx store.Tx) error { return tx.DeletePrefix("b", []byte("none")) },
	} {
		require.ErrorIs(t, s.View(func(tx store.Tx) error { return write(tx) }), store.ErrReadOnly, name)
	}
	require.Equal(t, []string{"k"}, keys(t, s, "", "", -1))
}

func TestNothingWorksAfterTheEnd(t *testing.T) {
	s := openStore(t)
	var kept store.Tx
	require.NoError(t, s.Update(func(tx store.Tx) error { kept = tx; return nil }))
	requireAllFail(t, kept, store.ErrClosed)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "closing again does nothing")
	nothing := func(store.Tx) error { require.Fail(t, "ran on a closed store"); return nil }
	require.ErrorIs(t, s.View(nothing), store.ErrClosed)
	require.ErrorIs(t, s.Update(nothing), store.ErrClosed)
	require.ErrorIs(t, s.Backup(&bytes.Buffer{}), store.ErrClosed)
}

func TestReadersAndWritersAtOnce(t *testing.T) {
	s := openStore(t)
	fill(t, s, "x", "y")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 20 {
				value := fmt.Append(nil, i)
				require.NoError(t, s.Update(func(tx store.Tx) error {
					require.NoError(t, tx.Put("b", []byte("x"), value))
					return tx.Put("b", []byte("y"), value)
				}))
				require.NoError(t, s.View(func(tx store.Tx) error {
					x, _ := tx.Get("b", []byte("x"))
					y, _ := tx.Get("b", []byte("y"))
					require.Equal(t, x, y, "half a transaction")
					return nil
				}))
			}
		})
	}
	group.Wait()
}
