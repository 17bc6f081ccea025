package interop

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// signIn walks a person through the provider, who says yes, and returns the URL
// that the client is called back with, which it does not call.
func (p *provider) signIn(t *testing.T, authorizationURL, user string) string {
	t.Helper()
	return p.answerConsent(t, authorizationURL, user, "allow")
}

// deny is signIn with a no.
func (p *provider) deny(t *testing.T, authorizationURL, user string) string {
	t.Helper()
	return p.answerConsent(t, authorizationURL, user, "deny")
}

func (p *provider) answerConsent(t *testing.T, authorizationURL, user, step string) string {
	t.Helper()
	v := p.visit(t, authorizationURL)
	v.submit(t, "user", user, "step", "login")
	v.submit(t, "step", step)
	require.NotEmpty(t, v.left, v.page)
	return v.left
}

// approveDevice types a user code at the provider, and says yes.
func (p *provider) approveDevice(t *testing.T, userCode, user string) {
	t.Helper()
	require.Contains(t, p.answerDevice(t, userCode, user, "allow"), "Connected")
}

// denyDevice is approveDevice with a no.
func (p *provider) denyDevice(t *testing.T, userCode, user string) {
	t.Helper()
	require.Contains(t, p.answerDevice(t, userCode, user, "deny"), "Access was denied")
}

func (p *provider) answerDevice(t *testing.T, userCode, user, step string) string {
	t.Helper()
	v := p.visit(t, p.Issuer+"/device")
	v.submit(t, "user_code", userCode)
	v.submit(t, "confirm", "yes")
	v.submit(t, "user", user, "step", "login")
	v.submit(t, "step", step)
	return v.page
}

// visitor is a person with a browser of their own.
type visitor struct {
	client *http.Client
	site   string   // the provider's host
	at     *url.URL // of page
	page   string
	left   string // where the provider has sent the person on to
}

func (p *provider) visit(t *testing.T, address string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v := &visitor{client: &http.Client{Transport: p.outside, Jar: jar}}
	v.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != v.site {
			return http.ErrUseLastResponse
		}
		return nil
	}
	first, err := url.Parse(address)
	require.NoError(t, err)
	v.site = first.Host
	response, err := v.client.Get(address)
	v.look(t, response, err)
	return v
}

func (v *visitor) look(t *testing.T, response *http.Response, err error) {
	t.Helper()
	require.NoError(t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	v.page, v.at, v.left = string(page), response.Request.URL, response.Header.Get("Location")
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// submit sends the page's form with further names and values.
func (v *visitor) submit(t *testing.T, further ...string) {
	t.Helper()
	action := formAction.FindStringSubmatch(v.page)
	require.NotNil(t, action, v.page)
	to, err := v.at.Parse(html.UnescapeString(action[1]))
	require.NoError(t, err)
	form := url.Values{}
	for _, field := range hiddenField.FindAllStringSubmatch(v.page, -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	for i := 0; i < len(further); i += 2 {
		form.Set(further[i], further[i+1])
	}
	response, err := v.client.PostForm(to.String(), form)
	v.look(t, response, err)
}
