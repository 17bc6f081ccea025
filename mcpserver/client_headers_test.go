package mcpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// TestOddHeaders is the table of what the lines after the first are answered
// with.
func TestOddHeaders(t *testing.T) {
	g := newServing(t)
	const (
		token    = "Authorization: Bearer TOKEN\r\n"
		tooLarge = "431 Request Header Fields Too Large"
		noBearer = "401 Authorization must be Bearer token"
	)
	for head, want := range map[string]string{
		token: "200 " + services,
		// Folding is one space (RFC 9112, section 5.2).
		"Authorization: Bearer\r\n TOKEN\r\n":                "200 " + services,
		"Authorization:\r\n\tBearer\r\n  \t TOKEN\r\n":       "200 " + services,
		"Authorization: Bearer TOK\r\n EN\r\n":               noBearer,
		"Authorization: Bearer TOKEN\r\n x\r\n":              noBearer,
		"X: y\r\n Authorization: Bearer TOKEN\r\n":           "401 Authorization header required",
		"Authorization: Bearer\tTOKEN\r\n":                   "200 " + services,
		"Authorization: Bearer TOKEN  \r\n":                  "200 " + services,
		"authorization: bearer TOKEN\r\n":                    "200 " + services,
		token + token:                                        noBearer,
		token + "authorization: Bearer TOKEN\r\n":            noBearer,
		token + "Authorization:\r\n":                         noBearer,
		"Authorization: Bearer TOKEN, Bearer TOKEN\r\n":      noBearer,
		"Authorization:\r\n":                                 noBearer,
		"Proxy-Authorization: Bearer TOKEN\r\n":              "401 Authorization header required",
		"Cookie: Authorization=Bearer TOKEN\r\n":             "401 Authorization header required",
		"Authorization : Bearer TOKEN\r\n":                   "400 Bad Request: invalid header name",
		"Authorization: Bearer TOKEN\x00\r\n":                "400 Bad Request",
		"Authorization: Bearer \u00e4\r\n":                   "401 Invalid API token",
		"no colon\r\n" + token:                               "400 Bad Request",
		": no name\r\n" + token:                              "400 Bad Request",
		"Authorization: Bearer " + long(60_000) + "\r\n":     "401 Invalid API token",
		token + "X: " + long(100_000) + "\r\n":               tooLarge,
		token + strings.Repeat("X: "+long(996)+"\r\n", 100):  tooLarge,
		token + strings.Repeat("X: y\r\n", 5_000):            "200 " + services,
		token + "Content-Length: -1\r\n":                     `400 Bad Request`,
		token + "Content-Length: 1\r\nContent-Length: 2\r\n": "400 Bad Request",
		token + "Transfer-Encoding: gzip, chunked\r\n":       `501 Unsupported transfer encoding`,
		token + "Expect: miracles\r\n":                       "417 ",
	} {
		answer := g.raw(t, "GET /api HTTP/1.1\r\nHost: 127.0.0.1\r\n"+head+"Connection: close\r\n\r\n")
		require.Truef(t, strings.HasPrefix(answer.said(t), want), "%.300q: %s", head, answer.said(t))
	}
	folded := g.raw(t, "GET /api HTTP/1.1\r\n Host: 127.0.0.1\r\n"+token+"Connection: close\r\n\r\n")
	require.Equal(t, http.StatusBadRequest, folded.StatusCode, "the first header cannot continue anything")
}

func long(n int) string { return strings.Repeat("x", n) }

func TestAddressesAreCheckedForTheLocalTenantToo(t *testing.T) {
	g := newGateway(t)
	local := newGatewayOver(t, g, mcpserver.WithLocalTenant(global.NewSecret(g.alice)))
	for _, path := range everyDoor {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			send := func(edits ...func(*http.Request)) string {
				return local.do(t, method, path, "{}", append(edits, asJSON)...).said(t)
			}
			require.Equal(t, "403 Host not allowed", send(host("evil.example")), path)
			require.Equal(t, "403 Host not allowed", send(host("127.0.0.1.nip.io")), path)
			require.Equal(t, "403 Host not allowed", send(host("evil.example"), header("Origin", "http://evil.example")), path)
			require.Equal(t, "403 Origin not allowed", send(header("Origin", "http://evil.example")), path)
			require.Equal(t, "403 Origin not allowed", send(header("Origin", "null")), path)
			for _, site := range []string{"cross-site", "same-site"} {
				require.Equal(t, "403 Origin not allowed", send(header("Sec-Fetch-Site", site)), path)
			}
			preflight := local.do(t, http.MethodOptions, path, "", header("Origin", "http://evil.example"), header("Access-Control-Request-Method", "POST"))
			require.Empty(t, preflight.Header.Get("Access-Control-Allow-Origin"))
		}
	}
}

func TestAForeignOriginComesBeforeTheToken(t *testing.T) {
	g := newServing(t)
	for _, line := range []string{"OPTIONS *", "CONNECT 127.0.0.1:1", "TRACE /mcp", "GET http://localhost/api", "POST /mcp"} {
		answer := g.raw(t, line+" HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n")
		require.Equal(t, "403 Origin not allowed", answer.said(t), line)
	}
}
