package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testneed"
)

// demonstration is a running `mcpfusion -demo` and what it has printed.
type demonstration struct {
	banner string
	log    *lockedBuffer
	stop   func()
	exited <-chan int
}

// startDemonstration runs the program until it has printed its last line.
func startDemonstration(t *testing.T, dir string, flags []string, environment ...string) *demonstration {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	d := &demonstration{log: &lockedBuffer{}, stop: stop}
	exited := make(chan int, 1)
	d.exited = exited
	go func() {
		code := run(ctx, append([]string{"-demo", "-data-dir", dir, "-listen", "127.0.0.1:0"}, flags...), hermetic(t, environment...), nil, write, d.log)
		write.Close()
		exited <- code
	}()
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		d.banner += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "Ctrl-C") {
			go func() { _, _ = io.Copy(io.Discard, read) }()
			return d
		}
	}
	t.Fatalf("the program ended with %d: %s", <-exited, d.log)
	return nil
}

func (d *demonstration) end(t *testing.T) {
	t.Helper()
	d.stop()
	require.Equal(t, exitDone, <-d.exited, d.log)
}

func (d *demonstration) token(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`Token +([0-9a-f]{64})\n`).FindStringSubmatch(d.banner)
	require.Len(t, found, 2, d.banner)
	return found[1]
}

func TestPrintedCurlLinesWork(t *testing.T) {
	testneed.Program(t, "curl")
	d := startDemonstration(t, filepath.Join(t.TempDir(), "demo"), nil)
	defer d.end(t)
	commands := regexp.MustCompile(`(?m)^ +(curl .*)$`).FindAllStringSubmatch(d.banner, -1)
	require.Len(t, commands, 2)
	for _, command := range commands {
		out, err := exec.Command("sh", "-c", command[1]+" --silent --show-error --fail").CombinedOutput()
		require.NoError(t, err, "%s: %s", command[1], out)
		require.Contains(t, string(out), "hello", command[1])
		require.NotContains(t, string(out), `"isError":true`)
	}
}

func TestPrintedSnippetServesTheOfficialClient(t *testing.T) {
	d := startDemonstration(t, filepath.Join(t.TempDir(), "demo"), nil)
	defer d.end(t)
	begin, end := strings.Index(d.banner, "  {\n"), strings.LastIndex(d.banner, "  }\n")
	var snippet struct {
		MCPServers map[string]struct {
			Type, URL string
			Headers   map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(d.banner[begin:end+4]), &snippet))
	server := snippet.MCPServers["mcpfusion"]
	require.Equal(t, "http", server.Type)

	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	transport := &mcp.StreamableClientTransport{Endpoint: server.URL, HTTPClient: &http.Client{Transport: withHeaders(server.Headers)}}
	session, err := client.Connect(t.Context(), transport, nil)
	require.NoError(t, err)
	defer session.Close()
	list, err := session.ListTools(t.Context(), nil)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(list.Tools), 8)
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "demo_get_echo", Arguments: map[string]any{"message": "hello"}})
	require.NoError(t, err)
	require.False(t, result.IsError)
	require.Contains(t, result.Content[0].(*mcp.TextContent).Text, "hello")
}

type withHeaders map[string]string

func (h withHeaders) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range h {
		r.Header.Set(name, value)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestDemonstrationKeepsItsTokenAndItsSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	first := startDemonstration(t, dir, nil)
	token := first.token(t)
	first.end(t)
	requireMode(t, dir, 0o700)
	requireMode(t, filepath.Join(dir, "local.token"), 0o600)
	requireMode(t, filepath.Join(dir, "mcpfusion.db"), 0o600)

	require.NoError(t, os.Chmod(filepath.Join(dir, "local.token"), 0o644))
	second := startDemonstration(t, dir, []string{"-debug"})
	require.Equal(t, token, second.token(t))
	second.end(t)
	requireMode(t, filepath.Join(dir, "local.token"), 0o600)
	require.NotContains(t, first.log.String()+second.log.String(), token)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "local.token"), []byte(strings.Repeat("0", 64)), 0o600))
	third := startDemonstration(t, dir, nil)
	require.NotEqual(t, token, third.token(t), "a token that is not in the database is replaced")
	third.end(t)
}

func requireMode(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, mode, info.Mode().Perm(), path)
}
