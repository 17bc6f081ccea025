package mcpserver_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// apiDocument is an OpenAPI document, as far as the tests look at it.
type apiDocument struct {
	OpenAPI string
	Tags    []struct{ Name string }
	Paths   map[string]map[string]struct {
		OperationID string
		Parameters  []struct {
			Name, In, Description string
			Required              bool
			Schema                map[string]any
			Content               map[string]any
		}
		RequestBody struct {
			Required bool
			Content  map[string]struct{ Schema map[string]any }
		}
		Responses map[string]struct{ Content map[string]any }
	}
}

func (g *gateway) document(t *testing.T, token string) apiDocument {
	t.Helper()
	answer := g.get(t, "/api/openapi.json", bearer(token))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	var d apiDocument
	require.NoError(t, json.Unmarshal([]byte(answer.body), &d))
	return d
}

// TestOpenAPIHasWhatTheScopeLeaves: paths and tags are those of the visible
// tools and services, with the methods that they really take.
func TestOpenAPIHasWhatTheScopeLeaves(t *testing.T) {
	g := newGateway(t)
	for name, c := range scopes {
		t.Run(name, func(t *testing.T) {
			d := g.document(t, g.scoped(t, c.scope).Token.Reveal())
			paths, services := []string{}, []string{}
			for _, tool := range c.tools {
				services = append(services, strings.Split(tool, "_")[0])
				paths = append(paths, pathOf(tool))
			}
			require.ElementsMatch(t, paths, slices.Collect(maps.Keys(d.Paths)))
			tags := []string{}
			for _, tag := range d.Tags {
				tags = append(tags, tag.Name)
			}
			require.Equal(t, slices.Compact(services), tags)
			for _, tool := range c.tools {
				want := []string{"get", "post"}
				if !slices.Contains(readOnlyTools, tool) {
					want = want[1:]
				}
				methods := d.Paths[pathOf(tool)]
				require.ElementsMatch(t, want, slices.Collect(maps.Keys(methods)))
				require.Equal(t, tool, methods[want[0]].OperationID)
			}
		})
	}
}

func TestOpenAPIDescribesArgumentsAndAnswers(t *testing.T) {
	g := newGateway(t)
	d := g.document(t, g.alice)
	get := d.Paths["/api/bin/get"]["get"]
	require.Len(t, get.Parameters, 3)
	require.Equal(t, "_from", get.Parameters[2].Name)
	require.Equal(t, "value", get.Parameters[0].Name)
	require.Equal(t, "query", get.Parameters[0].In)
	require.Equal(t, "Any text", get.Parameters[0].Description)
	require.True(t, get.Parameters[0].Required)
	require.False(t, get.Parameters[1].Required)
	require.EqualValues(t, 40, get.Parameters[0].Schema["maxLength"])
	post := d.Paths["/api/bin/get"]["post"]
	require.Equal(t, "bin_get.post", post.OperationID)
	require.True(t, post.RequestBody.Required)
	schema := post.RequestBody.Content["application/json"].Schema
	require.Equal(t, []any{"value"}, schema["required"])
	require.Equal(t, false, schema["additionalProperties"])
	require.Contains(t, get.Responses["2XX"].Content, "application/json")
	require.Contains(t, d.Paths["/api/bin/status"]["get"].Responses["2XX"].Content, "*/*")
	require.Contains(t, get.Responses, "default")
}

// TestOpenAPIKnowsTheProblems: every member of a refusal is described, and
// what it calls required is always there.
func TestOpenAPIKnowsTheProblems(t *testing.T) {
	g := newGateway(t)
	const address = "mem://openapi"
	compiler := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(g.get(t, "/api/openapi.json", bearer(g.alice)).body))
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource(address, document))
	schema, err := compiler.Compile(address + "#/components/schemas/problem")
	require.NoError(t, err)
	for _, path := range []string{"/api/bin/get", "/api/bin/status?code=500", "/api/none", "/api/mine/headers"} {
		refusal, err := jsonschema.UnmarshalJSON(strings.NewReader(g.get(t, path, bearer(g.alice)).body))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(refusal), path)
		for member := range refusal.(map[string]any) {
			require.Contains(t, schema.Properties, member)
		}
	}
}

func TestAServiceListsItsEndpoints(t *testing.T) {
	g := newGateway(t)
	var detail struct {
		Service, Name, Auth, Connection string
		Endpoints                       []map[string]any
	}
	answer := g.get(t, "/api/bin", bearer(g.scoped(t, db.Scope{Tools: []string{"bin_delete", "bin_get", "keyed_*"}}).Token.Reveal()))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, json.Unmarshal([]byte(answer.body), &detail))
	require.Equal(t, []string{"bin", "Bin", "none", "not_needed"}, []string{detail.Service, detail.Name, detail.Auth, detail.Connection})
	require.Len(t, detail.Endpoints, 2)
	require.Equal(t, map[string]any{
		"endpoint": "delete", "tool": "bin_delete", "name": "Delete", "description": "Deletes", "methods": []any{"POST"},
		"destructive": true, "input_schema": map[string]any{"type": "object", "properties": map[string]any{}, "additionalProperties": false},
	}, detail.Endpoints[0])
	require.Equal(t, []any{"GET", "POST"}, detail.Endpoints[1]["methods"])
	require.Equal(t, false, detail.Endpoints[1]["destructive"])
}

// TestAServiceOutsideTheScopeDoesNotExist: it is answered as one that is in no
// configuration.
func TestAServiceOutsideTheScopeDoesNotExist(t *testing.T) {
	g := newGateway(t)
	token := g.scoped(t, db.Scope{Services: []string{"bin"}}).Token.Reveal()
	unknown := g.get(t, "/api/unknown", bearer(token))
	require.Equal(t, http.StatusNotFound, unknown.StatusCode)
	require.Equal(t, unknown.said(t), g.get(t, "/api/keyed", bearer(token)).said(t))
	require.Equal(t, http.StatusOK, g.get(t, "/api/bin", bearer(token)).StatusCode)
	require.Equal(t, http.StatusOK, g.get(t, "/api/keyed", bearer(g.alice)).StatusCode)
}
