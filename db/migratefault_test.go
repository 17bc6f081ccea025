package db

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// migrateInto takes over through a store that fails.
func (o *oldServer) migrateInto(t *testing.T, w *world) error {
	t.Helper()
	old := openOld(t, o.path)
	defer func() { require.NoError(t, old.Close()) }()
	_, err := w.d.Migrate(t.Context(), old, MigrateOptions{})
	return err
}

// whole returns how many of the tenants are here, all of which must be whole.
func (o *oldServer) whole(t *testing.T, d *DB) int {
	t.Helper()
	requireSound(t, d)
	tokens, err := d.ListAPITokens()
	require.NoError(t, err)
	for _, token := range tokens {
		connections, err := d.Connections(token.Tenant)
		require.NoError(t, err)
		require.Len(t, connections, 3)
		require.NotNil(t, token.LastUsed)
	}
	return len(tokens)
}

func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: newDir(t)}
	require.NoError(t, openDir(t, w.dir).Close())
	w.reopen(t)
	return w
}

// Each write of taking over fails once, in each way: tenants are there whole or
// not at all, and another run completes it.
func TestEachWriteOfTakingOverFailsOnce(t *testing.T) {
	o := newOldServer(t, 2)
	o.fill(t, "1.1")
	w := emptyWorld(t)
	require.NoError(t, o.migrateInto(t, w))
	require.Equal(t, 2, o.whole(t, w.d))
	moments := w.faulty.passed()
	require.Greater(t, moments, 10)
	for n := range moments {
		for _, kind := range []fault{{}, {stays: true}, {lost: true}, {lost: true, stays: true}} {
			t.Run(fmt.Sprintf("write %d, %+v", n+1, kind), func(t *testing.T) {
				w := emptyWorld(t)
				w.faulty.at, w.faulty.kind = n+1, kind
				require.ErrorIs(t, o.migrateInto(t, w), errFault)
				require.True(t, w.faulty.mend())
				want := 0
				if n == moments-1 && kind.lost {
					want = 2
				}
				require.Equal(t, want, o.whole(t, w.d))
				require.NoError(t, w.d.Close())
				w.reopen(t)
				require.NoError(t, o.migrateInto(t, w))
				require.Equal(t, 2, o.whole(t, w.d))
				o.requireOpens(t, w.d, 0)
				o.requireOpens(t, w.d, 1)
			})
		}
	}
}

// So does each write of the first presentation, which ends the temporary key.
func TestEachWriteOfTheFirstPresentationFailsOnce(t *testing.T) {
	o := newOldServer(t, 1)
	o.fill(t, "1.1")
	takenOver := func(t *testing.T) *world {
		w := emptyWorld(t)
		require.NoError(t, o.migrateInto(t, w))
		require.NoError(t, w.d.Close())
		w.reopen(t)
		return w
	}
	w := takenOver(t)
	authenticate(t, w.d, o.tokens[0])
	require.Zero(t, temporaryKeys(t, w.d))
	for n := range w.faulty.passed() {
		for _, kind := range []fault{{}, {stays: true}, {lost: true}, {lost: true, stays: true}} {
			t.Run(fmt.Sprintf("write %d, %+v", n+1, kind), func(t *testing.T) {
				w := takenOver(t)
				w.faulty.at, w.faulty.kind = n+1, kind
				authenticate(t, w.d, o.tokens[0]) // is let in all the same
				require.True(t, w.faulty.mend())
				requireSound(t, w.d)
				o.requireOpens(t, w.d, 0)
				require.Zero(t, temporaryKeys(t, w.d))
				require.NoError(t, w.d.Close())
				w.reopen(t)
				o.requireOpens(t, w.d, 0)
				requireSound(t, w.d)
			})
		}
	}
}

// The engine may run a transaction twice.
func TestTakingOverTwiceInOneTransaction(t *testing.T) {
	o := newOldServer(t, 2)
	o.fill(t, "1.0")
	dir := newDir(t)
	require.NoError(t, openDir(t, dir).Close())
	s, err := store.OpenBolt(filepath.Join(dir, fileName), store.Options{})
	require.NoError(t, err)
	d := open(twice{s}, &recorder{})
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 12, Migrated: 8, Skipped: 4}, report.MigrateCounts)
	require.Equal(t, 2, report.TemporaryKeys)
	o.requireOpens(t, d, 0)
}

// No secret is in the new file; as long as keys stand in clear it could be
// opened, and after the presentation and compacting not any more.
func TestTakenOverSecretsAreSealed(t *testing.T) {
	o := newOldServer(t, 3)
	o.fill(t, "1.1")
	dir := newDir(t)
	d := openDir(t, dir)
	o.migrate(t, d, MigrateOptions{})
	look := func(when string) []byte {
		content, err := os.ReadFile(filepath.Join(dir, fileName))
		require.NoError(t, err)
		requireAbsent(t, when, content)
		return content
	}
	look("taken over")
	var keys [][]byte
	for _, hash := range o.hashes {
		require.NoError(t, d.store.View(func(tx store.Tx) error {
			key, err := temporaryKey(tx, mustHash(t, hash))
			require.NoError(t, err)
			plain, err := key.Bytes()
			keys = append(keys, plain)
			return err
		}))
	}
	for n := range o.tokens {
		o.requireOpens(t, d, n)
	}
	require.NoError(t, d.Close())
	look("presented")
	_, _, err := Compact(WithLogger(&recorder{}), WithDataDir(dir))
	require.NoError(t, err)
	content := look("compacted")
	for _, key := range keys {
		require.NotContains(t, string(content), string(key))
	}
}
