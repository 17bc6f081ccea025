package testdisk

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testneed"
)

// alone names the test that runs in a process of its own.
const alone = "MCPFUSION_TEST_ALONE"

// Alone runs a test, which must not be a subtest, again in a process that can
// mount what nobody else sees. It returns true there, and false to the caller
// in the first process, which has nothing more to do then.
func Alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(alone) == t.Name() {
		require.NoError(t, syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
		return true
	}
	self, err := os.Executable()
	require.NoError(t, err)
	again := exec.Command(self, "-test.v", "-test.run=^"+regexp.QuoteMeta(t.Name())+"$")
	again.Env = append(os.Environ(), alone+"="+t.Name(), "GORACE=atexit_sleep_ms=1")
	again.SysProcAttr = ownMounts()
	out, err := again.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		testneed.Missing(t, "leave to make a mount namespace")
	}
	require.NoError(t, err, "%s", out)
	if strings.Contains(string(out), "--- SKIP") {
		testneed.Missing(t, "leave to mount")
	}
	t.Logf("%s", out)
	return false
}

// ownMounts asks for a mount namespace, and if need be for a user namespace in
// which that is allowed.
func ownMounts() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if id := os.Geteuid(); id != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: id, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return attributes
}

// Mount returns the folder of an empty file system of a size as tmpfs takes it,
// like "256k". It is gone with the test.
func Mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=700,size="+size); err != nil {
		testneed.Missing(t, "leave to mount a tmpfs: "+err.Error())
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// ReadOnly makes a file system that Mount returned read-only.
func ReadOnly(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
}
