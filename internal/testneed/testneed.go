// Package testneed says what a test needs beyond Go, and skips it loudly where
// that is missing. With CI=true a missing need is a failure, so that no test
// is lost there unseen.
package testneed

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program, or ends the test.
func Program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "the program "+name)
	}
	return path
}

// Missing ends the test, because what it needs is not there.
func Missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("NEEDS %s, which CI must provide", what)
	}
	t.Skipf("SKIPPED: needs %s", what)
}
