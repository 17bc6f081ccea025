package mcpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

func TestOnlyAKnownTokenGetsIn(t *testing.T) {
	g := newGateway(t)
	unknown := strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		headers []string
		detail  string
	}{
		"none":             {nil, "Authorization header required"},
		"empty":            {[]string{""}, "Authorization must be Bearer token"},
		"two":              {[]string{"Bearer " + g.alice, "Bearer " + g.alice}, "Authorization must be Bearer token"},
		"another scheme":   {[]string{"Basic " + g.alice}, "Authorization must be Bearer token"},
		"the token alone":  {[]string{g.alice}, "Authorization must be Bearer token"},
		"several words":    {[]string{"Bearer " + g.alice + " x"}, "Authorization must be Bearer token"},
		"several schemes":  {[]string{"Bearer Bearer " + g.alice}, "Authorization must be Bearer token"},
		"the scheme alone": {[]string{"Bearer"}, "Bearer token is empty"},
		"spaces only":      {[]string{"Bearer   "}, "Bearer token is empty"},
		"unknown":          {[]string{"Bearer " + unknown}, "Invalid API token"},
		"too short":        {[]string{"Bearer " + g.alice[:63]}, "Invalid API token"},
		"too long":         {[]string{"Bearer " + g.alice + "0"}, "Invalid API token"},
		"upper case":       {[]string{"Bearer " + strings.ToUpper(g.alice)}, "Invalid API token"},
		"list":             {[]string{"Bearer " + g.alice + ",Bearer"}, "Invalid API token"},
		"prefix":           {[]string{"Bearer " + g.alice[:8]}, "Invalid API token"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/mcp", "/api", "/api/bin", "/api/bin/get", "/api/openapi.json", "/", "/unknown", "/mcp/", "/connectx", "/healthz/x"} {
				answer := g.get(t, path, header("Authorization", c.headers...))
				require.Equal(t, http.StatusUnauthorized, answer.StatusCode, path)
				require.Equal(t, c.detail, answer.problem(t).Detail, path)
				require.Equal(t, "Bearer", answer.Header.Get("WWW-Authenticate"), path)
				require.Equal(t, c.detail, g.lastRequest(t)["reason"])
			}
		})
	}
}

func TestSchemeIsCaseInsensitive(t *testing.T) {
	g := newGateway(t)
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		require.Equal(t, http.StatusOK, g.get(t, "/api", header("Authorization", scheme+" "+g.alice)).StatusCode)
	}
}

func TestDeletedTokenIsDeadAtOnce(t *testing.T) {
	g := newGateway(t)
	_, hash, err := g.database.ValidateAPIToken(g.alice)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, g.get(t, "/api", bearer(g.alice)).StatusCode)
	require.NoError(t, g.database.DeleteAPIToken(hash))
	require.Equal(t, "Invalid API token", g.get(t, "/api", bearer(g.alice)).problem(t).Detail)
	require.Equal(t, http.StatusOK, g.get(t, "/api", bearer(g.bob)).StatusCode)
}

func TestOpenPathsNeedNoToken(t *testing.T) {
	g := newGateway(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		answer := g.get(t, path)
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.JSONEq(t, `{"status":"ok"}`, answer.body)
		require.Equal(t, http.StatusMethodNotAllowed, g.do(t, http.MethodPost, path, "").StatusCode)
	}
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"} {
		require.Equal(t, http.StatusNotFound, g.get(t, path).problem(t).Status, path)
	}
	require.Equal(t, http.StatusNotFound, g.get(t, "/unknown", bearer(g.alice)).problem(t).Status)
}

func TestLocalTenantServesOnlyRequestsWithoutHeader(t *testing.T) {
	seed := newGateway(t)
	g := newGateway(t)
	local := newGatewayOver(t, g, mcpserver.WithLocalTenant(global.NewSecret(g.alice)))
	require.Equal(t, http.StatusOK, local.get(t, "/api").StatusCode)
	require.Equal(t, http.StatusOK, local.get(t, "/api", bearer(g.bob)).StatusCode)
	for _, value := range []string{"", "Bearer", "Bearer " + seed.alice} {
		require.Equal(t, http.StatusUnauthorized, local.get(t, "/api", header("Authorization", value)).StatusCode, value)
	}
}

func TestFailureOfTheDatabaseIsOurs(t *testing.T) {
	g := newGateway(t)
	require.NoError(t, g.database.Close())
	answer := g.get(t, "/api", bearer(g.alice))
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.Equal(t, "Internal server error", answer.problem(t).Detail)
	require.Equal(t, http.StatusServiceUnavailable, g.get(t, "/readyz").StatusCode)
	require.Equal(t, http.StatusOK, g.get(t, "/healthz").StatusCode)
}
