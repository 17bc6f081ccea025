package mcpserver_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
)

const (
	fileConfig = `{"services":{"s":{"name":"S","baseURL":"${API}","endpoints":[
		{"id":"e","name":"E","method":"GET","path":"/","response":{"type":"binary"}},
		{"id":"none","name":"N","method":"GET","path":"/none","response":{"type":"binary"}}]}}}`
	fileContent = "\xff\x00<script>"
)

func sendsFile(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/none" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename*=UTF-8''%e2%82%ac.html`)
	says(200, "text/html", fileContent)(w, r)
}

func (g *gateway) callFile(t *testing.T, tool string) *mcp.CallToolResult {
	t.Helper()
	result, err := g.connect(t, g.alice, "2026-07-28").CallTool(t.Context(), &mcp.CallToolParams{Name: tool})
	require.NoError(t, err)
	require.Len(t, result.Content, 1)
	return result
}

// TestFilesOverBothDoors: over MCP as a blob, over REST as a download that a
// browser does not show.
func TestFilesOverBothDoors(t *testing.T) {
	api := newStub(t, http.HandlerFunc(sendsFile))
	tools, _ := withTools(t, &lockedBuffer{}, fileConfig, []string{"API", api.URL})
	g := newGateway(t, tools)
	resource, ok := g.callFile(t, "s_e").Content[0].(*mcp.EmbeddedResource)
	require.True(t, ok)
	require.Equal(t, &mcp.ResourceContents{URI: "mcpfusion:///s_e/%E2%82%AC.html", MIMEType: "text/html", Blob: []byte(fileContent)}, resource.Resource)
	require.Equal(t, "204 No Content", textOf(t, g.callFile(t, "s_none")))

	answer := g.get(t, "/api/s/e", bearer(g.alice))
	require.Equal(t, fileContent, answer.body)
	require.Equal(t, "text/html", answer.Header.Get("Content-Type"))
	require.Equal(t, "attachment; filename*=utf-8''%E2%82%AC.html", answer.Header.Get("Content-Disposition"))
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	require.Equal(t, http.StatusBadRequest, g.get(t, "/api/s/e?_from=x", bearer(g.alice)).StatusCode)
	from := base64.RawURLEncoding.EncodeToString([]byte(`{"t":1}`))
	require.Contains(t, g.get(t, "/api/s/e?_from="+from, bearer(g.alice)).problem(t).Detail, "the answer has changed")
}

func TestALongFileIsNoBlob(t *testing.T) {
	api := newStub(t, says(200, "image/png", strings.Repeat("x", 1000)))
	tools, _ := withTools(t, &lockedBuffer{}, fileConfig, []string{"API", api.URL}, fusion.WithMaxResult(resultLimit))
	g := newGateway(t, tools)
	isError, text := g.callBoth(t, "s_e", `{}`)
	require.True(t, isError)
	require.Contains(t, text, "the answer is a file of 1000 bytes, which is too long for a result")
	require.Len(t, g.get(t, "/api/s/e", bearer(g.alice)).body, 1000)
}

func TestFilesAreSavedForTheTenant(t *testing.T) {
	dir := t.TempDir()
	api := newStub(t, http.HandlerFunc(sendsFile))
	tools, _ := withTools(t, &lockedBuffer{}, fileConfig, []string{"API", api.URL}, fusion.WithDownloadDir(dir))
	g := newGateway(t, tools)
	tenant, err := g.database.Authenticate(g.alice)
	require.NoError(t, err)
	var saved struct {
		Saved, Type string
		Bytes       int
	}
	require.NoError(t, json.Unmarshal([]byte(textOf(t, g.callFile(t, "s_e"))), &saved))
	require.Equal(t, filepath.Join(dir, tenant.Hash(), "€.html"), saved.Saved)
	content, err := os.ReadFile(saved.Saved)
	require.NoError(t, err)
	require.Equal(t, fileContent, string(content))
	require.Equal(t, fileContent, g.get(t, "/api/s/e", bearer(g.alice)).body, "REST gives the bytes")

	require.NoError(t, os.RemoveAll(dir))
	isError, text := g.callBoth(t, "s_e", `{}`)
	require.True(t, isError)
	require.Equal(t, "Internal server error", text)
}
