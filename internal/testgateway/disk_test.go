package testgateway_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testdisk"
	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

func TestMain(m *testing.M) { testgateway.Main(m) }

const oneTool = `{"services":{"one":{"name":"One","baseURL":"http://127.0.0.1:1",
	"endpoints":[{"id":"get","name":"Get","method":"GET","path":"/"}]}}}`

// token runs mcpfusion-token.
func token(t *testing.T, dataDir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	command := exec.Command(filepath.Join(testgateway.Programs(t), "mcpfusion-token"), append([]string{"--data-dir", dataDir}, args...)...)
	command.Env = []string{"HOME=" + t.TempDir()}
	command.Stdout, command.Stderr = &out, &errs
	_ = command.Run()
	return command.ProcessState.ExitCode(), out.String(), errs.String()
}

// requireRefused runs both programs on a data directory that cannot be used.
// Each says so on one line.
func requireRefused(t *testing.T, dataDir, why string) {
	t.Helper()
	code, out, errs := token(t, dataDir, "add", "laptop")
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.Equal(t, "mcpfusion-token: "+why+"\n", errs)

	server := testgateway.Launch(t, testgateway.Config{Services: oneTool, DataDir: dataDir})
	require.Equal(t, 1, server.ExitCode(t))
	require.Equal(t, "mcpfusion: "+why+"\n", server.Log.String())
}

func TestProgramsOnBadDisks(t *testing.T) {
	t.Setenv(testgateway.ProgramsVariable, testgateway.Programs(t))
	if !testdisk.Alone(t) {
		return
	}
	disk := testdisk.Mount(t, "256k")
	dir := filepath.Join(disk, "data")
	path := filepath.Join(dir, "mcpfusion.db")
	const full = ": no space left on device: free some space on its disk, and try again"
	ballast := testdisk.Fill(t, disk)
	requireRefused(t, dir, "create "+path+full)

	require.NoError(t, os.Remove(ballast))
	testgateway.AddToken(t, dir, "first")
	testdisk.Fill(t, disk)
	var code int
	var out, errs string
	for code == 0 { // as long as the file has room
		code, out, errs = token(t, dir, "add", "one more")
	}
	require.Equal(t, 1, code)
	require.Empty(t, out)
	require.Equal(t, "mcpfusion-token: add token: "+path+full+"\n", errs)

	testdisk.ReadOnly(t, disk)
	const readOnly = ": read-only file system: make its file system writable, or use another directory"
	requireRefused(t, dir, "open "+path+readOnly)
	fresh := filepath.Join(disk, "fresh")
	requireRefused(t, fresh, "create data directory: mkdir "+fresh+readOnly)
}

func TestProgramsOnADamagedFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "mcpfusion.db")
	testgateway.AddToken(t, dir, "first")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	clear(content[2*os.Getpagesize():])
	require.NoError(t, os.WriteFile(path, content, 0o600))
	code, _, errs := token(t, dir, "list")
	require.Equal(t, 1, code)
	require.Regexp(t, "^mcpfusion-token: "+path+": not a usable database file .*: restore it from a backup, or move it away to begin anew\n$", errs)
	requireRefused(t, dir, strings.TrimSuffix(strings.TrimPrefix(errs, "mcpfusion-token: "), "\n"))
}

// Whoever is first creates the database, and the others find it.
func TestProgramsCreateTheDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	testgateway.Programs(t)
	var group sync.WaitGroup
	added := make(chan string, 8)
	for range cap(added) {
		group.Go(func() {
			code, out, errs := token(t, dir, "add")
			require.Zero(t, code, errs)
			_, hash, _ := strings.Cut(out, "Hash: ")
			added <- hash[:12]
		})
	}
	server := testgateway.Start(t, testgateway.Config{Services: oneTool, DataDir: dir})
	group.Wait()
	close(added)
	server.Stop(t)

	_, out, _ := token(t, dir, "list")
	n := 0
	for hash := range added {
		n++
		require.Contains(t, out, hash)
	}
	require.Equal(t, n, strings.Count(out, "..."))
}

func TestTwoServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := testgateway.Start(t, testgateway.Config{Services: oneTool, DataDir: dir})
	second := testgateway.Launch(t, testgateway.Config{Services: oneTool, DataDir: dir})
	require.Equal(t, 1, second.ExitCode(t))
	require.Regexp(t, "^mcpfusion: "+regexp.QuoteMeta(filepath.Join(dir, "mcpfusion.db"))+
		`: in use by another process( \(process \d+, mcpfusion\))?\n$`, second.Log.String())
	first.Stop(t)
}
