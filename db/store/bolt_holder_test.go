package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLockedBy(t *testing.T) {
	const locks = `1: POSIX  ADVISORY  WRITE 11 fe:01:131 0 EOF
2: FLOCK  ADVISORY  WRITE 12 fe:01:1310 0 EOF
2: -> FLOCK  ADVISORY  WRITE 13 fe:01:131 0 EOF
3: FLOCK  ADVISORY  WRITE -1 fe:01:131 0 EOF
4: FLOCK  ADVISORY  WRITE 14 fe:01:131 0 EOF
cut off`
	require.Equal(t, 14, lockedBy(locks, 131))
	require.Equal(t, 12, lockedBy(locks, 1310))
	require.Zero(t, lockedBy(locks, 31))
	require.Zero(t, lockedBy("", 131))
}

func TestHolderIsNamedWhereTheSystemTells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := OpenBolt(path, Options{Create: true})
	require.NoError(t, err)
	defer s.Close()
	if _, err := os.ReadFile("/proc/locks"); err != nil || holder(path) == "" {
		t.Skipf("this system does not name who holds a lock: %v", err)
	}
	_, err = OpenBolt(path, Options{LockTimeout: 1})
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, fmt.Sprintf("(process %d, ", os.Getpid()))
	require.Empty(t, holder(filepath.Join(t.TempDir(), "none")))
}
