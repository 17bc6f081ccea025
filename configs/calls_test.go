package configs_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// exchange is a call of a shipped tool: what the API must get, and what the
// caller gets of its answer.
type exchange struct {
	arguments      string
	request, body  string // "METHOD path?query" unescaped; body as JSON
	header, value  string // one that the API must get
	answer, result string
}

// TestShippedToolsSpeakTheirAPIs calls tools against a stub that answers as the
// API's documentation says.
func TestShippedToolsSpeakTheirAPIs(t *testing.T) {
	for file, calls := range exchanges {
		for tool, x := range calls {
			t.Run(tool, func(t *testing.T) { x.check(t, file, tool) })
		}
	}
}

// TestShippedFilesCompile: nothing is found loose when the tools are made,
// either.
func TestShippedFilesCompile(t *testing.T) {
	for _, file := range shipped(t) {
		for _, warning := range loadOver(t, file, "http://127.0.0.1:1").Warnings() {
			require.Contains(t, warning.Text, "this version does not have", file)
		}
	}
}

func (x exchange) check(t *testing.T, file, tool string) {
	var got *http.Request
	var body []byte
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, x.answer)
	}))
	defer api.Close()
	tools := loadOver(t, file, api.URL)
	service, endpoint, _ := strings.Cut(tool, "/")
	found, ok := tools.Endpoint(service, endpoint)
	require.True(t, ok, tool)
	arguments, err := fusion.ParseArguments([]byte(x.arguments))
	require.NoError(t, err)
	result, err := tools.Call(t.Context(), found, arguments)
	require.NoError(t, err)
	target, err := url.QueryUnescape(got.URL.RequestURI())
	require.NoError(t, err)
	require.Equal(t, x.request, got.Method+" "+target)
	if x.header != "" {
		require.Equal(t, x.value, got.Header.Get(x.header))
	}
	if x.body == "" {
		require.Empty(t, body)
	} else {
		require.JSONEq(t, x.body, string(body))
	}
	require.JSONEq(t, x.result, string(result.Content))
}

// loadOver loads a shipped file with another server for all its URLs, and
// without sign-in.
func loadOver(t *testing.T, file, server string) *fusion.Fusion {
	t.Helper()
	var document struct {
		Services map[string]map[string]any `json:"services"`
	}
	require.NoError(t, json.Unmarshal(read(t, file), &document))
	for _, service := range document.Services {
		service["auth"] = map[string]any{"type": "none"}
		move(t, service, server)
		for _, endpoint := range service["endpoints"].([]any) {
			move(t, endpoint.(map[string]any), server)
		}
	}
	data, err := json.Marshal(document)
	require.NoError(t, err)
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	tools, err := fusion.New(fusion.WithLogger(logger), fusion.WithEmbedded(file, data), fusion.WithLookup(lookup))
	require.NoError(t, err)
	t.Cleanup(tools.Close)
	return tools
}

// move keeps the path of a baseURL, and says in it which host was meant.
func move(t *testing.T, v map[string]any, server string) {
	t.Helper()
	if base, ok := v["baseURL"].(string); ok {
		u, err := url.Parse(base)
		require.NoError(t, err)
		v["baseURL"] = server + "/" + u.Host + u.Path
	}
}
