package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// BenchmarkParse reads 1,000 endpoints with five parameters each.
func BenchmarkParse(b *testing.B) {
	const parameters = `{"name": "id", "type": "string", "location": "path", "required": true, "description": "The identifier"},
		{"name": "$top", "alias": "top", "type": "integer", "location": "query", "default": 10, "validation": {"minimum": 1, "maximum": 100}},
		{"name": "date", "type": "string", "location": "query", "validation": {"pattern": "^\\d{8}$"}, "transform": {"targetName": "d", "expression": "slice(0,4)"}},
		{"name": "sort", "type": "string", "location": "query", "validation": {"enum": ["a", "b"]}},
		{"name": "text", "type": "string", "location": "body"}`
	var endpoints []string
	for i := range 1000 {
		endpoints = append(endpoints, fmt.Sprintf(`{"id": "e%d", "name": "N", "method": "GET", "path": "/x/{id}", "parameters": [%s], "response": {"type": "json"}}`, i, parameters))
	}
	data := []byte(`{"services": {"s": {"name": "S", "baseURL": "https://a.example.com", "endpoints": [` + strings.Join(endpoints, ",\n") + `]}}}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := config.Parse("f", data)
		require.NoError(b, err)
	}
}
