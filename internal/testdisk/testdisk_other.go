//go:build !linux

package testdisk

import (
	"testing"

	"github.com/PivotLLM/MCPFusion/internal/testneed"
)

// Alone ends the test.
func Alone(t *testing.T) bool {
	t.Helper()
	testneed.Missing(t, "Linux, to mount a file system of its own")
	return false
}

// Mount ends the test.
func Mount(t *testing.T, _ string) string {
	t.Helper()
	Alone(t)
	return ""
}

// ReadOnly ends the test.
func ReadOnly(t *testing.T, _ string) {
	t.Helper()
	Alone(t)
}
