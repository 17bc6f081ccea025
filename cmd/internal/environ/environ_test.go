package environ

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// dirs returns a system directory and a home of the test's own, with the env
// files that are not empty.
func dirs(t *testing.T, systemFile, homeFile string) (system, home string) {
	t.Helper()
	system, home = t.TempDir(), t.TempDir()
	for dir, content := range map[string]string{system: systemFile, filepath.Join(home, ".mcpfusion"): homeFile} {
		if content != "" {
			require.NoError(t, os.MkdirAll(dir, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "env"), []byte(content), 0o600))
		}
	}
	return system, home
}

func load(t *testing.T, systemFile, homeFile string, variables ...string) *Env {
	t.Helper()
	system, home := dirs(t, systemFile, homeFile)
	e, err := LoadFrom(system, append(variables, "HOME="+home))
	require.NoError(t, err)
	return e
}

func TestFirstSettingWins(t *testing.T) {
	e := load(t,
		"REAL=system\nEMPTY=system\nSYSTEM=system\nexport QUOTED=\"a b\" # comment\n",
		"REAL=home\nSYSTEM=home\nHOMES=home\n",
		"REAL=real", "EMPTY=", "WITH=a=b", "NONSENSE")
	for name, want := range map[string]string{
		"REAL": "real", "EMPTY": "", "SYSTEM": "system", "HOMES": "home", "QUOTED": "a b", "WITH": "a=b",
	} {
		value, ok := e.Lookup(name)
		require.True(t, ok, name)
		require.Equal(t, want, value, name)
	}
	for _, name := range []string{"UNSET", "NONSENSE", ""} {
		_, ok := e.Lookup(name)
		require.False(t, ok, name)
	}
}

func TestMissingFilesAreFine(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for _, variables := range [][]string{nil, {"HOME="}, {"HOME=" + missing}} {
		_, err := LoadFrom(missing, variables)
		require.NoError(t, err)
	}
}

func TestMalformedFileIsNamedWithoutItsSecrets(t *testing.T) {
	for content, line := range map[string]string{
		"A=1\nB=2\nnot a line s3cret\nC=s3cret\n": ":3: ",
		"= s3cret\n":                  ":1: ",
		"A=1\nB=\"s3cret\nC=3\n":      ":2: ",
		"A=\"1\n2\"\n\n- s3cret\nD=4": ":4: ",
	} {
		system, home := dirs(t, "", content)
		_, err := LoadFrom(system, []string{"HOME=" + home})
		require.ErrorContains(t, err, "environment file "+filepath.Join(home, ".mcpfusion", "env")+line, content)
		require.NotContains(t, err.Error(), "s3cret")
	}
}

func TestUnreadableFileIsNamed(t *testing.T) {
	system := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(system, "env"), 0o700))
	_, err := LoadFrom(system, nil)
	require.ErrorContains(t, err, filepath.Join(system, "env"))
}

func TestHiddenAndUnreadableFiles(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: root may read everything")
	}
	system, _ := dirs(t, "A=1\n", "")
	require.NoError(t, os.Chmod(filepath.Join(system, "env"), 0))
	_, err := LoadFrom(system, nil)
	require.ErrorContains(t, err, "environment file "+filepath.Join(system, "env")+": permission denied")

	require.NoError(t, os.Chmod(system, 0))
	t.Cleanup(func() { _ = os.Chmod(system, 0o700) })
	_, err = LoadFrom(system, nil)
	require.NoError(t, err, "nobody can tell that the file is there")
}

func TestExpandPath(t *testing.T) {
	e := load(t, "", "")
	for path, want := range map[string]string{
		"~": e.home, "~/": e.home + "/", "~/a/~": e.home + "/a/~",
		"": "", "~user/a": "~user/a", "/a/~/b": "/a/~/b", "a": "a",
	} {
		require.Equal(t, want, e.ExpandPath(path))
	}
	homeless := &Env{}
	require.Equal(t, "~/a", homeless.ExpandPath("~/a"))
}

func TestDataDir(t *testing.T) {
	e := load(t, "MCP_FUSION_DB_DIR=~/from-file\n", "")
	dir, err := e.DataDir("~/from-flag")
	require.NoError(t, err)
	require.Equal(t, e.home+"/from-flag", dir)
	dir, err = e.DataDir("")
	require.NoError(t, err)
	require.Equal(t, e.home+"/from-file", dir)

	e = load(t, "", "", "MCP_FUSION_DB_DIR=")
	dir, err = e.DataDir("")
	require.NoError(t, err)
	require.Equal(t, e.systemDir, dir)

	require.NoError(t, os.Remove(e.systemDir))
	dir, err = e.DataDir("")
	require.NoError(t, err)
	require.Equal(t, e.home+"/.mcpfusion", dir)
	require.NoDirExists(t, dir)
}
