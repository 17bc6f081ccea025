// Package testdisk gives a test file systems of its own that it may fill up or
// make read-only. It can on Linux; elsewhere such tests skip.
package testdisk

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Fill takes all space that a file system has left, with a file whose name it
// returns.
func Fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	file, err := os.Create(path)
	require.NoError(t, err)
	for err == nil {
		_, err = file.Write(make([]byte, 1024))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, file.Close())
	return path
}
