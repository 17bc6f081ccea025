package connect_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

const canary = `c4nary"&<x>value`

var good = url.Values{"value-key": {canary}, "value-seat": {"7"}}

// stored is what a tenant has entered for a service.
func (s *site) stored(t *testing.T, token, service string) map[string]any {
	t.Helper()
	tenant, err := s.db.Authenticate(token)
	require.NoError(t, err)
	data, err := tenant.Credentials(db.UserCredentials, service)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	require.NoError(t, err)
	return data.Data
}

func TestValuesAreEnteredReplacedAndDeleted(t *testing.T) {
	s := newSite(t)
	b, other := s.signedIn(t, s.alice), s.signedIn(t, s.bob)
	require.Contains(t, b.get(t, "/connect/notes").Body.String(), "Not connected")

	w := b.post(t, "/connect/notes/values", good)
	require.Equal(t, "/connect/notes", w.Header().Get("Location"))
	require.Equal(t, map[string]any{"key": canary, "seat": "7"}, s.stored(t, s.alice, "notes"))
	shown := b.get(t, "/connect/notes").Body.String()
	require.Contains(t, shown, "Stored.")
	require.Contains(t, shown, ">Connected<")
	require.Contains(t, shown, "<dt>Since</dt>")
	require.NotContains(t, b.get(t, "/connect/notes").Body.String(), "Stored.", "it is said once")
	require.Contains(t, b.get(t, "/connect").Body.String(), ">Connected<")

	require.Contains(t, other.get(t, "/connect/notes").Body.String(), "Not connected", "that is another tenant")
	require.Equal(t, http.StatusSeeOther, other.post(t, "/connect/notes/disconnect", nil).Code)
	require.Contains(t, other.get(t, "/connect/notes").Body.String(), "There was nothing to disconnect.")
	require.NotNil(t, s.stored(t, s.alice, "notes"))

	b.post(t, "/connect/notes/values", url.Values{"value-key": {"new"}, "value-seat": {"8"}})
	require.Equal(t, map[string]any{"key": "new", "seat": "8"}, s.stored(t, s.alice, "notes"))

	require.Contains(t, b.get(t, "/connect/notes/disconnect").Body.String(), "Disconnect Notes?")
	require.NotNil(t, s.stored(t, s.alice, "notes"), "to look changes nothing")
	require.Equal(t, "/connect/notes", b.post(t, "/connect/notes/disconnect", nil).Header().Get("Location"))
	require.Nil(t, s.stored(t, s.alice, "notes"))
	require.Contains(t, b.get(t, "/connect/notes").Body.String(), "are deleted")
}

func TestValuesThatCannotBeUsedAreNamedAndNotRepeated(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	w := b.post(t, "/connect/notes/values", url.Values{"value-key": {canary}, "value-seat": {canary + ";"}, "value-other": {canary}})
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "The value has a character that a cookie cannot carry.")
	require.Contains(t, w.Body.String(), `aria-invalid="true"`)
	require.NotContains(t, w.Body.String(), "c4nary")
	require.Nil(t, s.stored(t, s.alice, "notes"))
	w = b.post(t, "/connect/notes/values", nil)
	require.Equal(t, 2, strings.Count(w.Body.String(), "A value is needed."))
}

func TestFormsOfOtherSitesDoNothing(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	for _, edits := range [][]func(*http.Request){
		{header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example.com")},
		{header("Sec-Fetch-Site", "cross-site")},
		{header("Sec-Fetch-Site", "same-site"), header("Origin", "http://other.example.com")},
		{header("Origin", "https://evil.example.com")},
		{header("Origin", "null")},
		{header("Origin", "http://gw.example.com:1")},
	} {
		for _, path := range append(forms, "/connect/session", "/connect/signout") {
			w := b.post(t, path, good, edits...)
			require.Equal(t, http.StatusForbidden, w.Code, path)
			require.Contains(t, w.Body.String(), "nothing was done")
		}
	}
	require.Nil(t, s.stored(t, s.alice, "notes"))
	require.Contains(t, b.get(t, "/connect/notes").Body.String(), "Notes", "nobody was signed out")

	for _, edits := range [][]func(*http.Request){
		{header("Sec-Fetch-Site", "same-origin"), header("Origin", "http://gw.example.com")},
		{header("Origin", "http://gw.example.com")},
		{header("Origin", "http://gw.example.com"), func(r *http.Request) { r.Host = "127.0.0.1:8888" }}, // as proxies do
		{},
	} {
		require.Equal(t, http.StatusSeeOther, b.post(t, "/connect/notes/values", good, edits...).Code)
	}
}

func TestOnlyFormsOfALimitedSizeAreRead(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	for _, path := range append(forms, "/connect/session", "/connect/signout") {
		w := b.post(t, path, url.Values{"value-key": {strings.Repeat("x", 64<<10)}})
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Code, path)
		for _, kind := range []string{"", "application/json", "multipart/form-data; boundary=x", "text/plain"} {
			w = b.do(t, http.MethodPost, path, "value-key=x", header("Content-Type", kind))
			require.Equal(t, http.StatusUnsupportedMediaType, w.Code, kind)
		}
		w = b.do(t, http.MethodPost, path, "value-key=%zz"+canary, asForm)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.NotContains(t, w.Body.String(), "c4nary")
	}
	b.do(t, http.MethodPost, "/connect/notes/values?value-key=x&value-seat=y", "", asForm)
	require.Nil(t, s.stored(t, s.alice, "notes"), "the address holds no values")
	require.NotContains(t, strings.Join(s.refused, " "), "c4nary")
}

func TestWhatThereIsNot(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	for path, want := range map[string]int{
		"/connect/nothing": 404, "/connect/nothing/disconnect": 404, "/connect/nothing/state": 404, "/connect/weather/state": 404,
		"/connect/notes/unknown": 404, "/connect/notes/state/x": 404, "/connect/assets/style.css": 404, "/connect/%2e%2e/x": 404,
		"/connect/notes%2fstate": 404, "/connect/weather/disconnect": 409,
	} {
		require.Equal(t, want, b.get(t, path).Code, path)
	}
	for _, path := range []string{"/connect/nothing/values", "/connect/nothing/disconnect", "/connect/nothing/start"} {
		require.Equal(t, http.StatusNotFound, b.post(t, path, good).Code, path)
	}
	for _, path := range []string{"/connect/weather/disconnect", "/connect/weather/values", "/connect/notes/device", "/connect/notes/start", "/connect/notes/cancel", "/connect/inbox/device"} {
		require.Equal(t, http.StatusConflict, b.post(t, path, good).Code, path)
	}
	for _, path := range []string{"/connect", "/connect/notes", "/oauth/callback", "/connect/notes/state"} {
		w := b.post(t, path, nil)
		require.Equal(t, http.StatusMethodNotAllowed, w.Code, path)
		require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
		require.Contains(t, w.Body.String(), "<h1>")
		require.Equal(t, http.StatusMethodNotAllowed, b.do(t, http.MethodDelete, path, "").Code)
	}
	for path, to := range map[string]string{
		"/connect/": "/connect", "/connect/session": "/connect", "/connect/signout": "/connect", "/connect/notes/values": "/connect/notes", "/connect/notes/start": "/connect/notes",
	} {
		require.Equal(t, to, b.get(t, path).Header().Get("Location"), path)
	}
}

func TestWithoutAnAddressNobodyIsSentAway(t *testing.T) {
	s := newSite(t, func(o *connect.Options) { o.Base = nil })
	b := s.signedIn(t, s.alice)
	require.Contains(t, b.get(t, "/connect/forum").Body.String(), "-public-url")
	require.Equal(t, "/connect/forum", b.post(t, "/connect/forum/start", nil).Header().Get("Location"))
	require.Contains(t, b.get(t, "/connect/notes").Body.String(), "-public-url")
	s.restart()
	b = s.signedIn(t, s.alice)
	w := b.post(t, "/connect/forum/start", nil, func(r *http.Request) { r.Host = "localhost" }, header("Origin", "http://localhost"))
	require.Equal(t, "/connect/forum", w.Header().Get("Location"))
	require.Contains(t, b.get(t, "/connect/forum").Body.String(), "Open http://gw.example.com/connect/forum instead")
}

func TestWhatAProviderAnsweredIsInNoAddress(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	w := b.get(t, "/oauth/callback?code=c0de&state=st4te")
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, "/connect", w.Header().Get("Location"))
	require.Contains(t, b.get(t, "/connect").Body.String(), `role="alert"`)
	require.NotContains(t, b.get(t, "/connect").Body.String(), `role="alert"`)

	connections := auth.NewConnections(nil)
	defer connections.Close()
	s.restart(func(o *connect.Options) { o.Connections = connections })
	b = s.signedIn(t, s.alice)
	w = b.get(t, "/oauth/callback?error=access_denied&error_description=c0de&state=st4te")
	require.Equal(t, "/connect", w.Header().Get("Location"))
	text := b.get(t, "/connect").Body.String()
	require.Contains(t, text, `role="alert"`)
	require.NotContains(t, text, "c0de")
	require.NotContains(t, text, "st4te")
}

func TestAFailureOfOursShowsNothingOfItsCause(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	s.servicesFail = errors.New("canary")
	w := b.get(t, "/connect")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.NotContains(t, w.Body.String(), "canary")
	require.Contains(t, w.Body.String(), "id-of-the-request")
	s.servicesFail = nil
	require.Contains(t, b.get(t, "/connect/forum").Body.String(), "Cannot be read") // there is no such kind of credential
	require.Contains(t, b.get(t, "/connect").Body.String(), "Notes", "the others are shown all the same")
	require.NoError(t, s.db.Close())
	require.Equal(t, http.StatusInternalServerError, b.get(t, "/connect").Code)
	require.Equal(t, http.StatusInternalServerError, b.get(t, "/connect/notes/state").Code)
	require.Equal(t, http.StatusInternalServerError, b.signIn(t, s.alice, "").Code)
	require.Equal(t, http.StatusSeeOther, b.get(t, "/oauth/callback?code=c").Code)
}

func TestNoPageShowsASecret(t *testing.T) {
	s := newSite(t)
	b := s.signedIn(t, s.alice)
	var all strings.Builder
	see := func(path string, form url.Values) {
		w := b.get(t, path)
		if form != nil {
			w = b.post(t, path, form)
		}
		all.WriteString(w.Body.String())
		require.NoError(t, w.Header().Write(&all))
	}
	b.post(t, "/connect/notes/values", good)
	b.post(t, "/connect/tickets/values", url.Values{"value-token": {"c4nary"}})
	for _, service := range s.services {
		for _, more := range []string{"", "/disconnect", "/state"} {
			see("/connect/"+service.Key+more, nil)
		}
	}
	see("/connect", nil)
	see("/connect/notes/values", url.Values{"value-key": {canary}})
	see("/connect/session", url.Values{"token": {s.bob + "c4nary"}})
	see("/connect/session", url.Values{"token": {s.bob}})
	require.Contains(t, all.String(), "Notes")
	for _, secret := range []string{"c4nary", s.alice, s.bob, "shared-canary"} {
		require.NotContains(t, all.String(), secret)
		require.NotContains(t, strings.Join(s.refused, " "), secret)
	}
}

func TestAssetsAreKeptForGood(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	page := b.get(t, "/connect").Body.String()
	for _, kind := range []string{".css", ".js", ".svg"} {
		_, rest, ok := strings.Cut(page, `"/connect/assets/`)
		for ok && !strings.HasSuffix(rest[:strings.IndexByte(rest, '"')], kind) {
			_, rest, ok = strings.Cut(rest, `"/connect/assets/`)
		}
		require.True(t, ok, kind)
		path := "/connect/assets/" + rest[:strings.IndexByte(rest, '"')]
		w := b.get(t, path)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "public, max-age=31536000, immutable", w.Header().Get("Cache-Control"))
		require.Contains(t, map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}[kind], w.Header().Get("Content-Type"))
		require.Equal(t, http.StatusNotModified, b.get(t, path, header("If-None-Match", w.Header().Get("ETag"))).Code)
	}
}
