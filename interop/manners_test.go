package interop

import (
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// mannered is a gateway whose one service, web, is connected at a provider with
// manners of its own.
func mannered(t *testing.T, auth, baseURL, path string) *signing {
	t.Helper()
	s := &signing{data: t.TempDir(), provider: &provider{}}
	s.services = fmt.Sprintf(`{"services": {"web": {"name": "Web", "baseURL": %q, "auth": %s,
		"endpoints": [{"id": "me", "name": "Me", "description": "Who is connected", "method": "GET", "path": %q}]}}}`, baseURL, auth, path)
	s.token = testgateway.AddToken(t, s.data, "mannered")
	s.gateway = testgateway.Start(t, testgateway.Config{Services: s.services, DataDir: s.data})
	s.configFile = filepath.Join(t.TempDir(), "web.json")
	require.NoError(t, os.WriteFile(s.configFile, []byte(s.services), 0o600))
	return s
}

var onward = regexp.MustCompile(`href="([^"]+)" rel="noreferrer"`)

// connectAtOnce goes the way of a browser, at a provider that asks nobody.
func (s *signing) connectAtOnce(t *testing.T) {
	t.Helper()
	w := s.newWindow(t, s.token)
	w.post(t, "/connect/web/start", nil)
	found := onward.FindStringSubmatch(w.page)
	require.NotNil(t, found, w.page)
	w.open(t, html.UnescapeString(found[1]))
	require.Equal(t, "/connect/web", w.at.Path)
	require.Contains(t, w.page, "Web is connected")
}

// requireMe checks that a call goes through.
func (s *signing) requireMe(t *testing.T, want string) {
	t.Helper()
	status, body := s.get(t, s.token, "/api/web/me")
	require.Equal(t, http.StatusOK, status, body)
	require.Contains(t, body, want)
}

const githubAuth = `{"type": %q, "config": {"clientId": "Ov23li", "clientSecret": "s3cret", "authorizationURL": %q,
	"tokenURL": "%s/login/oauth/access_token", "scope": "repo gist"}}`

// Errors with the status 200, no expiry, no refresh token, scopes with commas.
func TestConnectingAtGitHubsManners(t *testing.T) {
	g := startGitHub(t)
	s := mannered(t, fmt.Sprintf(githubAuth, "oauth2_code", g.url+"/login/oauth/authorize", g.url), g.url, "/user")
	s.connectAtOnce(t)
	s.requireMe(t, "octocat")
	_, body := s.get(t, s.token, "/api/connections")
	require.Contains(t, body, `"scope":["gist","repo"]`)
	require.Contains(t, body, `"renews":false`)
	require.NotContains(t, body, "expires_at")
}

// A code of GitHub's, for which a client with a secret needs none.
func TestConnectingAtGitHubByACode(t *testing.T) {
	g := startGitHub(t)
	s := mannered(t, fmt.Sprintf(githubAuth, "oauth2_device", g.url+"/login/device/code", g.url), g.url, "/user")
	command, out, errs := s.terminal(t, "connect", "--tenant", s.token[:8], "--service", "web")
	require.NoError(t, command.Start())
	require.Equal(t, "WDJB-MJHT", awaitCode(t, errs))
	g.decideAll("")
	require.NoError(t, command.Wait(), errs)
	require.Contains(t, out.String(), "Connected: web of tenant")
	s.requireMe(t, "octocat")
}

// decideAll is decide for each code that was asked for.
func (g *github) decideAll(failure string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for code := range g.device {
		g.device[code] = failure
	}
}

const mockAuth = `{"type": "oauth2_code", "config": {"clientId": "any", "authorizationURL": "%[1]s/authorize",
	"tokenURL": "%[1]s/token", "scope": "a b"}}`

// Tokens that live for a second, whose refresh tokens count once, and scopes as a
// list: the connection is renewed again and again, and stays.
func TestConnectingWhereRefreshTokensCountOnce(t *testing.T) {
	m := startMockServer(t, mockSettings{SingleUse: true, Answer: map[string]any{"expires_in": "1", "scope": []string{"a", "b"}, "id_token": nil}})
	s := mannered(t, fmt.Sprintf(mockAuth, m.Issuer), m.Issuer, "/api/me")
	s.connectAtOnce(t)
	require.Eventually(t, func() bool {
		s.requireMe(t, "johndoe")
		return len(slices.DeleteFunc(m.requests(t), func(grant string) bool { return grant != grantRefresh })) >= 3
	}, peerTime, 50*time.Millisecond)
	_, body := s.get(t, s.token, "/api/connections")
	require.Contains(t, body, `"state":"connected"`)
	require.Contains(t, body, `"scope":["a","b"]`)
	require.NotContains(t, body, "last_error")
}

// Tokens that nobody says the end of are used until the API refuses them.
func TestConnectingWithoutAnExpiry(t *testing.T) {
	m := startMockServer(t, mockSettings{Answer: map[string]any{"expires_in": nil, "token_type": nil, "id_token": nil}})
	s := mannered(t, fmt.Sprintf(mockAuth, m.Issuer), m.Issuer, "/api/me")
	s.connectAtOnce(t)
	s.requireMe(t, "johndoe")
	require.Equal(t, []string{grantCode}, m.requests(t))
}
