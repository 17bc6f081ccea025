package admin

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func requireSocket(t *testing.T, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, os.ModeSocket|0o600, info.Mode())
}

func TestSocketIsPrivateAndGoes(t *testing.T) {
	path := filepath.Join(shortDir(t), "s")
	for _, mask := range []int{0, 0o277, 0o022} {
		before := syscall.Umask(mask)
		l, err := Listen(path)
		syscall.Umask(before)
		require.NoError(t, err)
		require.Equal(t, path, l.Path())
		requireSocket(t, path)
		require.NoError(t, l.Close())
		require.NoFileExists(t, path)
	}
}

// Between its birth and its mode, somebody could connect.
func TestSocketIsPrivateFromTheBeginning(t *testing.T) {
	path := filepath.Join(shortDir(t), "s")
	config := net.ListenConfig{Control: private}
	before := syscall.Umask(0)
	l, err := config.Listen(t.Context(), "unix", path)
	syscall.Umask(before)
	require.NoError(t, err)
	defer l.Close()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	if runtime.GOOS == "linux" {
		require.EqualValues(t, socketMode, info.Mode().Perm())
	} else if info.Mode().Perm() != socketMode {
		t.Skip("SKIPPED: this system gives the socket's mode to its file only later")
	}
}

func TestLeftoverIsReplaced(t *testing.T) {
	path := filepath.Join(shortDir(t), "s")
	leftover(t, path)
	l, err := Listen(path)
	require.NoError(t, err)
	requireSocket(t, path)
	require.NoError(t, l.Close())
}

func TestSocketOfARunningServerStays(t *testing.T) {
	s := start(t, openDB(t), time.Second)
	_, err := Listen(s.path)
	require.EqualError(t, err, "admin socket "+s.path+": another server listens there: name another path with -admin-socket")
	_, err = client(t, s.path).ListAPITokens()
	require.NoError(t, err)
}

func TestWhatIsNoSocketStays(t *testing.T) {
	dir := shortDir(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(path("file"), []byte("kept"), 0o644))
	require.NoError(t, os.Mkdir(path("dir"), 0o755))
	leftover(t, path("socket"))
	require.NoError(t, syscall.Mkfifo(path("pipe"), 0o600))
	require.NoError(t, os.Symlink("socket", path("link")))
	require.NoError(t, os.Symlink("file", path("filelink")))
	require.NoError(t, os.Symlink("nothing", path("dangling")))
	for _, name := range []string{"file", "dir", "pipe", "link", "filelink", "dangling"} {
		before, err := os.Lstat(path(name))
		require.NoError(t, err)
		_, err = Listen(path(name))
		require.EqualError(t, err, "admin socket "+path(name)+": there is something else of this name: move it away, or name another path with -admin-socket")
		after, err := os.Lstat(path(name))
		require.NoError(t, err)
		require.Equal(t, before, after)
	}
	require.NoFileExists(t, path("nothing"))
	content, err := os.ReadFile(path("file"))
	require.NoError(t, err)
	require.Equal(t, "kept", string(content))
}

func TestPathThatIsTooLong(t *testing.T) {
	dir := shortDir(t)
	longest := filepath.Join(dir, strings.Repeat("x", maxPath-len(dir)-1))
	l, err := Listen(longest)
	require.NoError(t, err)
	requireSocket(t, longest)
	require.NoError(t, l.Close())

	_, err = Listen(longest + "x")
	require.ErrorContains(t, err, longest+"x: the path has")
	require.ErrorContains(t, err, "this system allows 10")
	require.ErrorContains(t, err, "name a shorter one with -admin-socket")
	require.NoFileExists(t, longest+"x")

	// Nothing can listen there, so somebody may take the file instead.
	_, err = Dial(t.Context(), longest+"x")
	require.ErrorIs(t, err, ErrNoServer)
	require.ErrorContains(t, err, "at most 10")
}

func TestNoAbstractSocket(t *testing.T) {
	t.Chdir(shortDir(t))
	l, err := Listen("@s")
	require.NoError(t, err)
	requireSocket(t, "@s")
	c, err := net.Dial("unix", "./@s")
	require.NoError(t, err)
	require.NoError(t, errors.Join(c.Close(), l.Close()))
}

func TestCloseLeavesWhatIsNotItsOwn(t *testing.T) {
	path := filepath.Join(shortDir(t), "s")
	l, err := Listen(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, l.Close())
	require.FileExists(t, path)
}

func TestSocketNeedsItsDirectory(t *testing.T) {
	_, err := Listen(filepath.Join(shortDir(t), "none", "s"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
