package db

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func skipUnlessRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can give directories away")
	}
}

func TestDefaultDataDir(t *testing.T) {
	system, missing := t.TempDir(), filepath.Join(t.TempDir(), "missing")
	dir, err := DefaultDataDir(system, "/home/user")
	require.NoError(t, err)
	require.Equal(t, system, dir)

	dir, err = DefaultDataDir(missing, "/home/user")
	require.NoError(t, err)
	require.Equal(t, "/home/user/.mcpfusion", dir)
	require.NoDirExists(t, missing)

	_, err = DefaultDataDir(missing, "")
	require.ErrorContains(t, err, "--data-dir")
}

func TestUnusableSystemDirIsNeverPassedOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := DefaultDataDir(filepath.Join(file, "mcpfusion"), "/home/user")
	require.ErrorContains(t, err, "cannot be used")

	_, err = DefaultDataDir(file, "/home/user")
	require.ErrorContains(t, err, "data directory "+file+" cannot be used")
	require.ErrorContains(t, err, "run as its owner, or name another one (--data-dir or MCP_FUSION_DB_DIR)")
}

func TestSystemDirOfOthersIsAnError(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: root may write everywhere")
	}
	for _, mode := range []os.FileMode{0o000, 0o500, 0o600} {
		dir := newDir(t)
		require.NoError(t, os.Mkdir(dir, mode))
		_, err := DefaultDataDir(dir, "/home/user")
		require.ErrorContains(t, err, "data directory "+dir+" cannot be used (permission denied): run as its owner")
	}
}

func TestDirectoryOfOnlyOurFilesIsMended(t *testing.T) {
	dir := newDir(t)
	require.NoError(t, openDir(t, dir).Close())
	for _, name := range []string{"mcpfusion.db.bak", "local.token", "mcpfusion.sock", "env"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.Chmod(dir, 0o775))
	require.NoError(t, os.Chmod(filepath.Join(dir, fileName), 0o664))
	openDir(t, dir)
	requireMode(t, dir, 0o700)
	requireMode(t, filepath.Join(dir, fileName), 0o600)
}

func TestDirectoryOfOtherFilesIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's mine")
	require.NoError(t, os.Mkdir(dir, 0o710))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	err := newError(t, dir)
	require.ErrorContains(t, err, `run chmod 700 '`+filepath.Dir(dir)+`/it'\''s mine', or`)
	requireMode(t, dir, 0o710)
	require.NoFileExists(t, filepath.Join(dir, fileName))

	require.NoError(t, os.Chmod(dir, 0o700))
	openDir(t, dir)
}

func TestDataDirThatIsAFile(t *testing.T) {
	dir := newDir(t)
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	require.ErrorContains(t, newError(t, dir), "is not a directory")
	require.ErrorContains(t, newError(t, filepath.Join(dir, "below")), "create data directory")
}

func TestDatabaseThatIsALinkIsRefused(t *testing.T) {
	target := newDir(t)
	require.NoError(t, openDir(t, target).Close())
	dir := newDir(t)
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.Symlink(filepath.Join(target, fileName), filepath.Join(dir, fileName)))
	require.ErrorContains(t, newError(t, dir), "is a symbolic link")
}

func TestRootDoesNotMendForOthers(t *testing.T) {
	skipUnlessRoot(t)
	dir := newDir(t)
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, os.Chown(dir, 12345, 54321))
	require.ErrorContains(t, newError(t, dir), "run chmod 700 "+dir)
}

func TestRootKeepsTheOwner(t *testing.T) {
	skipUnlessRoot(t)
	home := t.TempDir()
	require.NoError(t, os.Chown(home, 12345, 54321))
	dir := filepath.Join(home, "a", "b")
	openDir(t, dir)
	for _, path := range []string{filepath.Dir(dir), dir, filepath.Join(dir, fileName)} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.EqualValues(t, 12345, info.Sys().(*syscall.Stat_t).Uid, path)
		require.EqualValues(t, 54321, info.Sys().(*syscall.Stat_t).Gid, path)
	}
}
