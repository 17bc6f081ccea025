package interop

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// serve answers all requests with a page.
func serve(t *testing.T, handler http.HandlerFunc) (url string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestBrowserSignsInAtTheProvider(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<!DOCTYPE html><link rel=icon href=data:,><p>back with %.2000s", r.URL.RawQuery)
	})
	p := startProvider(t, providerSettings{Clients: []providerClient{{ID: "web", RedirectURIs: []string{client + "/callback"}}}})
	c := p.as("web")
	c.RedirectURL, c.Endpoint.AuthStyle = client+"/callback", oauth2.AuthStyleInParams
	b := startBrowser(t)
	verifier := oauth2.GenerateVerifier()
	require.Equal(t, http.StatusOK, b.goTo(t, c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))))
	requireUsable(t, b)
	b.fill(t, "User name", "anna")
	b.press(t, "Enter")
	b.awaitText(t, "Allow access?")
	requireUsable(t, b)
	b.click(t, "button", "Allow")
	b.awaitURL(t, "^"+client+"/callback")
	var code string
	b.eval(t, `new URLSearchParams(location.search).get('code')`, &code)
	token, err := c.Exchange(c.ctx, code, oauth2.VerifierOption(verifier))
	require.NoError(t, err)

	auth, err := c.DeviceAuth(c.ctx)
	require.NoError(t, err)
	phone := b.phone()
	phone.goTo(t, auth.VerificationURIComplete)
	phone.awaitText(t, auth.UserCode)
	requireUsable(t, phone)
	phone.click(t, "button", "Yes")
	phone.fill(t, "User name", "ben") // who is not anna: another browser
	phone.click(t, "button", "Sign in")
	phone.click(t, "button", "Allow")
	phone.awaitText(t, "Connected")
	requireUsable(t, phone)
	_, who := c.me(t, token.AccessToken)
	require.Equal(t, "anna", who.Sub)
	require.Empty(t, b.complaints(t))
	require.Empty(t, phone.complaints(t))
}

// requireUsable looks at a page in the light and in the dark.
func requireUsable(t *testing.T, b *browser) {
	t.Helper()
	for _, on := range []bool{true, false} {
		b.dark(t, on)
		require.Empty(t, b.axe(t), b.url(t))
		var wide bool
		b.eval(t, `document.documentElement.scrollWidth > innerWidth`, &wide)
		require.False(t, wide, "scrolls to the side")
	}
}

func TestBrowserFindsWhatIsWrong(t *testing.T) {
	page := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src *")
		fmt.Fprint(w, `<!DOCTYPE html><html lang=en><title>x</title><link rel=icon href=data:,><main><h1>x</h1><input>`+
			`<img alt="" src=/away><img alt="" src=http://example.com/x><script>document.title='ran'</script></main>`)
	})
	b := startBrowser(t)
	b.goTo(t, page)
	found := b.axe(t)
	require.Len(t, found, 1, "with a policy that forbids scripts")
	require.Equal(t, "label", found[0].ID)
	require.Equal(t, "critical", found[0].Impact)
	require.Equal(t, []string{"<input>"}, found[0].HTML)
	var title string
	b.eval(t, `document.title`, &title)
	require.Equal(t, "x", title)

	complaints := fmt.Sprint(b.complaints(t))
	for _, want := range []string{
		"elsewhere: http://192.0.2.1/", "elsewhere: http://example.com/x", "ERR_NAME_NOT_RESOLVED",
		"violates the following Content Security Policy directive",
	} {
		require.Contains(t, complaints, want)
	}
}

func TestBrowserHasWindowsOfSeveralPeople(t *testing.T) {
	page := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: r.URL.Query().Get("by"), HttpOnly: true, SameSite: http.SameSiteLaxMode})
		found := "nobody"
		if kept, err := r.Cookie("seen"); err == nil {
			found = kept.Value
		}
		fmt.Fprintf(w, `<!DOCTYPE html><meta name=viewport content="width=device-width"><link rel=icon href=data:,>`+
			`<style>:root{color-scheme:light dark}</style>seen %s`, found)
	})
	b := startBrowser(t)
	b.goTo(t, page+"/?by=anna")
	b.goTo(t, page+"/?by=anna")
	require.Contains(t, b.text(t), "seen anna")
	kept := b.cookies(t)
	require.Len(t, kept, 1)
	kept[0].Expires = 0
	require.Equal(t, cookie{Name: "seen", Value: "anna", Domain: "127.0.0.1", Path: "/", SameSite: "Lax", HTTPOnly: true}, kept[0])

	phone := b.phone()
	phone.goTo(t, page+"/?by=ben")
	require.Contains(t, phone.text(t), "seen nobody")
	require.Equal(t, []int{390, 844}, sizeOf(t, phone))
	require.Equal(t, []int{1280, 800}, sizeOf(t, b))
	b.resize(t, 390, 844)
	require.Equal(t, []int{390, 844}, sizeOf(t, b))
	require.Equal(t, 200, b.another().goTo(t, page))
}

func sizeOf(t *testing.T, b *browser) (size []int) {
	t.Helper()
	b.eval(t, `[innerWidth, innerHeight]`, &size)
	return size
}

func TestBrowserTakesPictures(t *testing.T) {
	b := startBrowser(t)
	b.goTo(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!DOCTYPE html><link rel=icon href=data:,><style>:root{color-scheme:light dark}</style><p>Hello`)
	}))
	pictures := map[bool][]byte{}
	for _, on := range []bool{true, false} {
		b.dark(t, on)
		path := filepath.Join(t.TempDir(), "page.png")
		b.screenshot(t, path)
		picture, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "\x89PNG", string(picture[:4]))
		pictures[on] = picture
	}
	require.NotEqual(t, pictures[true], pictures[false])
	b.eval(t, `navigator.clipboard.writeText('copied')`, nil)
	var copied string
	b.eval(t, `navigator.clipboard.readText()`, &copied)
	require.Equal(t, "copied", copied)
}
