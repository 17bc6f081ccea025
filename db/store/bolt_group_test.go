package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func openGroup(t testing.TB) *bolt {
	t.Helper()
	s, err := OpenBolt(filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s.(*bolt)
}

// together runs functions that all wait while another one writes, and returns
// their errors and by how many transactions the engine is further.
func together(t *testing.T, b *bolt, fns ...func(Tx) error) (errs []error, transactions int) {
	t.Helper()
	errs = make([]error, len(fns))
	var all sync.WaitGroup
	b.writing.Lock()
	before := b.lastTx
	for i, fn := range fns {
		all.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					errs[i] = fmt.Errorf("panic: %v", r)
				}
			}()
			errs[i] = b.Update(fn)
		})
		for range 10_000_000 { // until it waits, in this order
			if b.queue.length() == i+1 {
				break
			}
			runtime.Gosched()
		}
		require.Equal(t, i+1, b.queue.length())
	}
	b.writing.Unlock()
	all.Wait()
	require.Zero(t, b.queue.length())
	return errs, b.lastTx - before
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

func putKey(key string) func(Tx) error {
	return func(tx Tx) error { return tx.Put("b", []byte(key), []byte("x")) }
}

func keys(t *testing.T, b *bolt) (found []string) {
	t.Helper()
	require.NoError(t, b.View(func(tx Tx) error {
		for key := range tx.Range("b", nil, nil) {
			found = append(found, string(key))
		}
		return nil
	}))
	return found
}

func TestWhatWaitsIsWrittenTogether(t *testing.T) {
	b := openGroup(t)
	errs, transactions := together(t, b, putKey("a"), putKey("b"), putKey("c"), putKey("d"))
	require.Equal(t, make([]error, 4), errs)
	require.Equal(t, 1, transactions)
	require.Equal(t, []string{"a", "b", "c", "d"}, keys(t, b))
}

// Whatever goes wrong in one function is its own affair.
func TestAFailureStaysWithWhoMadeIt(t *testing.T) {
	mine := errors.New("mine")
	bad := map[string]struct {
		fn   func(Tx) error
		want string
	}{
		"error":             {func(tx Tx) error { _ = putKey("bad")(tx); return mine }, "mine"},
		"operation's error": {func(tx Tx) error { _ = tx.Put("b", nil, nil); return nil }, `bucket "b": key is empty or too long`},
		"panic":             {func(tx Tx) error { _ = putKey("bad")(tx); panic("mine") }, "panic: mine"},
	}
	for name, test := range bad {
		for at := range 3 {
			t.Run(fmt.Sprint(name, at), func(t *testing.T) {
				b := openGroup(t)
				fns := []func(Tx) error{putKey("a"), putKey("b")}
				fns = append(fns[:at:at], append([]func(Tx) error{test.fn}, fns[at:]...)...)
				errs, _ := together(t, b, fns...)
				for i, err := range errs {
					if i == at {
						require.EqualError(t, err, test.want)
					} else {
						require.NoError(t, err)
					}
				}
				require.Equal(t, []string{"a", "b"}, keys(t, b))
				require.NoError(t, b.Update(putKey("c")), "and goes on")
			})
		}
	}
}

// What a goroutine does that ends in its function keeps nobody else waiting.
func TestAGoroutineEndsInItsFunction(t *testing.T) {
	b := openGroup(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.Update(func(Tx) error { runtime.Goexit(); return nil })
	}()
	<-done
	require.NoError(t, b.Update(putKey("a")))
	require.Equal(t, []string{"a"}, keys(t, b))
}

func TestEachFunctionSeesTheOnesBefore(t *testing.T) {
	b := openGroup(t)
	count := func(tx Tx) error {
		n := 0
		for range tx.Range("b", nil, nil) {
			n++
		}
		return putKey(fmt.Sprint("k", n))(tx)
	}
	_, transactions := together(t, b, count, count, count)
	require.Equal(t, 1, transactions)
	require.Equal(t, []string{"k0", "k1", "k2"}, keys(t, b))
}

func TestAGroupIsBounded(t *testing.T) {
	b := openGroup(t)
	var fns []func(Tx) error
	for i := range maxGroup + 2 {
		fns = append(fns, putKey(fmt.Sprintf("%03d", i)))
	}
	_, transactions := together(t, b, fns...)
	require.Equal(t, 2, transactions)
	require.Len(t, keys(t, b), maxGroup+2)
}

func TestClosingRefusesWhatWaits(t *testing.T) {
	s, err := OpenBolt(filepath.Join(t.TempDir(), "a.db"), Options{Create: true})
	require.NoError(t, err)
	b := s.(*bolt)
	closing := func(tx Tx) error {
		closed := ErrClosed
		b.refusal.Store(&closed)
		return nil
	}
	require.NoError(t, b.Update(closing))
	errs, _ := together(t, b, putKey("a"), putKey("b"))
	require.ErrorIs(t, errs[0], ErrClosed)
	require.ErrorIs(t, errs[1], ErrClosed)
	require.NoError(t, b.Close())
}
