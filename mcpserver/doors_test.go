package mcpserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// everyDoor is a path of each surface, with and without a token.
var everyDoor = []string{"/healthz", "/readyz", "/mcp", "/api", "/api/bin", "/api/bin/get?value=x", "/api/openapi.json", "/unknown", "/connect", "/.well-known/x"}

func TestForeignHostsAreRefusedAtEveryDoor(t *testing.T) {
	public, err := url.Parse("https://gw.example.com")
	require.NoError(t, err)
	g := newGateway(t, mcpserver.WithPublicURL(public), mcpserver.WithAllowedHosts("other.example.com", "exact.example.com:8443"))
	for _, path := range everyDoor {
		for _, name := range []string{"evil.example.com", "127.0.0.1.evil.example.com", "localhost.evil.example.com", "10.0.0.1", "gw.example.com.evil.example.com", "exact.example.com:1", "[::2]", "0.0.0.0"} {
			answer := g.get(t, path, bearer(g.alice), host(name))
			require.Equal(t, http.StatusForbidden, answer.StatusCode, "%s %s", path, name)
			require.Equal(t, "Host not allowed", answer.problem(t).Detail)
		}
		for _, name := range []string{"localhost", "LOCALHOST:1", "127.0.0.1:99", "127.8.8.8", "[::1]:5", "[::1]", "gw.example.com", "GW.example.com", "other.example.com:77", "exact.example.com:8443"} {
			require.NotEqual(t, http.StatusForbidden, g.get(t, path, bearer(g.alice), host(name)).StatusCode, "%s %s", path, name)
		}
	}
}

func TestForeignOriginsAreRefusedAtEveryDoor(t *testing.T) {
	public, err := url.Parse("https://gw.example.com")
	require.NoError(t, err)
	for _, opts := range [][]mcpserver.Option{nil, {mcpserver.WithAnyHost()}} {
		g := newGateway(t, append(opts, mcpserver.WithPublicURL(public), mcpserver.WithAllowedOrigins("https://app.example.com"))...)
		local := newGatewayOver(t, g, mcpserver.WithLocalTenant(global.NewSecret(g.alice)))
		own := strings.TrimPrefix(g.url, "http://")
		for _, path := range everyDoor {
			for _, origin := range []string{"https://evil.example.com", "null", "", "http://" + own + ".evil.example.com", "http://127.0.0.1:1", "https://app.example.com:444", "http://app.example.com", "file://", "http://"} {
				answer := g.get(t, path, bearer(g.alice), header("Origin", origin))
				require.Equal(t, http.StatusForbidden, answer.StatusCode, "%s %q", path, origin)
				require.Equal(t, "Origin not allowed", answer.problem(t).Detail)
				require.Equal(t, http.StatusForbidden, local.get(t, path, header("Origin", origin)).StatusCode, "%s %q", path, origin)
			}
			for _, origin := range []string{"http://" + own, "https://gw.example.com", "https://app.example.com"} {
				require.NotEqual(t, http.StatusForbidden, g.get(t, path, bearer(g.alice), header("Origin", origin)).StatusCode, "%s %s", path, origin)
			}
			twice := header("Origin", "http://"+own, "http://"+own)
			require.Equal(t, http.StatusForbidden, g.get(t, path, bearer(g.alice), twice).StatusCode)
			foreign := header("Sec-Fetch-Site", "cross-site")
			require.Equal(t, http.StatusForbidden, local.get(t, path, foreign).StatusCode, path)
		}
	}
}

func TestDefaultPortOfAnOriginIsNoDifference(t *testing.T) {
	g := newGateway(t, mcpserver.WithAnyHost())
	for origin, name := range map[string]string{"https://gw.example.com": "gw.example.com", "https://gw.example.com:443": "gw.example.com", "http://gw.example.com": "gw.example.com:80"} {
		require.Equal(t, http.StatusOK, g.get(t, "/healthz", host(name), header("Origin", origin)).StatusCode, origin)
	}
}

func TestPagesOfAllowedOriginsMayCallAndRead(t *testing.T) {
	g := newGateway(t, mcpserver.WithAllowedOrigins("https://app.example.com"))
	preflight := func(origin string) answer {
		return g.do(t, http.MethodOptions, "/mcp", "", header("Origin", origin), header("Access-Control-Request-Method", "POST"),
			header("Access-Control-Request-Headers", "authorization,content-type"))
	}
	asked := preflight("https://app.example.com")
	require.Equal(t, http.StatusNoContent, asked.StatusCode)
	require.Equal(t, "https://app.example.com", asked.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, asked.Header.Get("Access-Control-Allow-Headers"), "Authorization")
	require.Contains(t, asked.Header.Get("Access-Control-Allow-Methods"), "POST")
	require.Equal(t, "Origin", asked.Header.Get("Vary"))
	require.Empty(t, asked.Header.Get("Access-Control-Allow-Credentials"))

	called := g.get(t, "/api", bearer(g.alice), header("Origin", "https://app.example.com"), header("Sec-Fetch-Site", "cross-site"))
	require.Equal(t, http.StatusOK, called.StatusCode)
	require.Equal(t, "https://app.example.com", called.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, called.Header.Get("Access-Control-Expose-Headers"), "X-Request-Id")
	require.Equal(t, http.StatusUnauthorized, g.get(t, "/api", header("Origin", "https://app.example.com")).StatusCode, "a token is needed all the same")

	own := preflight(g.url)
	require.Equal(t, http.StatusUnauthorized, own.StatusCode)
	require.Empty(t, own.Header.Get("Access-Control-Allow-Origin"))
	foreign := preflight("https://evil.example.com")
	require.Equal(t, http.StatusForbidden, foreign.StatusCode)
	require.Empty(t, foreign.Header.Get("Access-Control-Allow-Origin"))
	plain := g.do(t, http.MethodOptions, "/mcp", "", header("Origin", "https://app.example.com"))
	require.Equal(t, http.StatusUnauthorized, plain.StatusCode, "no preflight")
}
