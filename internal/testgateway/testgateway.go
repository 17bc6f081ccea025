// Package testgateway runs the real server program for tests: built once,
// started as a process of its own, ended by its process id.
package testgateway

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startTime is how long a server may take to listen.
const startTime = 20 * time.Second

// Gateway is a running mcpfusion.
type Gateway struct {
	// URL is its address, without a slash at the end.
	URL string
	// Log is what it has written to standard error so far, Out to standard
	// output.
	Log, Out *Buffer

	dir     string
	command *exec.Cmd
	exited  chan error
}

// Config is how a server is started.
type Config struct {
	// Services is the text of the configuration file.
	Services string
	// DataDir is that of the database; "" makes one.
	DataDir string
	// Listen is the address; "" is a free loopback port.
	Listen string
	// Env holds further NAME=value settings.
	Env []string
	// Flags are added to the command line.
	Flags []string
}

// Start starts a server, waits until it listens, and ends it with the test.
func Start(t testing.TB, c Config) *Gateway {
	t.Helper()
	g := Launch(t, c)
	g.await(t)
	return g
}

// Launch starts a server without waiting for it.
func Launch(t testing.TB, c Config) *Gateway {
	t.Helper()
	if c.DataDir == "" {
		c.DataDir = t.TempDir()
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	file := filepath.Join(t.TempDir(), "services.json")
	require.NoError(t, os.WriteFile(file, []byte(c.Services), 0o600))
	args := append([]string{"-config", file, "-data-dir", c.DataDir, "-listen", c.Listen}, c.Flags...)
	g := &Gateway{Log: &Buffer{}, Out: &Buffer{}, dir: c.DataDir, exited: make(chan error, 1)}
	g.command = exec.Command(filepath.Join(Programs(t), "mcpfusion"), args...)
	g.command.Env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, c.Env...)
	g.command.Stdout, g.command.Stderr = g.Out, g.Log
	require.NoError(t, g.command.Start())
	go func() { g.exited <- g.command.Wait() }()
	t.Cleanup(func() { _ = g.command.Process.Kill() })
	return g
}

var listens = regexp.MustCompile(`serves \d+ tools on ([^"\s]+)`)

func (g *Gateway) await(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool {
		found := listens.FindStringSubmatch(g.Log.String())
		if found != nil {
			g.URL = "http://" + found[1]
		}
		return found != nil
	}, startTime, 5*time.Millisecond, "not listening: %s", g.Log)
}

// Stop asks the server to end, waits for it, and requires exit code 0.
func (g *Gateway) Stop(t testing.TB) {
	t.Helper()
	require.NoError(t, g.command.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-g.exited:
		require.NoError(t, err, g.Log)
	case <-time.After(startTime):
		require.FailNow(t, "the server does not end", g.Log)
	}
}

// Hangup asks the server to read its configuration anew.
func (g *Gateway) Hangup(t testing.TB) {
	t.Helper()
	require.NoError(t, g.command.Process.Signal(syscall.SIGHUP))
}

// Kill ends the server without letting it clean up, and waits for its end.
func (g *Gateway) Kill(t testing.TB) {
	t.Helper()
	require.NoError(t, g.command.Process.Kill())
	<-g.exited
}

// ExitCode waits until a server that was launched has ended by itself.
func (g *Gateway) ExitCode(t testing.TB) int {
	t.Helper()
	select {
	case <-g.exited:
		return g.command.ProcessState.ExitCode()
	case <-time.After(startTime):
		require.FailNow(t, "the server does not end", g.Log)
		return 0
	}
}

// AddToken runs `mcpfusion-token add` in a data directory that no server
// holds, with further flags and words, and returns the token.
func AddToken(t testing.TB, dataDir string, args ...string) string {
	t.Helper()
	command := exec.Command(filepath.Join(Programs(t), "mcpfusion-token"), append([]string{"--data-dir", dataDir, "add"}, args...)...)
	command.Env = []string{"HOME=" + t.TempDir()}
	out, err := command.Output()
	require.NoError(t, err, out)
	_, token, found := strings.Cut(string(out), "Token: ")
	require.True(t, found)
	return strings.TrimSpace(token)
}

var build struct {
	once sync.Once
	dir  string
	err  error
}

// ProgramsVariable names the folder of programs that are built already, for a
// test that runs itself in another process.
const ProgramsVariable = "MCPFUSION_TEST_PROGRAMS"

// Programs returns the folder of both programs, which it builds once in each
// test process.
func Programs(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv(ProgramsVariable); dir != "" {
		return dir
	}
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "mcpfusion-test-"); build.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", build.dir+string(filepath.Separator), "github.com/PivotLLM/MCPFusion/cmd/...").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	require.NoError(t, build.err)
	return build.dir
}

// Main runs a package's tests and removes what Programs built. Call it from
// TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir)
	}
	os.Exit(code)
}

// WithToken returns a transport that adds the token to each request.
func WithToken(token string) http.RoundTripper { return withToken(token) }

type withToken string

func (token withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(r)
}

// Buffer is a bytes.Buffer that is safe for concurrent use.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns all that was written.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
