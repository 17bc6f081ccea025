package connect_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

const askForToken = `name="token"`

// pagesOf are all that show something of a tenant's, and forms all that change
// something.
var (
	pagesOf = []string{"/connect", "/connect/notes", "/connect/nothing", "/connect/notes/disconnect", "/connect/notes?live"}
	forms   = []string{"/connect/notes/values", "/connect/notes/device", "/connect/notes/start", "/connect/notes/cancel", "/connect/notes/disconnect", "/connect/nothing/values"}
)

func TestNothingOpensWithoutASession(t *testing.T) {
	s := newSite(t)
	for _, cookie := range []string{"", strings.Repeat("0", 64), s.alice, "x"} {
		b := s.browser()
		if cookie != "" {
			b.cookies["mcpfusion"] = &http.Cookie{Name: "mcpfusion", Value: cookie}
		}
		for _, path := range pagesOf {
			w := b.get(t, path)
			require.Equal(t, http.StatusOK, w.Code, path)
			require.Contains(t, w.Body.String(), askForToken)
			require.NotContains(t, w.Body.String(), "Notes")
		}
		for _, path := range forms {
			w := b.post(t, path, url.Values{"value-key": {"x"}, "value-seat": {"y"}})
			require.Equal(t, http.StatusUnauthorized, w.Code, path)
			require.Contains(t, w.Body.String(), askForToken)
		}
		w := b.get(t, "/connect/notes/state")
		require.Equal(t, http.StatusUnauthorized, w.Code)
		require.JSONEq(t, `{"status": "signed_out", "message": "Your session here has ended. Load this page again to sign in."}`, w.Body.String())
		w = b.get(t, "/oauth/callback?code=c0de&state=st4te")
		require.Equal(t, "/connect?lost", w.Header().Get("Location"))
		require.Contains(t, b.get(t, "/connect?lost").Body.String(), "nothing was connected")
	}
	require.Empty(t, s.failed)
}

func TestOnlyATokenThatIsLetInOpensASession(t *testing.T) {
	s := newSite(t)
	off, err := s.db.NewAPIToken(db.TokenSettings{})
	require.NoError(t, err)
	require.NoError(t, s.db.ChangeAPIToken(off.Hash, db.TokenChange{Disabled: new(true)}))
	old, err := s.db.NewAPIToken(db.TokenSettings{ExpiresAt: new(time.Now().Add(time.Hour))})
	require.NoError(t, err)
	require.NoError(t, s.db.ChangeAPIToken(old.Hash, db.TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))}))
	for token, want := range map[string]string{
		"":                        "is not known here",
		"wrong":                   "is not known here",
		strings.Repeat("f", 64):   "is not known here",
		s.alice + "0":             "is not known here",
		off.Token.Reveal():        "is disabled",
		old.Token.Reveal():        "has expired",
		strings.ToUpper(s.alice):  "is not known here",
		"Bearer " + s.alice:       "is not known here",
		strings.Repeat("x", 5000): "is not known here",
	} {
		b := s.browser()
		w := b.signIn(t, token, "/connect/notes")
		require.Equal(t, http.StatusUnauthorized, w.Code)
		require.Contains(t, w.Body.String(), want)
		require.Contains(t, w.Body.String(), `value="/connect/notes"`, "one still gets to where one wanted to go")
		require.Empty(t, b.cookies)
		if token != "" {
			require.NotContains(t, w.Body.String(), token)
		}
	}
	require.Equal(t, http.StatusSeeOther, s.browser().signIn(t, " "+s.alice+"\n", "").Code, "as it is copied")
}

func TestEachSignInIsANewSessionInACookieOfItsOwn(t *testing.T) {
	for scheme, want := range map[string]struct {
		name   string
		secure bool
	}{"http": {"mcpfusion", false}, "https": {"__Host-mcpfusion", true}} {
		s := newSite(t, func(o *connect.Options) { o.Base = &url.URL{Scheme: scheme, Host: "gw.example.com"} })
		b := s.signedIn(t, s.alice)
		first := b.cookies[want.name]
		require.Len(t, first.Value, 64)
		require.NotContains(t, first.Value, s.alice)
		require.True(t, first.HttpOnly)
		require.Equal(t, want.secure, first.Secure)
		require.Equal(t, http.SameSiteLaxMode, first.SameSite)
		require.Equal(t, "/", first.Path)
		require.Empty(t, first.Domain)
		require.Zero(t, first.MaxAge)

		b.signIn(t, s.alice, "")
		require.NotEqual(t, first.Value, b.cookies[want.name].Value)
		require.Contains(t, b.get(t, "/connect/notes").Body.String(), "Notes")
		b.cookies[want.name] = first
		require.Contains(t, b.get(t, "/connect/notes").Body.String(), askForToken, "the former session has ended")
	}
}

func TestAfterSigningInOneGetsToAPageOfOurs(t *testing.T) {
	s := newSite(t)
	for to, want := range map[string]string{
		"": "/connect", "/connect": "/connect", "/connect/notes": "/connect/notes", "/connect/notes/disconnect": "/connect/notes",
		"//evil.example.com": "/connect", `/\evil.example.com`: "/connect", "https://evil.example.com/connect/notes": "/connect",
		"/connect//evil.example.com": "/connect", "/connect/%2f%2fevil": "/connect", "/connect/..%2f": "/connect", "/connect/../evil": "/connect",
		"/connect/": "/connect", "/connect/a b": "/connect", "/connect/notes\r\nX: y": "/connect", "/connect/notes?x=https://evil": "/connect",
		"/connectx": "/connect", "/api": "/connect", "javascript:alert(1)": "/connect", `/connect/\evil`: "/connect", "/connect/A": "/connect",
		"/connect/" + strings.Repeat("a", 200): "/connect", "connect/notes": "/connect",
	} {
		w := s.browser().signIn(t, s.alice, to)
		require.Equal(t, http.StatusSeeOther, w.Code)
		require.Equal(t, want, w.Header().Get("Location"), to)
	}
	for path, want := range map[string]string{
		"/connect/notes": "/connect/notes", "/connect/notes/disconnect": "/connect/notes", "/connect/%5cevil.example.com": "/connect",
		"/connect/https:evil": "/connect", "/connect/notes?to=//evil": "/connect/notes", "/connect/a%0d%0ab": "/connect",
	} {
		require.Contains(t, s.browser().get(t, path).Body.String(), `name="to" value="`+want+`"`, path)
	}
	for _, path := range []string{"//evil.example.com/connect", "/connect/%2f%2fevil.example.com", "/connect//evil.example.com", "/connect/../..//evil.example.com"} {
		require.Equal(t, http.StatusNotFound, s.signedIn(t, s.alice).get(t, path).Code, path)
	}
}

func TestASessionEndsWithItsToken(t *testing.T) {
	for name, end := range map[string]func(s *site, hash string) error{
		"deleted": func(s *site, hash string) error { return s.db.DeleteAPIToken(hash) },
		"disabled": func(s *site, hash string) error {
			return s.db.ChangeAPIToken(hash, db.TokenChange{Disabled: new(true)})
		},
		"expired": func(s *site, hash string) error {
			return s.db.ChangeAPIToken(hash, db.TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b, other := s.signedIn(t, s.alice), s.signedIn(t, s.bob)
			_, hash, err := s.db.ValidateAPIToken(s.alice)
			require.NoError(t, err)
			require.NoError(t, end(s, hash))
			w := b.get(t, "/connect/notes")
			require.Equal(t, http.StatusUnauthorized, w.Code)
			require.NotContains(t, w.Body.String(), "Notes")
			require.Contains(t, w.Body.String(), `role="alert"`)
			require.Equal(t, http.StatusUnauthorized, b.get(t, "/connect/notes/state").Code)
			if name != "deleted" {
				require.NoError(t, s.db.ChangeAPIToken(hash, db.TokenChange{Disabled: new(false), ExpiresAt: new(time.Time{})}))
				require.Contains(t, b.get(t, "/connect/notes").Body.String(), askForToken, "it is over for good")
			}
			require.Contains(t, other.get(t, "/connect/notes").Body.String(), "Notes")
		})
	}
}

func TestASessionEndsFifteenMinutesAfterItsLastUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		b := s.signedIn(t, s.alice)
		for range 3 {
			time.Sleep(15*time.Minute - time.Second)
			require.Contains(t, b.get(t, "/connect/notes").Body.String(), "Notes")
		}
		for range 14 {
			time.Sleep(time.Minute)
			require.Equal(t, http.StatusOK, b.get(t, "/connect/notes/state").Code)
			require.Contains(t, b.get(t, "/connect/notes?live").Body.String(), "Notes")
		}
		time.Sleep(time.Minute)
		require.Equal(t, http.StatusUnauthorized, b.get(t, "/connect/notes/state").Code, "what a page asks for by itself is no use")
		ended := b.get(t, "/connect/notes").Body.String()
		require.Contains(t, ended, askForToken)
		require.Contains(t, ended, "15 minutes after you last used it, and when the server is restarted")
	})
}

func TestARestartSaysSo(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	s.restart()
	text := b.get(t, "/connect/notes").Body.String()
	require.Contains(t, text, "Your session here has ended")
	require.Contains(t, text, "has to be started anew")
	require.NotContains(t, s.browser().get(t, "/connect/notes").Body.String(), "has ended", "who was never here")
}

func TestSigningOutEndsTheSession(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	kept := b.cookies["mcpfusion"]
	require.Contains(t, b.get(t, "/connect").Body.String(), "Sign out")
	require.Equal(t, "/connect", b.post(t, "/connect/signout", nil).Header().Get("Location"))
	require.Empty(t, b.cookies)
	require.NotContains(t, b.get(t, "/connect").Body.String(), "has ended")
	b.cookies["mcpfusion"] = kept
	require.Contains(t, b.get(t, "/connect").Body.String(), askForToken)
	require.Equal(t, http.StatusSeeOther, s.browser().post(t, "/connect/signout", nil).Code)
}

func TestALocalTenantNeedsNoSignIn(t *testing.T) {
	s := newSite(t)
	s.restart(func(o *connect.Options) { o.Local = global.NewSecret(s.alice) })
	b := s.browser()
	w := b.get(t, "/connect")
	require.Contains(t, w.Body.String(), "Notes")
	require.NotContains(t, w.Body.String(), "Sign out")
	require.Len(t, b.cookies, 1, "a sign-in belongs to one browser here too")
	b.post(t, "/connect/notes/values", url.Values{"value-key": {"k"}, "value-seat": {"s"}})
	require.Contains(t, b.get(t, "/connect/notes").Body.String(), "Stored.")
	s.restart(func(o *connect.Options) { o.Local = global.NewSecret(s.alice) })
	require.Contains(t, b.get(t, "/connect/notes").Body.String(), "Connected")
}
