package mcpserver_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// services is how GET /api begins.
const services = `{"services":[`

// TestOddRequestLines is the table of what an odd first line is answered with,
// by a caller with a token and one without.
func TestOddRequestLines(t *testing.T) {
	g := newServing(t)
	const notFound, unauthorized = "404 Not found", "401 Authorization header required"
	for line, want := range map[string][2]string{ // with a token, without
		// The absolute form outranks the Host header (RFC 9112, section 3.2.2).
		"GET http://127.0.0.1/api HTTP/1.1":                     {"200 " + services, unauthorized},
		"GET http://evil.example/api HTTP/1.1":                  {"403 Host not allowed", "403 Host not allowed"},
		"GET http://u:p@localhost/api HTTP/1.1":                 {"200 " + services, unauthorized},
		"CONNECT 127.0.0.1:443 HTTP/1.1":                        {notFound, unauthorized},
		"CONNECT evil.example:443 HTTP/1.1":                     {"403 Host not allowed", "403 Host not allowed"},
		"OPTIONS * HTTP/1.1":                                    {notFound, unauthorized},
		"OPTIONS /api HTTP/1.1":                                 {"405 Method not allowed; allowed: GET, HEAD", unauthorized},
		"OPTIONS /mcp HTTP/1.1":                                 {"405 Method not allowed; allowed: POST", unauthorized},
		"TRACE /api HTTP/1.1":                                   {"405 Method not allowed; allowed: GET, HEAD", unauthorized},
		"TRACE /mcp HTTP/1.1":                                   {"405 Method not allowed; allowed: POST", unauthorized},
		"TRACE /api/bin/get HTTP/1.1":                           {"405 Method not allowed; allowed: GET, POST", unauthorized},
		"get /api HTTP/1.1":                                     {"405 Method not allowed; allowed: GET, HEAD", unauthorized},
		"GET //mcp HTTP/1.1":                                    {notFound, unauthorized},
		"GET //evil.example/api HTTP/1.1":                       {notFound, unauthorized},
		"GET /mcp/ HTTP/1.1":                                    {notFound, unauthorized},
		"GET /MCP HTTP/1.1":                                     {notFound, unauthorized},
		"GET /mcp;x HTTP/1.1":                                   {notFound, unauthorized},
		"GET /api/../mcp HTTP/1.1":                              {notFound, unauthorized},
		"GET /api/%2e%2e/mcp HTTP/1.1":                          {notFound, unauthorized},
		"GET /api/bin/../bin/get?value=x HTTP/1.1":              {notFound, unauthorized},
		"GET /api/bin%2fget?value=x HTTP/1.1":                   {`200 {"args":{"value":["x"]}`, unauthorized},
		"GET /%6dcp HTTP/1.1":                                   {"405 Method not allowed; allowed: POST", unauthorized},
		"GET /api%00 HTTP/1.1":                                  {notFound, unauthorized},
		"GET /api%0d%0aX:%20y HTTP/1.1":                         {notFound, unauthorized},
		"GET /connect/../api HTTP/1.1":                          {"404 <!DOCTYPE html>", "404 <!DOCTYPE html>"},
		"GET /connect/%2e%2e/api HTTP/1.1":                      {"404 <!DOCTYPE html>", "404 <!DOCTYPE html>"},
		"GET /.well-known/../mcp HTTP/1.1":                      {notFound, notFound},
		"GET /healthz/../api HTTP/1.1":                          {notFound, unauthorized},
		"GET /healthz%2f..%2fapi HTTP/1.1":                      {notFound, unauthorized},
		"GET /api/bin/get?value=x&count=%zz HTTP/1.1":           {"400 Query cannot be read", unauthorized},
		"GET /api/bin/get?value=x;count=1 HTTP/1.1":             {"400 Query cannot be read", unauthorized},
		"GET /api?" + strings.Repeat("x", 50_000) + " HTTP/1.1": {"200 " + services, unauthorized},
		"GET /api HTTP/1.0":                                     {"200 " + services, unauthorized},
		"GET /api HTTP/2.0":                                     {"505 HTTP Version Not Supported", "505 HTTP Version Not Supported"},
		"GET /api HTTP/1.1 x":                                   {"400 ", "400 "},
		"GET  /api HTTP/1.1":                                    {"400 ", "400 "},
		"GET api HTTP/1.1":                                      {"400 ", "400 "},
		"GET /api":                                              {"400 ", "400 "},
		"GET /a\x00pi HTTP/1.1":                                 {"400 ", "400 "},
		"GET /a\x01pi HTTP/1.1":                                 {"400 ", "400 "},
		"GET /%zz HTTP/1.1":                                     {"400 ", "400 "},
		"G@T /api HTTP/1.1":                                     {"400 ", "400 "},
		"\x16\x03\x01\x02 /api HTTP/1.1":                        {"400 ", "400 "},
	} {
		for i, authorization := range []string{"Authorization: Bearer TOKEN\r\n", ""} {
			answer := g.raw(t, line+"\r\nHost: 127.0.0.1\r\n"+authorization+"Connection: close\r\n\r\n")
			require.Truef(t, strings.HasPrefix(answer.said(t), want[i]), "%q: %s", line, answer.said(t))
		}
	}
}

func TestHostHeadersThatAreNoneOrMany(t *testing.T) {
	g := newServing(t)
	for head, want := range map[string]string{
		"GET /healthz HTTP/1.1\r\n":                                       "400 Bad Request: missing required Host header",
		"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n": "400 Bad Request",
		"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1/x\r\n":                  "400 Bad Request: malformed Host header",
		"GET /healthz HTTP/1.1\r\nHost:\r\n":                              "403 Host not allowed",
		"GET /healthz HTTP/1.0\r\n":                                       "403 Host not allowed",
		"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1.\r\n":                   "403 Host not allowed",
		"GET /healthz HTTP/1.1\r\nHost: 2130706433\r\n":                   "403 Host not allowed",
		"GET /healthz HTTP/1.1\r\nHost: localhost.\r\n":                   "403 Host not allowed",
		"GET /healthz HTTP/1.1\r\nHost: evil.example:80@127.0.0.1\r\n":    "400 Bad Request: malformed Host header",
		"GET /healthz HTTP/1.1\r\nHost: [::1%25lo]\r\n":                   `200 {"status":"ok"}`,
	} {
		answer := g.raw(t, head+"Connection: close\r\n\r\n")
		require.Equal(t, want, answer.said(t), head)
	}
}
