package interop

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// picture keeps what a page looks like, where somebody wants to see it.
func picture(t *testing.T, b *browser, name string) {
	t.Helper()
	if dir := os.Getenv("PICTURES"); dir != "" {
		b.screenshot(t, filepath.Join(dir, name+".png"))
	}
}

// openLink opens a page of the gateway, and signs in with the API token.
func (s *signing) openLink(t *testing.T, b *browser, link string) {
	t.Helper()
	require.Equal(t, http.StatusOK, b.goTo(t, link))
	requireUsable(t, b)
	b.fill(t, "API token", s.token)
	b.press(t, "Enter")
	b.awaitText(t, "Sign out")
	require.Equal(t, link, b.url(t))
}

var linkInText = regexp.MustCompile(`http://[0-9.:]+/connect/\w+`)

// The whole way: from the link in a tool's result to the call that works.
func TestBrowserConnectsByTheLinkOfAResult(t *testing.T) {
	s := startSigning(t)
	var saw toolResult
	client := startPeer(t, "twice.mjs", s.tool("web_me"), &saw)
	require.True(t, saw.IsError)
	link := linkInText.FindString(saw.Content[0].Text)
	require.Equal(t, s.gateway.URL+"/connect/web", link)

	b := startBrowser(t)
	s.openLink(t, b, link)
	requireUsable(t, b)
	picture(t, b, "service-missing")
	b.click(t, "button", "Connect Web")
	b.awaitURL(t, "^"+s.Issuer)
	b.fill(t, "User name", "anna")
	b.press(t, "Enter")
	b.awaitText(t, "Allow access?")
	b.click(t, "button", "Allow")
	b.awaitURL(t, "^"+regexp.QuoteMeta(link)+"$") // with no code in the address
	b.awaitText(t, "anna")
	requireUsable(t, b)
	picture(t, b, "service-connected")

	saw = toolResult{}
	client.ask(t, "again", &saw)
	require.False(t, saw.IsError, saw)
	require.Contains(t, saw.Content[0].Text, `"sub":"anna"`)

	b.goTo(t, s.gateway.URL+"/connect")
	requireUsable(t, b)
	b.dark(t, false)
	picture(t, b, "connect-list")
	b.goTo(t, link)
	b.click(t, "link", "Disconnect …")
	requireUsable(t, b)
	b.click(t, "button", "Disconnect")
	b.awaitURL(t, "^"+regexp.QuoteMeta(link)+"$")
	picture(t, b, "service-disconnected")
	s.requireNotConnected(t, s.token, "web")
	require.Contains(t, s.requests(t), providerRequest{Path: "/token/revocation", Client: "basic", Status: http.StatusOK})
	for _, complaint := range b.complaints(t) {
		require.Contains(t, complaint, "401", "the sign-in page's own status")
	}
	for _, c := range b.cookies(t) {
		if c.Domain == "127.0.0.1" {
			require.True(t, c.HTTPOnly)
			require.Equal(t, "Lax", c.SameSite)
			require.NotContains(t, c.Value, s.token)
		}
	}
}

// On a phone, in the dark, with a code that is entered on another device; and it
// can be undone.
func TestBrowserConnectsByACode(t *testing.T) {
	s := startSigning(t)
	phone := startBrowser(t).phone()
	phone.dark(t, true)
	link := s.gateway.URL + "/connect/desk"
	s.openLink(t, phone, link)
	phone.click(t, "button", "Connect Desk")
	phone.awaitText(t, "Enter this code")
	requireUsable(t, phone)
	picture(t, phone, "connect-device")
	var code, copied string
	phone.eval(t, `document.getElementById('code').textContent`, &code)
	phone.click(t, "button", "Copy")
	phone.eval(t, `navigator.clipboard.readText()`, &copied)
	require.Equal(t, code, copied)
	s.approveDevice(t, code, "ben")
	phone.awaitText(t, "Desk is connected as ben") // by itself
	requireUsable(t, phone)
	picture(t, phone, "connect-device-done")
	s.requireConnected(t, s.token, "desk", "ben")
	phone.click(t, "link", "Undo it")
	phone.click(t, "button", "Disconnect")
	phone.awaitURL(t, "^"+regexp.QuoteMeta(link)+"$")
	s.requireNotConnected(t, s.token, "desk")
}

// With the keyboard alone, from the list of services to the provider.
func TestBrowserConnectsByKeyboard(t *testing.T) {
	s := startSigning(t)
	b := startBrowser(t)
	s.openLink(t, b, s.gateway.URL+"/connect")
	for range 30 {
		b.press(t, "Tab")
		var at string
		b.eval(t, `document.activeElement.getAttribute('href') ?? ''`, &at)
		if at == "/connect/web" {
			break
		}
	}
	b.press(t, "Enter")
	b.awaitURL(t, "/connect/web$")
	for range 30 {
		b.press(t, "Tab")
		var at string
		b.eval(t, `document.activeElement.textContent`, &at)
		if at == "Connect Web" {
			break
		}
	}
	b.press(t, "Enter")
	b.awaitURL(t, "^"+s.Issuer)
}
