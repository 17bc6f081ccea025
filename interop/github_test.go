package interop

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"
)

// github has the manners of GitHub's OAuth apps, by
// https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps:
// answers are form-encoded unless JSON is asked for, errors have the status
// 200, tokens do not expire, scopes are separated by commas.
type github struct {
	url string

	mu     sync.Mutex
	tokens []string
	codes  []string          // not yet redeemed
	device map[string]string // the error to answer, by device code
}

func startGitHub(t *testing.T) *github {
	t.Helper()
	g := &github{device: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/oauth/authorize", g.authorize)
	mux.HandleFunc("POST /login/oauth/access_token", g.accessToken)
	mux.HandleFunc("POST /login/device/code", g.deviceCode)
	mux.HandleFunc("GET /user", g.user)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *github) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: "Ov23li", ClientSecret: "s3cret", RedirectURL: callbackURL, Scopes: []string{"repo", "gist"},
		Endpoint: oauth2.Endpoint{
			AuthURL: g.url + "/login/oauth/authorize", TokenURL: g.url + "/login/oauth/access_token",
			DeviceAuthURL: g.url + "/login/device/code", AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// decide answers whoever asks about a device code with a token, or an error.
func (g *github) decide(deviceCode, failure string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.device[deviceCode] = failure
}

func (g *github) authorize(w http.ResponseWriter, r *http.Request) {
	code := rand.Text()
	g.mu.Lock()
	g.codes = append(g.codes, code)
	g.mu.Unlock()
	back := url.Values{"code": {code}, "state": {r.FormValue("state")}}
	http.Redirect(w, r, r.FormValue("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (g *github) deviceCode(w http.ResponseWriter, r *http.Request) {
	code := rand.Text()
	g.decide(code, "authorization_pending")
	respond(w, r, map[string]string{
		"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": g.url + "/login/device",
		"expires_in": "899", "interval": "5",
	})
}

func (g *github) accessToken(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if failure := g.refusal(r); failure != "" {
		respond(w, r, map[string]string{
			"error": failure, "error_description": "See the documentation.", "error_uri": "https://docs.github.com/",
		})
		return
	}
	token := "gho_" + rand.Text()
	g.tokens = append(g.tokens, token)
	respond(w, r, map[string]string{"access_token": token, "token_type": "bearer", "scope": "gist,repo"})
}

// refusal is the error that a request deserves; it takes the code.
func (g *github) refusal(r *http.Request) string {
	if r.FormValue("grant_type") == grantDevice {
		failure, ok := g.device[r.FormValue("device_code")]
		if !ok {
			return "incorrect_device_code"
		}
		return failure
	}
	if r.FormValue("client_secret") != "s3cret" {
		return "incorrect_client_credentials"
	}
	at := slices.Index(g.codes, r.FormValue("code"))
	if at < 0 {
		return "bad_verification_code"
	}
	g.codes = slices.Delete(g.codes, at, at+1)
	return ""
}

func (g *github) user(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !slices.Contains(g.tokens, token) {
		http.Error(w, `{"message": "Bad credentials"}`, http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, `{"login": "octocat"}`)
}

// respond writes JSON for who asks for it, and a form for all others. Numbers
// of JSON are numbers.
func respond(w http.ResponseWriter, r *http.Request, answer map[string]string) {
	if r.Header.Get("Accept") != "application/json" {
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		form := url.Values{}
		for name, value := range answer {
			form.Set(name, value)
		}
		_, _ = io.WriteString(w, form.Encode())
		return
	}
	typed := map[string]any{}
	for name, value := range answer {
		typed[name] = value
		if name == "expires_in" || name == "interval" {
			typed[name] = json.Number(value)
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(typed)
}
