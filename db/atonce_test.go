package db

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// locked collects tokens from several goroutines.
type locked struct {
	mu     sync.Mutex // guards tokens
	tokens []string
}

func (l *locked) add(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = append(l.tokens, token)
}

func (l *locked) requireValid(t *testing.T, d *DB) {
	t.Helper()
	requireSound(t, d)
	for _, token := range l.tokens {
		_, err := d.Authenticate(token)
		require.NoError(t, err)
	}
}

// A lock belongs to an open file, so within one process it is as between many.
func TestManyCreateAtOnce(t *testing.T) {
	for range 5 {
		dir := newDir(t)
		var got locked
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				d, err := New(WithLogger(&recorder{}), WithDataDir(dir), WithLockTimeout(time.Minute))
				require.NoError(t, err)
				token, _, err := d.AddAPIToken("")
				require.NoError(t, errors.Join(err, d.Close()))
				got.add(token)
			})
		}
		group.Wait()
		require.Len(t, got.tokens, 6)
		got.requireValid(t, openDir(t, dir))
		requireOnlyTheDatabase(t, dir)
	}
}

// Whoever works while the database is closed gets an answer that holds, or
// ErrClosed.
func TestCloseWhileInUse(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	var got locked
	var group, begun sync.WaitGroup
	for range 4 {
		begun.Add(1)
		cameRound := sync.OnceFunc(begun.Done)
		group.Go(func() {
			for ; ; cameRound() {
				token, _, err := d.AddAPIToken("")
				if err != nil {
					require.ErrorIs(t, err, ErrClosed)
					return
				}
				got.add(token)
				if _, err = d.Authenticate(token); err == nil {
					_, err = d.ListAPITokens()
				}
				require.True(t, err == nil || errors.Is(err, ErrClosed), "%v", err)
			}
		})
	}
	begun.Wait()
	require.NoError(t, d.Close())
	group.Wait()
	got.requireValid(t, openDir(t, dir))
}
