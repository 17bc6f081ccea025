package interop

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// GitHub's own description of its API, and what answers as it says and refuses
// what it does not allow.
const (
	githubAPI         = "https://api.github.com"
	githubDescription = "node_modules/@octokit/openapi/generated/api.github.com.json"
	prism             = "node_modules/@stoplight/prism-cli/dist/index.js"
)

// TestGitHubTakesWhatIsSent calls each tool of the shipped configuration with
// what its schema requires, and then with all that it allows.
func TestGitHubTakesWhatIsSent(t *testing.T) {
	mock := startPrism(t, githubDescription)
	services, err := os.ReadFile("../configs/github.json")
	require.NoError(t, err)
	text := strings.ReplaceAll(string(services), githubAPI, mock.url)
	text = strings.ReplaceAll(text, `"caching": {"enabled": true`, `"caching": {"enabled": false`) // each call is to be seen
	data := t.TempDir()
	token := testgateway.AddToken(t, data, "prism")
	gateway := testgateway.Start(t, testgateway.Config{
		Services: text, DataDir: data,
		Env: []string{"GITHUB_TOKEN=x", "MCP_FUSION_ALLOW_DESTRUCTIVE=true"},
	})
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: gateway.URL + "/mcp", HTTPClient: &http.Client{Transport: testgateway.WithToken(token)},
	}, nil)
	require.NoError(t, err)
	defer session.Close()
	for tool, err := range session.Tools(t.Context(), nil) {
		require.NoError(t, err)
		if !strings.HasPrefix(tool.Name, "github_") {
			continue // the gateway's own
		}
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprint(tool.Name, " all ", all), func(t *testing.T) { mock.requireTaken(t, session, tool, all) })
		}
	}
}

func (m *mock) requireTaken(t *testing.T, session *mcp.ClientSession, tool *mcp.Tool, all bool) {
	t.Helper()
	raw, err := json.Marshal(tool.InputSchema)
	require.NoError(t, err)
	var schema inputSchema
	require.NoError(t, json.Unmarshal(raw, &schema))
	before := m.requests.Load()
	arguments := schema.arguments(t, all)
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool.Name, Arguments: json.RawMessage(arguments)})
	require.NoError(t, err)
	require.Greater(t, m.requests.Load(), before, "nothing was sent for %s", arguments)
	require.Empty(t, *m.violations.Swap(new(string)), "what was sent for %s", arguments)
	require.False(t, result.IsError, "%s: %s", arguments, result.Content[0].(*mcp.TextContent).Text)
}

// mock is a prism in front of which it is noticed what it finds wrong with
// requests.
type mock struct {
	url        string
	requests   atomic.Int64
	violations atomic.Pointer[string] // since they were last looked at; never nil
}

// startPrism ends with the test.
func startPrism(t *testing.T, description string) *mock {
	t.Helper()
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	command := exec.Command(node(t), prism, "mock", "-h", "127.0.0.1", "-p", port, description)
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	listening := make(chan bool, 1)
	go func() {
		defer close(listening)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "Prism is listening") {
				listening <- true
				_, _ = io.Copy(io.Discard, out)
			}
		}
	}()
	select {
	case ok := <-listening:
		require.True(t, ok, "prism ended")
	case <-time.After(3 * time.Minute):
		require.FailNow(t, "prism does not listen")
	}
	return watch(t, "http://"+address)
}

// watch is in front of a prism that listens at target.
func watch(t *testing.T, target string) *mock {
	t.Helper()
	to, err := url.Parse(target)
	require.NoError(t, err)
	m := &mock{}
	m.violations.Store(new(string))
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			// The description has not the media types of GitHub's own, which its
			// text says to ask for.
			r.Out.Header.Set("Accept", "application/json")
		},
		ModifyResponse: func(r *http.Response) error {
			m.requests.Add(1)
			var found []json.RawMessage // those of the answer are prism's own
			if err := json.Unmarshal([]byte(cmp.Or(r.Header.Get("Sl-Violations"), "[]")), &found); err != nil {
				return err
			}
			found = slices.DeleteFunc(found, func(v json.RawMessage) bool { return bytes.Contains(v, []byte(`"location":["response"`)) })
			if len(found) > 0 {
				m.violations.Store(new(fmt.Sprintf("%s", found)))
			}
			return nil
		},
	})
	t.Cleanup(front.Close)
	m.url = front.URL
	return m
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}
