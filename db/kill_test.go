package db

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// ledger is what a child said that it has done. Values are tokens.
type ledger struct {
	added, deleted map[string]string
	deleting       map[string]bool // and nobody knows whether it was done
	used           map[string]bool
	stored         map[string]string // the secret that was stored last
}

// note believes all that was said.
func (l *ledger) note(t *testing.T, said [][]string) {
	t.Helper()
	for _, words := range said {
		switch hash := words[1]; words[0] {
		case "added":
			l.added[hash] = words[2]
		case "used":
			l.used[hash] = true
		case "stored":
			l.stored[hash] = words[2]
		case "deleting":
			l.deleting[hash] = true
		case "deleted":
			l.settle(hash)
		default:
			require.Fail(t, "child", "%q", words)
		}
	}
}

// settle notes that a deletion was done.
func (l *ledger) settle(hash string) {
	l.deleted[hash] = l.added[hash]
	delete(l.added, hash)
	delete(l.deleting, hash)
}

// check compares what was said with what is there.
func (l *ledger) check(t *testing.T, d *DB) {
	t.Helper()
	requireSound(t, d)
	list, err := d.ListAPITokens()
	require.NoError(t, err)
	listed := map[string]bool{}
	unsaid := 0
	for _, token := range list {
		listed[token.Hash] = true
		if l.added[token.Hash] == "" {
			unsaid++
			require.NotContains(t, l.deleted, token.Hash, "came back")
			require.NoError(t, d.DeleteAPIToken(token.Hash))
		} else if l.used[token.Hash] {
			require.NotNil(t, token.LastUsed)
		}
	}
	require.LessOrEqual(t, unsaid, 2, "one for each that worked")
	for hash, token := range l.added {
		if !listed[hash] {
			require.True(t, l.deleting[hash], "lost: %s", hash)
			l.settle(hash)
			continue
		}
		tenant, err := d.Authenticate(token)
		require.NoError(t, err)
		require.Equal(t, hash, tenant.TokenHash())
		l.checkSecret(t, tenant)
	}
	clear(l.deleting)
	for _, token := range l.deleted {
		_, err := d.Authenticate(token)
		require.Equal(t, ErrInvalidToken, err)
	}
}

// checkSecret opens the secret: it is the one that was stored last, or one that
// was being stored.
func (l *ledger) checkSecret(t *testing.T, tenant *Tenant) {
	t.Helper()
	data, err := tenant.OAuthToken("mail")
	last := l.stored[tenant.TokenHash()]
	if errors.Is(err, ErrNotFound) {
		require.Empty(t, last)
		return
	}
	require.NoError(t, err)
	next := "one" + tenant.TokenHash()
	if last != "" {
		next = "two" + tenant.TokenHash()
	}
	require.Contains(t, []string{last, next}, data.AccessToken)
}

func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// A process that adds, uses and deletes tokens is killed again and again. All
// that it said stays true, and nothing that it was about to do is there by
// half.
func TestKilledProcessLosesNothing(t *testing.T) {
	dir := newDir(t)
	l := ledger{map[string]string{}, map[string]string{}, map[string]bool{}, map[string]bool{}, map[string]string{}}
	for round := range rounds(50) {
		random := rand.New(rand.NewPCG(rand.Uint64(), uint64(round)))
		l.note(t, runAndKill(t, "tokens", dir, random.IntN(30), random))
		d, err := New(WithLogger(&recorder{}), WithDataDir(dir))
		require.NoError(t, err)
		l.check(t, d)
		require.NoError(t, d.Close())
	}
	require.NotEmpty(t, l.added)
	require.NotEmpty(t, l.deleted)
	requireOnlyTheDatabase(t, dir)
	t.Logf("%d tokens are left, %d were deleted", len(l.added), len(l.deleted))
}

// A process that creates databases is killed. What it leaves can be opened, and
// is cleared away.
func TestKilledWhileCreating(t *testing.T) {
	for round := range rounds(20) {
		random := rand.New(rand.NewPCG(rand.Uint64(), uint64(round)))
		dir := t.TempDir()
		said := runAndKill(t, "create", dir, random.IntN(4), random)
		for n := range len(said) + 1 {
			one := filepath.Join(dir, fmt.Sprint(n))
			if n < len(said) {
				require.Equal(t, []string{"created", fmt.Sprint(n)}, said[n])
				require.FileExists(t, filepath.Join(one, fileName))
			}
			d := openDir(t, one)
			requireSound(t, d)
			require.Empty(t, dump(t, d))
			require.NoError(t, d.Close())
			requireOnlyTheDatabase(t, one)
		}
	}
}

func requireOnlyTheDatabase(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, fileName, entries[0].Name())
}
