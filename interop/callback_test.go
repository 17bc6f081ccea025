package interop

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// window is a browser without scripts, at the gateway.
type window struct {
	*signing
	client *http.Client
	status int
	page   string
	at     *url.URL
}

// newWindow signs in with the API token, unless there is none.
func (s *signing) newWindow(t *testing.T, token string) *window {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	w := &window{signing: s, client: &http.Client{Jar: jar}}
	if token != "" {
		w.post(t, "/connect/session", url.Values{"token": {token}, "to": {"/connect/web"}})
		require.Equal(t, http.StatusOK, w.status, w.page)
	}
	return w
}

func (w *window) post(t *testing.T, path string, form url.Values) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.gateway.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", w.gateway.URL)
	w.do(t, r)
}

func (w *window) open(t *testing.T, address string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(t, err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	w.do(t, r)
}

func (w *window) do(t *testing.T, r *http.Request) {
	t.Helper()
	response, err := w.client.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	w.status, w.page, w.at = response.StatusCode, html.UnescapeString(string(page)), response.Request.URL
}

var continueLink = regexp.MustCompile(`href="(http://localhost:[0-9]+/auth\?[^"]+)"`)

// begin starts to connect, and returns where the provider is.
func (w *window) begin(t *testing.T) (authorize string) {
	t.Helper()
	w.post(t, "/connect/web/start", nil)
	found := continueLink.FindStringSubmatch(w.page)
	require.NotNil(t, found, w.page)
	return found[1]
}

func TestACallbackConnects(t *testing.T) {
	s := startSigning(t)
	w := s.newWindow(t, s.token)
	back := s.signIn(t, w.begin(t), "anna")
	w.open(t, back)
	require.Equal(t, "/connect/web", w.at.Path)
	require.Empty(t, w.at.RawQuery, "no code stays in the address")
	require.Contains(t, w.page, "anna")
	s.requireConnected(t, s.token, "web", "anna")
	w.open(t, back)
	require.Contains(t, w.page, "was completed already")
	require.Equal(t, []string{"ok"}, s.outcomes(t, grantCode), "a code counts once")
	s.requireConnected(t, s.token, "web", "anna")
}

// What else may come to the callback connects nothing, and spends no code that is
// somebody else's.
func TestCallbacksThatConnectNothing(t *testing.T) {
	s := startSigning(t)
	for name, c := range map[string]struct {
		come func(t *testing.T, w *window, token, back string)
		want string
	}{
		"without a session": {func(t *testing.T, w *window, _, back string) {
			other := s.newWindow(t, "")
			other.open(t, back)
			w.page = other.page
		}, "Sign in"},
		"in another browser of the same tenant": {func(t *testing.T, w *window, token, back string) {
			other := s.newWindow(t, token)
			other.open(t, back)
			w.page = other.page
		}, "in another browser or with another API token"},
		"in another tenant's session": {func(t *testing.T, w *window, _, back string) {
			other := s.newWindow(t, testgateway.AddToken(t, s.data, "mallory"))
			other.open(t, back)
			w.page = other.page
		}, "in another browser or with another API token"},
		"from another issuer": {func(t *testing.T, w *window, _, back string) {
			w.open(t, strings.Replace(back, "iss=", "iss=http%3A%2F%2Fevil.example&was=", 1))
		}, "not from the issuer"},
		"from no issuer": {func(t *testing.T, w *window, _, back string) {
			w.open(t, strings.Replace(back, "iss=", "was=", 1))
		}, "not from the issuer"},
		"with another state": {func(t *testing.T, w *window, _, back string) {
			w.open(t, strings.Replace(back, "state=", "state=A", 1))
		}, "not known here"},
		"with another code": {func(t *testing.T, w *window, _, back string) {
			w.open(t, strings.Replace(back, "code=", "code=A", 1))
		}, "does not accept the sign-in (invalid_grant)"},
		"after the token was deleted": {func(t *testing.T, w *window, token, back string) {
			s.manage(t, "delete", token[:8], "--yes")
			w.open(t, back)
		}, "Sign in"},
		"after the token was disabled": {func(t *testing.T, w *window, token, back string) {
			s.manage(t, "disable", token[:8])
			w.open(t, back)
		}, "Sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			token := testgateway.AddToken(t, s.data, name)
			w := s.newWindow(t, token)
			c.come(t, w, token, s.signIn(t, w.begin(t), "anna"))
			require.Contains(t, w.page, c.want)
			command, out, errs := s.terminal(t, "status", "--json")
			require.NoError(t, command.Run(), errs)
			require.NotContains(t, out.String(), `"service"`, "nobody is connected")
		})
	}
}

// manage runs a command that must succeed.
func (s *signing) manage(t *testing.T, args ...string) {
	t.Helper()
	command, _, errs := s.terminal(t, args...)
	require.NoError(t, command.Run(), errs)
}

func TestADeclinedSignIn(t *testing.T) {
	s := startSigning(t)
	w := s.newWindow(t, s.token)
	w.open(t, s.deny(t, w.begin(t), "anna"))
	require.Contains(t, w.page, "was declined at the provider")
	s.requireNotConnected(t, s.token, "web")
	require.Empty(t, s.outcomes(t, grantCode))
}

// After a restart nobody knows of what was under way, and the page says so.
func TestARestartEndsASignIn(t *testing.T) {
	s := startSigning(t)
	w := s.newWindow(t, s.token)
	back := s.signIn(t, w.begin(t), "anna")
	s.restart(t)
	w.open(t, back)
	require.Contains(t, w.page, "restarted")
	s.requireNotConnected(t, s.token, "web")
}

// A configuration that points elsewhere gets nothing of what is connected.
func TestAConfigurationThatPointsElsewhere(t *testing.T) {
	s := startSigning(t)
	w := s.newWindow(t, s.token)
	w.open(t, s.signIn(t, w.begin(t), "anna"))
	s.requireConnected(t, s.token, "web", "anna")
	before := len(s.requests(t))
	s.services = strings.ReplaceAll(s.services, "${ISSUER}/api", "${ELSEWHERE}/api")
	s.restart(t)
	status, body := s.get(t, s.token, "/api/web/me")
	require.Equal(t, http.StatusConflict, status, body)
	require.Contains(t, body, "the configuration of the service names other servers")
	require.Len(t, s.requests(t), before)
}
