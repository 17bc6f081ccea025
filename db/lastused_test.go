package db

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// stored returns when the token was last used according to the file alone.
func stored(t *testing.T, d *DB, hash string) *time.Time {
	t.Helper()
	var at *time.Time
	require.NoError(t, d.store.View(func(tx store.Tx) (err error) {
		at, err = (&DB{}).lastUsed(tx, mustHash(t, hash))
		return err
	}))
	return at
}

// listed returns what people are told.
func listed(t *testing.T, d *DB, hash string) *time.Time {
	t.Helper()
	found, err := d.FindAPITokens(hash)
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0].LastUsed
}

func use(t *testing.T, d *DB, token string) time.Time {
	t.Helper()
	_, err := d.Authenticate(token)
	require.NoError(t, err)
	return time.Now().UTC()
}

func TestLastUseIsListedAtOnceAndWrittenLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, hash := add(t, d, "")
		require.Nil(t, listed(t, d, hash), "a new token has none")
		at := use(t, d, token)
		require.Equal(t, at, *listed(t, d, hash))
		require.Nil(t, stored(t, d, hash))

		time.Sleep(flushEvery - time.Nanosecond)
		synctest.Wait()
		require.Nil(t, stored(t, d, hash))
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Equal(t, at, *stored(t, d, hash))
		require.Equal(t, at, *listed(t, d, hash))
		require.Empty(t, d.used.pending())
		requireSound(t, d)
	})
}

func TestLastUseIsWrittenAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newDir(t)
		d := openDir(t, dir)
		token, hash := add(t, d, "")
		at := use(t, d, token)
		require.NoError(t, d.Close())
		d = openDir(t, dir)
		require.Equal(t, at, *listed(t, d, hash))
	})
}

func TestDeletedTokenIsNotBroughtBack(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	id := mustHash(t, hash)
	use(t, d, token)
	require.NoError(t, d.DeleteAPIToken(hash))
	require.Empty(t, d.used.pending())

	d.used.mark(id, time.Now()) // by a request that was just being checked
	require.NoError(t, d.flush())
	require.Nil(t, stored(t, d, hash))
	require.Empty(t, d.used.pending())
	requireSound(t, d)
}

func TestUseDuringAFlushIsNotLost(t *testing.T) {
	var m marks
	token := hash{1}
	m.mark(token, time.Unix(1, 0))
	flushing := m.pending()
	m.mark(token, time.Unix(2, 0))
	m.written(flushing)
	at, ok := m.get(token)
	require.True(t, ok)
	require.Equal(t, time.Unix(2, 0).UnixNano(), at)
}

func TestFailingFlushKeepsTheMarksAndIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &recorder{}
		plain, err := New(WithLogger(log), WithDataDir(newDir(t)))
		require.NoError(t, err)
		token, hash := add(t, plain, "")
		broken := &brokenStore{Store: plain.store}
		d := open(broken, log)
		at := use(t, d, token)

		time.Sleep(3 * flushEvery)
		synctest.Wait()
		require.Nil(t, stored(t, d, hash))
		require.Equal(t, at, *listed(t, d, hash))
		require.Equal(t, 1, strings.Count(log.text(), "disk full"), log.text())
		require.Contains(t, log.text(), "error write when tokens were last used: disk full; trying again every 5s")

		broken.mended.Store(true)
		time.Sleep(flushEvery)
		synctest.Wait()
		require.Equal(t, at, *stored(t, d, hash))
		require.Contains(t, log.text(), "notice writing when tokens were last used works again")
		require.NoError(t, d.Close())
		require.NoError(t, plain.Close())
	})
}

func TestCloseReportsALostFlush(t *testing.T) {
	plain := openNew(t)
	token, _ := add(t, plain, "")
	broken := &brokenStore{Store: plain.store}
	d := open(broken, &recorder{})
	use(t, d, token)
	require.ErrorContains(t, d.Close(), "disk full")
	require.ErrorContains(t, d.Close(), "disk full", "the same again")
	require.ErrorIs(t, plain.Ping(), ErrClosed, "closed all the same")
}
