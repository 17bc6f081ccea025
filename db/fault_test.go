package db

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// world is a database with one tenant of two tokens, and one of a single token
// that shares its prefix with one of the other's.
type world struct {
	d      *DB
	faulty *faulty
	dir    string
	tokens []string // first, second of the first tenant; single
	hashes []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: newDir(t)}
	plain := openDir(t, w.dir)
	first, firstHash := add(t, plain, "first")
	single, singleHash := add(t, plain, "single")
	second, secondHash := addTo(t, plain, firstHash, single[:8])
	use(t, plain, second)
	require.NoError(t, plain.Close())
	w.tokens, w.hashes = []string{first, second, single}, []string{firstHash, secondHash, singleHash}
	w.reopen(t)
	return w
}

// reopen opens the file again, behind a store that can fail.
func (w *world) reopen(t *testing.T) {
	t.Helper()
	s, err := store.OpenBolt(filepath.Join(w.dir, fileName), store.Options{})
	require.NoError(t, err)
	require.NoError(t, ensureSchema(s))
	w.faulty = &faulty{Store: s}
	w.d = open(w.faulty, &recorder{})
	t.Cleanup(func() { _ = w.d.Close() })
}

// state is what the file holds, after its invariants were checked.
func (w *world) state(t *testing.T) string {
	t.Helper()
	requireSound(t, w.d)
	list, err := (&DB{store: w.d.store}).ListAPITokens() // without what is in memory only
	require.NoError(t, err)
	text := ""
	for _, token := range list {
		who := "new"
		if i := slices.Index(w.hashes, token.Hash); i >= 0 {
			who = []string{"first", "second", "single"}[i]
		}
		if token.LastUsed != nil {
			who += " used"
		}
		text = strings.TrimSpace(text + " " + who)
	}
	return text
}

// writes are all that a DB writes to a file that is there.
var writes = []struct {
	name string
	do   func(w *world) error
	// What the file holds after it; after a commit whose answer was lost; and
	// after one from which on nothing could be written.
	done, lost, stuck string
	// again is what a repetition gets after the last of these, and then is what
	// the file holds then.
	again error
	then  string
}{{
	name: "add", do: addNew,
	// What nobody got is taken back. If that cannot be done, it is listed, and
	// can be deleted.
	done: "new " + initially, lost: initially, stuck: "new " + initially,
	then: "new new " + initially,
}, {
	name: "delete one of two tokens",
	do:   func(w *world) error { return w.d.DeleteAPIToken(w.hashes[1]) },
	done: "single first", lost: "single first", stuck: "single first",
	again: ErrTokenNotFound, then: "single first",
}, {
	name: "delete the last token of a tenant",
	do:   func(w *world) error { return w.d.DeleteAPIToken(w.hashes[2]) },
	done: "second used first", lost: "second used first", stuck: "second used first",
	again: ErrTokenNotFound, then: "second used first",
}, {
	name: "write last uses", do: useTwo,
	done: allUsed, lost: allUsed, stuck: allUsed,
	then: allUsed,
}}

const (
	initially = "second used single first"
	allUsed   = "second used single used first used"
)

func addNew(w *world) error {
	token, hash, err := w.d.AddAPIToken("new")
	if err != nil && token+hash != "" {
		return fmt.Errorf("a token in spite of: %w", err)
	}
	return err
}

func useTwo(w *world) error {
	for _, token := range []string{w.tokens[0], w.tokens[2]} {
		if _, err := w.d.Authenticate(token); err != nil {
			return err
		}
	}
	return w.d.flush()
}

// Each write fails once, in each way. What was not stored has no effect; what
// was stored although an error came back is whole; and what follows is as it
// should be, also after the file was opened again.
func TestEachWriteFailsOnce(t *testing.T) {
	for _, op := range writes {
		w := newWorld(t)
		require.NoError(t, op.do(w))
		require.Equal(t, op.done, w.state(t))
		moments := w.faulty.passed()
		require.Greater(t, moments, 2)
		for n := range moments {
			for _, kind := range []fault{{}, {stays: true}, {lost: true}, {lost: true, stays: true}} {
				t.Run(fmt.Sprintf("%s, write %d, %+v", op.name, n+1, kind), func(t *testing.T) {
					want, again, then := initially, error(nil), op.done
					if n == moments-1 && kind.lost {
						want, again = op.lost, op.again
						if kind.stays {
							want, then = op.stuck, op.then
						}
					}
					w := newWorld(t)
					w.faulty.at, w.faulty.kind = n+1, kind
					require.ErrorIs(t, op.do(w), errFault)
					require.True(t, w.faulty.mend())
					require.Equal(t, want, w.state(t))
					w.reopenWith(t, want)
					require.ErrorIs(t, op.do(w), again)
					require.Equal(t, then, w.state(t))
				})
			}
		}
	}
}

// reopenWith closes and opens the file, where what was in memory only may have
// been written at last.
func (w *world) reopenWith(t *testing.T, want string) {
	t.Helper()
	if len(w.d.used.pending()) > 0 {
		want = allUsed
	}
	require.NoError(t, w.d.Close())
	w.reopen(t)
	require.Equal(t, want, w.state(t))
}

// A token that nobody got and that could not be taken back does no harm.
func TestTokenThatNobodyGotCanBeDeleted(t *testing.T) {
	w := newWorld(t)
	w.faulty.at, w.faulty.kind = 7, fault{lost: true, stays: true} // its commit
	require.ErrorIs(t, addNew(w), errFault)
	w.faulty.mend()
	list, err := w.d.ListAPITokens()
	require.NoError(t, err)
	require.Equal(t, "new", list[0].Description)
	require.NoError(t, w.d.DeleteAPIToken(list[0].Hash))
	require.Equal(t, initially, w.state(t))
}

// The last uses of the last seconds may be lost with the disk, and no more.
func TestCloseFails(t *testing.T) {
	for n := range 3 {
		for _, kind := range []fault{{}, {lost: true}} {
			w := newWorld(t)
			use(t, w.d, w.tokens[0])
			use(t, w.d, w.tokens[2])
			w.faulty.at, w.faulty.kind = n+1, kind
			require.ErrorIs(t, w.d.Close(), errFault)
			require.ErrorIs(t, w.d.Close(), errFault, "the same again")
			require.ErrorIs(t, w.d.Ping(), ErrClosed)
			w.reopen(t)
			if n == 2 && kind.lost {
				require.Equal(t, allUsed, w.state(t))
			} else {
				require.Equal(t, initially, w.state(t))
			}
		}
	}
}

// A database that did not become ready is made ready by the next New.
func TestFirstWriteFails(t *testing.T) {
	for n := range 2 {
		for _, kind := range []fault{{}, {lost: true}} {
			dir := newDir(t)
			require.NoError(t, prepareDir(dir, true))
			s, err := store.OpenBolt(filepath.Join(dir, fileName), store.Options{Create: true})
			require.NoError(t, err)
			require.ErrorIs(t, ensureSchema(&faulty{Store: s, at: n + 1, kind: kind}), errFault)
			require.NoError(t, s.Close())
			d := openDir(t, dir)
			requireSound(t, d)
			require.Empty(t, dump(t, d))
		}
	}
}
