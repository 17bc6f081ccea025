package config_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// parse loads one service; the text is what stands in its object.
func parse(t *testing.T, service string) *config.Service {
	t.Helper()
	loaded, err := config.Parse("f", []byte(`{"services": {"demo": {"name": "Demo", `+service+`}}}`), config.WithLookup(lookup))
	require.NoError(t, err)
	requireConsistent(t, loaded)
	return loaded.Services[0]
}

// endpoint loads one endpoint; the text is what stands in its object beside
// id, name and baseURL.
func endpoint(t *testing.T, text string) *config.Endpoint {
	t.Helper()
	return parse(t, `"baseURL": "https://api.example.com", "endpoints": [{"id": "get", "name": "Get", `+text+`}]`).Endpoints[0]
}

func parameters(t *testing.T, text string) []*config.Parameter {
	t.Helper()
	return endpoint(t, `"method": "POST", "path": "/{id}", "parameters": [{"name": "id", "type": "string", "location": "path"}, `+text+`]`).Parameters
}

func TestDefaultsOfAnEndpoint(t *testing.T) {
	e := endpoint(t, `"method": "GET", "path": "/get"`)
	require.Equal(t, "demo_get", e.ToolName)
	require.Equal(t, "https://api.example.com", e.BaseURL.String())
	require.Equal(t, config.Connection{Timeout: time.Minute}, e.Connection)
	require.Equal(t, config.Body{Encoding: "json"}, e.Body)
	require.Equal(t, config.Response{Type: "json"}, e.Response)
	require.Nil(t, e.Retry)
	require.Equal(t, config.Position{File: "f", Line: 1, Column: 92}, e.Position)
}

func TestHintsFollowFromTheMethod(t *testing.T) {
	for method, want := range map[string]config.Hints{
		"GET":    {ReadOnly: true, Idempotent: true, OpenWorld: true},
		"HEAD":   {ReadOnly: true, Idempotent: true, OpenWorld: true},
		"PUT":    {Idempotent: true, OpenWorld: true},
		"DELETE": {Destructive: true, Idempotent: true, OpenWorld: true},
		"POST":   {OpenWorld: true},
		"PATCH":  {OpenWorld: true},
	} {
		require.Equal(t, want, endpoint(t, `"path": "/", "method": "`+method+`"`).Hints, method)
	}
	said := endpoint(t, `"path": "/", "method": "POST", "hints": {"readOnly": true, "idempotent": true, "openWorld": false}`)
	require.Equal(t, config.Hints{ReadOnly: true, Idempotent: true}, said.Hints)
	drop := endpoint(t, `"path": "/", "method": "GET", "hints": {"destructive": true}`)
	require.Equal(t, config.Hints{Destructive: true, Idempotent: true, OpenWorld: true}, drop.Hints)
}

func TestBaseURL(t *testing.T) {
	s := parse(t, `"baseURL": "${URL}/", "endpoints": [
		{"id": "a", "name": "A", "method": "GET", "path": "/"},
		{"id": "b", "name": "B", "method": "GET", "path": "/", "baseURL": "http://localhost:8080/x//"},
		{"id": "c", "name": "C", "method": "GET", "path": "/", "baseURL": ""}]`)
	require.Equal(t, "https://canary.example.com/v1", s.BaseURL.String())
	require.Equal(t, s.BaseURL, s.Endpoints[0].BaseURL)
	require.Equal(t, "http://localhost:8080/x", s.Endpoints[1].BaseURL.String())
	require.Equal(t, s.BaseURL, s.Endpoints[2].BaseURL)
}

func TestShownNames(t *testing.T) {
	p := parameters(t, `
		{"name": "$filter", "type": "string", "location": "query"},
		{"name": "X-Tag.a_1", "type": "string", "location": "query"},
		{"name": "a b", "alias": "c", "type": "string", "location": "query", "transform": {"targetName": "d"}}`)
	require.Equal(t, "filter", p[1].Shown)
	require.Equal(t, "$filter", p[1].SentName())
	require.Equal(t, "X-Tag.a_1", p[2].Shown)
	require.Equal(t, "c", p[3].Shown)
	require.Equal(t, "a b", p[3].Name)
	require.Equal(t, "d", p[3].SentName())
}

func TestPathParameters(t *testing.T) {
	p := parameters(t, `{"name": "gone", "type": "string", "location": "path"}`)
	require.True(t, p[0].Required, "a placeholder must be filled")
	require.True(t, p[1].Unused)
	e := endpoint(t, `"method": "GET", "path": "/{id}", "parameters": [{"name": "id", "type": "string", "location": "path", "default": "me"}]`)
	require.False(t, e.Parameters[0].Required, "the default fills it")
}

func TestParameterDefaults(t *testing.T) {
	p := parameters(t, `
		{"name": "a", "type": "array", "items": "integer", "location": "query", "default": "[1, \"2\"]"},
		{"name": "b", "type": "integer", "location": "query", "default": "${NUMBER}"},
		{"name": "c", "type": "string", "location": "query", "default": null},
		{"name": "d", "type": "number", "location": "query", "default": 1735689600},
		{"name": "e", "type": "array", "location": "query", "arrayFormat": "comma"}`)
	require.Equal(t, []any{json.Number("1"), json.Number("2")}, p[1].Default)
	require.Equal(t, json.Number("71"), p[2].Default)
	require.False(t, p[3].HasDefault, "null is no default")
	require.Equal(t, json.Number("1735689600"), p[4].Default)
	require.Equal(t, "repeat", p[4].ArrayFormat)
	require.Equal(t, "comma", p[5].ArrayFormat)
}

func TestValidation(t *testing.T) {
	p := parameters(t, `
		{"name": "a", "type": "string", "location": "query", "validation": {"pattern": "^a+$", "minLength": 0, "maxLength": 5, "format": "date"}},
		{"name": "b", "type": "integer", "location": "query", "enum": ["1", 2], "validation": {"minimum": -1.5, "maximum": 1e3, "pattern": "x"}}`)
	require.Equal(t, "^a+$", p[1].Validation.Pattern.String())
	require.Equal(t, 0, *p[1].Validation.MinLength)
	require.Equal(t, 5, *p[1].Validation.MaxLength)
	require.Equal(t, "date", p[1].Validation.Format)
	require.Equal(t, config.Validation{
		Minimum: "-1.5", Maximum: "1e3", Enum: []any{json.Number("1"), json.Number("2")},
	}, p[2].Validation)
}

func TestTransformsAndFiles(t *testing.T) {
	p := parameters(t, `
		{"name": "f", "type": "string", "location": "file", "fileNameParam": "n", "quoted": true, "required": true},
		{"name": "n", "type": "string", "location": "body", "examples": ["a.txt"], "description": "Name",
		 "transform": {"expression": "trim"}, "transforms": ["html_compact"]},
		{"name": "o", "type": "array", "location": "body", "transforms": ["html_compact_fields:a", "validate_object_fields:a, b.c"]},
		{"name": "s", "type": "string", "location": "header", "static": true, "default": "x"}`)
	require.Equal(t, "n", p[1].FileNameParam)
	require.True(t, p[1].Quoted && p[1].Required)
	require.Equal(t, config.Transform{Expression: &config.Expression{Function: config.Trim}}, p[2].Transform)
	require.Equal(t, []config.Step{{Name: config.HTMLCompact}}, p[2].Transforms)
	require.Equal(t, []any{"a.txt"}, p[2].Examples)
	require.Equal(t, []config.Step{
		{Name: config.HTMLCompactFields, Fields: [][]string{{"a"}}},
		{Name: config.ValidateObjectFields, Fields: [][]string{{"a"}, {"b", "c"}}},
	}, p[3].Transforms)
	require.True(t, p[4].Static && p[4].HasDefault)
}
