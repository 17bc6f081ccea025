package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

func TestPagination(t *testing.T) {
	const page = `"method": "GET", "path": "/", "response": {"paginated": true, "paginationConfig": {"nextPageTokenPath": "meta.next"}}`
	e := endpoint(t, page)
	require.Equal(t, &config.Pagination{NextPageTokenPath: "meta.next", MaxPages: 10, TokenParam: "next"}, e.Response.Pagination)
	e = endpoint(t, page+`, "parameters": [{"name": "pageToken", "type": "string", "location": "query"}]`)
	require.Equal(t, "pageToken", e.Response.Pagination.TokenParam)
	e = endpoint(t, `"method": "GET", "path": "/", "response": {"paginated": true, "paginationConfig": {
		"nextPageTokenPath": "next", "dataPath": "items", "pageSize": 50, "maxPages": 2, "tokenParam": "cursor"}},
		"parameters": [{"name": "limit", "type": "integer", "location": "query"}, {"name": "per_page", "type": "integer", "location": "query"}]`)
	require.Equal(t, &config.Pagination{"next", "items", 50, "per_page", 2, "cursor"}, e.Response.Pagination)
	e = endpoint(t, `"method": "GET", "path": "/", "response": {"paginated": true}`)
	require.Nil(t, e.Response.Pagination)
}

func TestCaching(t *testing.T) {
	const caching = `"path": "/", "response": {"caching": {"enabled": true, "ttl": "5m", "key": "k"}}`
	require.Equal(t, &config.Caching{TTL: 5 * time.Minute, Key: "k"}, endpoint(t, caching+`, "method": "GET"`).Response.Caching)
	require.Nil(t, endpoint(t, caching+`, "method": "POST"`).Response.Caching)
	require.Nil(t, endpoint(t, `"method": "GET", "path": "/", "response": {"caching": {"ttl": "5m"}}`).Response.Caching)
}

func TestEndpointInheritsFromItsService(t *testing.T) {
	s := parse(t, `"baseURL": "https://api.example.com",
		"connection": {"timeout": "5s", "disableKeepAlive": true},
		"retry": {"enabled": true},
		"circuitBreaker": {"enabled": true},
		"endpoints": [
		{"id": "a", "name": "A", "method": "GET", "path": "/"},
		{"id": "b", "name": "B", "method": "GET", "path": "/", "connection": {"timeout": "1h", "forceNewConnection": true},
		 "retry": {"enabled": true, "maxAttempts": 7, "baseDelay": "1m", "jitter": true, "retryableErrors": ["timeout"]}},
		{"id": "c", "name": "C", "method": "GET", "path": "/", "retry": {"enabled": false}}]`)
	standard := &config.Retry{MaxAttempts: 3, Strategy: "exponential", BaseDelay: time.Second, MaxDelay: 30 * time.Second, BackoffFactor: 2}
	require.Equal(t, standard, s.Endpoints[0].Retry)
	require.Equal(t, config.Connection{Timeout: 5 * time.Second, DisableKeepAlive: true}, s.Endpoints[0].Connection)
	require.Equal(t, &config.Retry{
		MaxAttempts: 7, Strategy: "exponential", BaseDelay: time.Minute, MaxDelay: time.Minute,
		BackoffFactor: 2, Jitter: true, RetryableErrors: []string{"timeout"},
	}, s.Endpoints[1].Retry)
	require.Equal(t, config.Connection{Timeout: time.Hour, DisableKeepAlive: true, ForceNewConnection: true}, s.Endpoints[1].Connection)
	require.Nil(t, s.Endpoints[2].Retry)
	require.Equal(t, &config.CircuitBreaker{5, 3, 3, time.Minute}, s.CircuitBreaker)
}
