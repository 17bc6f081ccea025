package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// kindsOfTools has each kind of argument and answer that a document describes
// in its own way.
const kindsOfTools = `{"services": {
  "shop": {"name": "Shop", "baseURL": "${API}", "endpoints": [
    {"id": "find", "name": "Find", "description": "Finds \"things\" in <shops>", "method": "GET", "path": "/find/{id}", "parameters": [
      {"name": "id", "type": "integer", "location": "path", "validation": {"minimum": 1}, "examples": [7]},
      {"name": "$tags", "type": "array", "items": "string", "location": "query", "default": ["a"]},
      {"name": "day", "type": "string", "location": "query", "validation": {"pattern": "^\\d{8}$"}, "default": "#DAYS-7"},
      {"name": "filter", "type": "object", "location": "query"},
      {"name": "rows", "type": "array", "items": "object", "location": "query"},
      {"name": "sort", "type": "string", "location": "query", "default": "z", "validation": {"enum": ["a", "b"]}}]},
    {"id": "page", "name": "Page", "method": "GET", "path": "/page", "response": {"type": "text"}},
    {"id": "remove", "name": "Remove", "method": "DELETE", "path": "/{id}", "parameters": [{"name": "id", "type": "string", "location": "path"}]}]},
  "other": {"name": "Other", "baseURL": "${API}", "endpoints": [{"id": "put", "name": "Put", "method": "PUT", "path": "/"}]}
}}`

// TestOpenAPIDocumentIsValid holds the document of each of two tokens, and
// then broken ones, against a validator that others wrote.
func TestOpenAPIDocumentIsValid(t *testing.T) {
	api := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(api.Close)
	data := t.TempDir()
	all := testgateway.AddToken(t, data, "all")
	none := testgateway.AddToken(t, data, "--services", "unknown", "none")
	gateway := testgateway.Start(t, testgateway.Config{Services: kindsOfTools, DataDir: data, Env: []string{"API=" + api.URL}})
	for name, token := range map[string]string{"all": all, "none": none} {
		t.Run(name, func(t *testing.T) {
			document := fetchOpenAPI(t, gateway.URL, token)
			verdict := validateOpenAPI(t, document)
			require.True(t, verdict.Valid, "%s\n%s", verdict.Errors, document)
			require.Equal(t, "3.1", verdict.Version)
			require.Equal(t, name == "all", strings.Contains(document, "/api/shop/find"))
			broken := strings.Replace(document, `"operationId"`, `"operationID"`, 1)
			broken = strings.Replace(broken, `"info"`, `"inf"`, 1)
			require.False(t, validateOpenAPI(t, broken).Valid, "the validator finds nothing wrong with anything")
		})
	}
}

func fetchOpenAPI(t *testing.T, url, token string) string {
	t.Helper()
	client := &http.Client{Transport: testgateway.WithToken(token)}
	response, err := client.Get(url + "/api/openapi.json")
	require.NoError(t, err)
	defer response.Body.Close()
	document, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(document))
	return string(document)
}

type openAPIVerdict struct {
	Valid   bool
	Version string
	Errors  json.RawMessage
}

func validateOpenAPI(t *testing.T, document string) (verdict openAPIVerdict) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.json")
	require.NoError(t, os.WriteFile(file, []byte(document), 0o600))
	out := runNode(t, "openapi.mjs", file)
	require.NoError(t, json.Unmarshal(out, &verdict), string(out))
	return verdict
}
