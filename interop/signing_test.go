package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// signing is a gateway whose services are connected at a real provider.
type signing struct {
	*provider
	gateway    *testgateway.Gateway
	data       string
	token      string // the API token of a tenant that is not connected
	configFile string
	services   string
	flags      []string
}

// accounts has a service for each way to sign in. Each has one tool, which asks
// the provider's own API who is connected.
const accounts = `{"services": {
  "desk": {"name": "Desk", "baseURL": "${ISSUER}/api", "auth": {"type": "oauth2_device", "config": {
    "clientId": "public", "authorizationURL": "${ISSUER}/device/auth", "tokenURL": "${ISSUER}/token",
    "revocationURL": "${ISSUER}/token/revocation", "scope": "openid profile api:read"}}, "endpoints": [%[1]s]},
  "web": {"name": "Web", "baseURL": "${ISSUER}/api", "auth": {"type": "oauth2_code", "config": {
    "clientId": "basic", "clientSecret": "s3cret", "authorizationURL": "${ISSUER}/auth", "tokenURL": "${ISSUER}/token",
    "revocationURL": "${ISSUER}/token/revocation", "issuer": "${ISSUER}", "scope": "openid profile api:read api:write"}}, "endpoints": [%[1]s]},
  "machine": {"name": "Machine", "baseURL": "${ISSUER}/api", "auth": {"type": "oauth2_client_credentials", "config": {
    "clientId": "post", "clientSecret": "s3cret", "tokenURL": "${ISSUER}/token", "scope": "api:read"}}, "endpoints": [%[1]s]}
}}`

const whoAmI = `{"id": "me", "name": "Me", "description": "Who is connected", "method": "GET", "path": "/me"}`

func startSigning(t *testing.T, flags ...string) *signing {
	t.Helper()
	s := &signing{data: t.TempDir(), services: fmt.Sprintf(accounts, whoAmI), flags: flags}
	s.provider = startProvider(t, providerSettings{Clients: providerClients, Interval: 1})
	s.token = testgateway.AddToken(t, s.data, "interop")
	s.start(t, "")
	s.configFile = filepath.Join(t.TempDir(), "accounts.json")
	require.NoError(t, os.WriteFile(s.configFile, []byte(s.services), 0o600))
	return s
}

// start runs the gateway, which the provider then knows.
func (s *signing) start(t *testing.T, listen string) {
	t.Helper()
	s.gateway = testgateway.Start(t, testgateway.Config{
		Services: s.services, DataDir: s.data, Listen: listen, Flags: s.flags,
		Env: []string{"ISSUER=" + s.Issuer, "ELSEWHERE=http://127.0.0.1:1"},
	})
	s.putClient(t, providerClient{ID: "basic", Secret: "s3cret", RedirectURIs: []string{s.gateway.URL + "/oauth/callback"}})
}

// restart has another gateway take the first one's place.
func (s *signing) restart(t *testing.T) {
	t.Helper()
	s.gateway.Stop(t)
	s.start(t, strings.TrimPrefix(s.gateway.URL, "http://"))
}

// get asks the gateway's REST side as a tenant.
func (s *signing) get(t *testing.T, token, path string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.gateway.URL+path, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(content)
}

// requireConnected checks that a call goes through, and in whose name.
func (s *signing) requireConnected(t *testing.T, token, service, user string) {
	t.Helper()
	status, body := s.get(t, token, "/api/"+service+"/me")
	require.Equal(t, http.StatusOK, status, body)
	var who account
	require.NoError(t, json.Unmarshal([]byte(body), &who))
	require.Equal(t, user, who.Sub)
}

// requireNotConnected checks that a call is refused, with a problem that says so.
func (s *signing) requireNotConnected(t *testing.T, token, service string) {
	t.Helper()
	status, body := s.get(t, token, "/api/"+service+"/me")
	require.Equal(t, http.StatusConflict, status, body)
	require.Contains(t, strings.ToLower(body), "connect")
}

// awaitConnected returns when the gateway has heard of a sign-in.
func (s *signing) awaitConnected(t *testing.T, token, service string) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, _ := s.get(t, token, "/api/"+service+"/me")
		return status == http.StatusOK
	}, peerTime, 50*time.Millisecond)
}
