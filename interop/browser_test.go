package interop

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testneed"
)

// browser is a person's window of a real browser, with cookies of its own. It
// reaches nothing but loopback. What it is asked for waits until it is there,
// for 20 seconds, and ends the test otherwise.
type browser struct {
	*peer
	device string // desktop or phone
	person int
	people *int // with the same browser
}

// startBrowser opens a window of 1280 by 800.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	settings := map[string]string{"program": testneed.Program(t, "chromium")}
	b := &browser{device: "desktop", people: new(int)}
	b.peer = startPeer(t, "browser.mjs", settings, &struct{}{})
	return b
}

// another is somebody else's window.
func (b *browser) another() *browser {
	*b.people++
	return &browser{b.peer, "desktop", *b.people, b.people}
}

// phone is somebody else's, of 390 by 844, touched with fingers. It shows a
// page that does not care for phones in small.
func (b *browser) phone() *browser {
	other := b.another()
	other.device = "phone"
	return other
}

// do takes a step of browser.mjs, with the names and values that it needs, and
// decodes what comes of it, unless value is nil.
func (b *browser) do(t *testing.T, step string, details map[string]any, value any) {
	t.Helper()
	question := map[string]any{"person": strconv.Itoa(b.person), "device": b.device, "do": step}
	for name, detail := range details {
		question[name] = detail
	}
	var answer struct {
		Value       json.RawMessage
		Error, Page string
	}
	b.ask(t, question, &answer)
	require.Empty(t, answer.Error, "%s\n%s", step, answer.Page)
	if value != nil {
		require.NoError(t, json.Unmarshal(answer.Value, value), string(answer.Value))
	}
}

// goTo returns the status of the page, after redirects.
func (b *browser) goTo(t *testing.T, url string) (status int) {
	t.Helper()
	b.do(t, "goto", map[string]any{"url": url}, &status)
	return status
}

func (b *browser) fill(t *testing.T, label, text string) {
	t.Helper()
	b.do(t, "fill", map[string]any{"label": label, "text": text}, nil)
}

// click takes the ARIA role and the accessible name, such as "button", "Sign
// in".
func (b *browser) click(t *testing.T, role, name string) {
	t.Helper()
	b.do(t, "click", map[string]any{"role": role, "name": name}, nil)
}

// press takes the name of a key, such as "Tab" or "Enter".
func (b *browser) press(t *testing.T, key string) {
	t.Helper()
	b.do(t, "press", map[string]any{"key": key}, nil)
}

// awaitURL takes a regular expression.
func (b *browser) awaitURL(t *testing.T, pattern string) {
	t.Helper()
	b.do(t, "awaitURL", map[string]any{"pattern": pattern}, nil)
}

func (b *browser) awaitText(t *testing.T, text string) {
	t.Helper()
	b.do(t, "awaitText", map[string]any{"text": text}, nil)
}

// text is what can be read on the page.
func (b *browser) text(t *testing.T) (text string) {
	t.Helper()
	b.do(t, "text", nil, &text)
	return text
}

func (b *browser) url(t *testing.T) (url string) {
	t.Helper()
	b.do(t, "url", nil, &url)
	return url
}

// eval evaluates a JavaScript expression, which may be a promise, in the page.
func (b *browser) eval(t *testing.T, expression string, value any) {
	t.Helper()
	b.do(t, "eval", map[string]any{"expression": expression}, value)
}

// dark asks for dark pages, or light ones again.
func (b *browser) dark(t *testing.T, on bool) {
	t.Helper()
	b.do(t, "dark", map[string]any{"on": on}, nil)
}

// resize changes the size of the window, in CSS pixels.
func (b *browser) resize(t *testing.T, width, height int) {
	t.Helper()
	b.do(t, "viewport", map[string]any{"width": width, "height": height}, nil)
}

// screenshot writes the whole page as a PNG.
func (b *browser) screenshot(t *testing.T, path string) {
	t.Helper()
	b.do(t, "screenshot", map[string]any{"path": path}, nil)
}

// violation is what axe finds that keeps people from using the page.
type violation struct {
	ID, Impact, Help string
	HTML             []string
}

// axe returns what is serious or critical.
func (b *browser) axe(t *testing.T) (found []violation) {
	t.Helper()
	b.do(t, "axe", nil, &found)
	return found
}

// cookie is one that the browser keeps.
type cookie struct {
	Name, Value, Domain, Path, SameSite string
	HTTPOnly, Secure                    bool
	Expires                             float64 // in seconds of Unix time; -1 ends with the browser
}

func (b *browser) cookies(t *testing.T) (list []cookie) {
	t.Helper()
	b.do(t, "cookies", nil, &list)
	return list
}

// complaints are what the browser has said since they were last asked for:
// errors on its console, where it says what a Content-Security-Policy has
// stopped, and "elsewhere: " with the URL of each request that did not go to
// loopback, and failed.
func (b *browser) complaints(t *testing.T) (list []string) {
	t.Helper()
	b.do(t, "complaints", nil, &list)
	return list
}
