package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/internal/testgateway"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// How long tests wait for a server that starts, and how often they look.
const (
	waitFor = 10 * time.Second
	tick    = 10 * time.Millisecond
)

// hermetic is an environment with a home of its own.
func hermetic(t *testing.T, more ...string) []string {
	t.Helper()
	return append([]string{"HOME=" + t.TempDir()}, more...)
}

const oneTool = `{"services":{"one":{"name":"One","baseURL":"http://127.0.0.1:1","endpoints":[{"id":"get","name":"Get","method":"GET","path":"/"}]}}}`

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "services.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// once runs the program to its end.
func once(t *testing.T, environment []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs lockedBuffer
	code = run(t.Context(), args, environment, nil, &out, &errs)
	return code, out.String(), errs.String()
}

func TestWrongUsageIsExitTwo(t *testing.T) {
	file := writeFile(t, oneTool)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no configuration"},
		{[]string{"-unknown"}, "-unknown"},
		{[]string{"serve"}, `unexpected argument "serve"`},
		{[]string{"-config", file, "-max-body", "0"}, "at least 64 bytes"},
		{[]string{"-config", file, "-max-result", "10"}, "at least 64 bytes"},
		{[]string{"-config", file, "-max-upload", "0"}, "at least 1 byte"},
		{[]string{"-config", file, "-drain", "-5s"}, "must not be negative"},
		{[]string{"-config", file, "-no-auth", "-public-url", "https://gw.example.com"}, "does not go with -public-url"},
		{[]string{"-config", file, "-no-auth", "-allowed-hosts", "gw.example.com"}, "does not go with"},
		{[]string{"-config", file, "-max-result", "x"}, "max-result"},
		{[]string{"-config", file, "-log-format", "xml"}, "text, json"},
		{[]string{"-config", file, "-public-url", "gw.example.com"}, "https://host"},
		{[]string{"-config", file, "-public-url", "https://gw.example.com/path"}, "https://host"},
		{[]string{"-config", file, "-listen", "0.0.0.0:0", "-no-auth"}, "-no-auth serves loopback listeners only"},
		{[]string{"-config", file, "-allowed-origins", "https://a.example,foo"}, `"foo" is no origin`},
		{[]string{"-config", file, "-allowed-origins", "https://a.example/path"}, "is no origin"},
		{[]string{"-config", file, "-allowed-hosts", "http://a.example"}, "is no host"},
		{[]string{"-config", file, "-allowed-hosts", "a/b"}, "is no host"},
		{[]string{"check"}, "no file given"},
	} {
		code, stdout, stderr := once(t, hermetic(t), c.args...)
		require.Equal(t, exitUsage, code, "%v: %s", c.args, stderr)
		require.Contains(t, stderr, c.want)
		require.Empty(t, stdout)
	}
}

func TestHelpAndVersionGoToStdout(t *testing.T) {
	for _, asked := range []string{"-help", "-h", "help"} {
		code, stdout, stderr := once(t, hermetic(t), asked)
		require.Equal(t, exitDone, code)
		require.Contains(t, stdout, "-public-url")
		require.Contains(t, stdout, "MCP_FUSION_DB_DIR")
		require.Empty(t, stderr)
	}
	code, stdout, _ := once(t, hermetic(t), "-version")
	require.Equal(t, exitDone, code)
	require.Equal(t, "mcpfusion dev\n", stdout)
}

func TestFailuresAreOneClearLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	held := t.TempDir()
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	holder, err := db.New(db.WithLogger(logger), db.WithDataDir(held))
	require.NoError(t, err)
	defer holder.Close()
	file := writeFile(t, oneTool)

	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"port in use":        {[]string{"-config", file, "-data-dir", t.TempDir(), "-listen", taken.Addr().String()}, "address already in use"},
		"no such file":       {[]string{"-config", file + ".none", "-data-dir", t.TempDir()}, "services.json.none"},
		"database is held":   {[]string{"-config", file, "-data-dir", held, "-listen", "127.0.0.1:0"}, filepath.Join(held, "mcpfusion.db")},
		"log cannot be made": {[]string{"-config", file}, "log file"},
	} {
		t.Run(name, func(t *testing.T) {
			environment := hermetic(t)
			if strings.HasPrefix(name, "log") {
				environment = append(environment, "MCP_FUSION_LOGFILE=/dev/null/x.log")
			}
			code, stdout, stderr := once(t, environment, c.args...)
			require.Equal(t, exitFailed, code, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.want)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		})
	}
}

func TestDemonstrationLeavesRealServicesAlone(t *testing.T) {
	d := startDemonstration(t, filepath.Join(t.TempDir(), "demo"), nil, "MCP_FUSION_CONFIGS=/none.json", "MCP_FUSION_DB_DIR=/none")
	d.end(t)
	require.Contains(t, d.log.String(), "serves 12 tools")
}

func TestCheckCountsAndReports(t *testing.T) {
	code, stdout, stderr := once(t, hermetic(t), "check", writeFile(t, oneTool))
	require.Equal(t, exitDone, code, stderr)
	require.Equal(t, "one: 1 tools\n1 services, 1 tools, 0 warnings\n", stdout)
	require.Empty(t, stderr)

	later := strings.Replace(oneTool, `"path":"/"`, `"path":"/","response":{"type":"binary","transform":"$.a"}`, 1)
	code, stdout, stderr = once(t, hermetic(t), "check", writeFile(t, later))
	require.Equal(t, exitDone, code)
	require.Contains(t, stdout, "1 services, 1 tools, 1 warnings\n")
	require.Regexp(t, `^warning: .*services\.json:1:\d+: services\.one\.endpoints\[0\].*binary`, stderr)

	broken := strings.NewReplacer(`"name":"Get"`, `"nmae":"Get"`, `"GET"`, `"FETCH"`).Replace(oneTool)
	code, stdout, stderr = once(t, hermetic(t), "check", writeFile(t, broken))
	require.Equal(t, exitFailed, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "nmae")
	require.Contains(t, stderr, "FETCH")

	remote := `{"services":{"r":{"transport":"mcp_http"},` + oneTool[len(`{"services":{`):]
	code, _, stderr = once(t, hermetic(t), "check", writeFile(t, remote))
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "not supported by this version")
	code, stdout, stderr = once(t, hermetic(t), "check", "-skip-unsupported", writeFile(t, remote))
	require.Equal(t, exitDone, code, stderr)
	require.Contains(t, stdout, "1 services, 1 tools, 1 warnings\n")
}

// serving is a running server with a configuration of its own.
type serving struct {
	url    string
	log    *lockedBuffer
	stop   func()
	exited <-chan int
}

var listening = regexp.MustCompile(`serves \d+ tools on ([0-9.:]+)`)

func startServing(t *testing.T, environment []string, args ...string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &serving{log: &lockedBuffer{}, stop: stop}
	exited := make(chan int, 1)
	s.exited = exited
	go func() { exited <- run(ctx, args, environment, nil, io.Discard, s.log) }()
	require.Eventually(t, func() bool {
		found := listening.FindStringSubmatch(s.log.String())
		if found != nil {
			s.url = "http://" + found[1]
		}
		return found != nil
	}, waitFor, tick, "not listening: %s", s.log)
	return s
}

func TestEnvironmentConfiguresTheServer(t *testing.T) {
	logFile := filepath.Join(t.TempDir(), "mcpfusion.log")
	data := t.TempDir()
	s := startServing(t, hermetic(t, "MCP_FUSION_CONFIGS="+writeFile(t, oneTool), "MCP_FUSION_LISTEN=127.0.0.1:0",
		"MCP_FUSION_DB_DIR="+data, "MCP_FUSION_LOGFILE="+logFile))
	response, err := http.Get(s.url + "/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	s.stop()
	require.Equal(t, exitDone, <-s.exited)

	requireMode(t, logFile, 0o600)
	content, err := os.ReadFile(logFile)
	require.NoError(t, err)
	require.Contains(t, string(content), "path=/readyz")
	require.FileExists(t, filepath.Join(data, "mcpfusion.db"))
}

func TestNoAuthServesTheLocalTenant(t *testing.T) {
	data := t.TempDir()
	s := startServing(t, hermetic(t), "-no-auth", "-config", writeFile(t, oneTool), "-listen", "127.0.0.1:0", "-data-dir", data)
	response, err := http.Get(s.url + "/api")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	requireMode(t, filepath.Join(data, "local.token"), 0o600)
	s.stop()
	require.Equal(t, exitDone, <-s.exited)
}

func TestListenerBeyondLoopbackIsWarnedAbout(t *testing.T) {
	for args, warned := range map[string]bool{"": true, "-public-url=https://gw.example.com": false, "-public-url=http://gw.example.com": true} {
		flags := []string{"-config", writeFile(t, oneTool), "-listen", "0.0.0.0:0", "-data-dir", t.TempDir()}
		if args != "" {
			flags = append(flags, args)
		}
		var log lockedBuffer
		ctx, stop := context.WithCancel(t.Context())
		exited := make(chan int, 1)
		go func() { exited <- run(ctx, flags, hermetic(t), nil, io.Discard, &log) }()
		require.Eventually(t, func() bool { return strings.Contains(log.String(), "serves 1 tools") }, waitFor, tick)
		stop()
		require.Equal(t, exitDone, <-exited)
		require.Equal(t, warned, strings.Contains(log.String(), "TLS"), args)
	}
}

type lockedBuffer = testgateway.Buffer

func TestRecoveryIsAnnounced(t *testing.T) {
	public, _, err := db.NewRecoveryKey()
	require.NoError(t, err)
	data, file := t.TempDir(), writeFile(t, oneTool)
	for _, start := range []struct{ setting, want string }{
		{public, "recovery is on: tenants' keys are sealed to " + public},
		{"", "is not set: nothing is sealed to it"},
		{"off", ""},
		{"", ""},
	} {
		s := startServing(t, hermetic(t, "MCP_FUSION_RECOVERY_PUBLIC_KEY="+start.setting), "-config", file, "-data-dir", data, "-listen", "127.0.0.1:0")
		s.stop()
		require.Equal(t, exitDone, <-s.exited)
		require.Equal(t, start.want != "", strings.Contains(s.log.String(), "recovery"), s.log)
		require.Contains(t, s.log.String(), start.want)
	}
	code, _, stderr := once(t, hermetic(t, "MCP_FUSION_RECOVERY_PUBLIC_KEY=yes"), "-config", file, "-data-dir", data, "-listen", "127.0.0.1:0")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "MCP_FUSION_RECOVERY_PUBLIC_KEY")
}

func TestDamageIsAnnouncedAtTheStart(t *testing.T) {
	data := t.TempDir()
	file, err := store.OpenBolt(filepath.Join(data, "mcpfusion.db"), store.Options{Create: true})
	require.NoError(t, err)
	require.NoError(t, file.Update(func(tx store.Tx) error {
		return errors.Join(tx.Put("system", []byte("schema_version"), []byte("2")), tx.Put("system", []byte("stray"), nil))
	}))
	require.NoError(t, file.Close())
	s := startServing(t, hermetic(t), "-config", writeFile(t, oneTool), "-data-dir", data, "-listen", "127.0.0.1:0")
	s.stop()
	require.Equal(t, exitDone, <-s.exited)
	require.Contains(t, s.log.String(), `the database has 1 problems, the first: system: key \"stray\" is unknown`)
}
