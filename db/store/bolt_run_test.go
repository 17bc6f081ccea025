package store

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUncertainCommitStopsWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s, err := OpenBolt(path, Options{Create: true})
	require.NoError(t, err)
	b := s.(*bolt)
	defer b.Close()
	put := func(tx Tx) error { return tx.Put("b", []byte("k"), nil) }
	require.NoError(t, b.Update(put))

	err = b.notCommitted(b.lastTx+1, syscall.ENOSPC)
	require.EqualError(t, err, path+": no space left on device: free some space on its disk, and try again")
	require.NoError(t, b.Update(put), "it is known that nothing was stored")

	err = b.notCommitted(b.lastTx, syscall.EIO)
	require.ErrorIs(t, err, syscall.EIO)
	require.ErrorContains(t, err, "whether the last change was stored is not known")
	require.Equal(t, err, b.Update(put))
	require.NoError(t, b.View(func(Tx) error { return nil }))
}
