package fusion

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

const cached = `"caching":{"enabled":true,"ttl":"5m","key":"k:{q}"}`

// counted is an API that counts, and answers with the number and what it was
// asked.
func counted(t *testing.T) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := requests.Add(1)
		if r.URL.Query().Get("q") == "error" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprintf(w, `{"n":%d,"asked":%q,"with":%q}`, n, r.URL.RequestURI(), r.Header.Get("X-Who"))
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func cachedEndpoint(id, more string) string {
	return `{"id":"` + id + `","name":"E","method":"GET","path":"/e","response":{` + more + `},"parameters":[
		{"name":"q","type":"string","location":"query"},{"name":"list","type":"array","location":"query"},{"name":"X-Who","type":"string","location":"header"}]}`
}

func TestTheSameCallIsAnsweredFromTheCache(t *testing.T) {
	url, requests := counted(t)
	f := loadEndpoints(t, url, cachedEndpoint("a", cached)+","+cachedEndpoint("b", cached)+","+cachedEndpoint("jq", cached+`,"transform":"[.n, $q]"`)+","+cachedEndpoint("not", ""))
	asks := func(tool, arguments string) bool {
		t.Helper()
		before := requests.Load()
		_, _ = f.call(tool, arguments)
		return requests.Load() > before
	}
	for _, c := range []struct{ tool, arguments string }{
		{"s_a", `{}`},
		{"s_b", `{}`},
		{"s_a", `{"q":""}`},
		{"s_a", `{"q":"1"}`},
		{"s_a", `{"q":"2"}`},
		{"s_a", `{"q":"1","X-Who":"x"}`},
		{"s_jq", `{"q":"1"}`},
		{"s_jq", `{"q":"1","list":[]}`}, // which sends nothing else, but a transform may tell
	} {
		require.True(t, asks(c.tool, c.arguments), c)
		require.False(t, asks(c.tool, c.arguments), c)
	}
	for range 2 {
		require.True(t, asks("s_not", `{}`))
		require.True(t, asks("s_a", `{"q":"error"}`), "errors are not kept")
	}
	f.now = func() time.Time { return noon.Add(5*time.Minute - 1) }
	require.False(t, asks("s_a", `{}`))
	f.now = func() time.Time { return noon.Add(5 * time.Minute) }
	require.True(t, asks("s_a", `{}`))
	require.False(t, asks("s_a", `{}`))
}

// TestTheCacheIsTheTenantsAndItsCredentials: another tenant, and another
// credential of the same one, ask anew.
func TestTheCacheIsTheTenantsAndItsCredentials(t *testing.T) {
	url, requests := counted(t)
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	d, err := db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	f := loadServices(t, `{"s":{"name":"S","baseURL":"`+url+`","auth":{"type":"bearer","config":{"token":"of-all-tenants"}},"endpoints":[`+cachedEndpoint("a", cached)+`]},
		"o":{"name":"O","baseURL":"`+url+`","auth":{"type":"user_credentials","config":{"fields":[{"name":"k","label":"K","location":"header","paramName":"X-Who"}]}},"endpoints":[`+
		cachedEndpoint("a", cached)+`]},"n":{"name":"N","baseURL":"`+url+`","endpoints":[`+cachedEndpoint("a", cached)+`]}}`)
	login := func() (*db.Tenant, context.Context) {
		token, _, err := d.AddAPIToken("")
		require.NoError(t, err)
		tenant, err := d.Authenticate(token)
		require.NoError(t, err)
		return tenant, db.NewContext(t.Context(), tenant)
	}
	alice, asAlice := login()
	_, asBob := login()
	asks := func(ctx context.Context, tool string) (bool, error) {
		before := requests.Load()
		_, err := f.Call(ctx, f.tool(tool), Arguments{})
		return requests.Load() > before, err
	}
	requireAsks := func(want bool, ctx context.Context, tool string) {
		t.Helper()
		got, err := asks(ctx, tool)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, tool := range []string{"s_a", "n_a"} {
		for _, ctx := range []context.Context{asAlice, asBob, context.Background()} {
			requireAsks(true, ctx, tool)
			requireAsks(false, ctx, tool)
		}
	}
	store := func(kind db.CredentialKind, service string, data map[string]any) {
		require.NoError(t, alice.StoreCredentials(kind, service, &db.ServiceCredentials{Data: data}))
	}
	store(db.BearerTokens, "s", map[string]any{"token": "of-alice-alone"})
	requireAsks(true, asAlice, "s_a")
	requireAsks(false, asAlice, "s_a")
	requireAsks(false, asBob, "s_a")

	store(db.UserCredentials, "o", map[string]any{"k": "first-value"})
	requireAsks(true, asAlice, "o_a")
	requireAsks(false, asAlice, "o_a")
	store(db.UserCredentials, "o", map[string]any{"k": "second-value"})
	requireAsks(true, asAlice, "o_a")
	require.NoError(t, alice.DeleteCredentials(db.UserCredentials, "o"))
	_, err = asks(asAlice, "o_a")
	require.ErrorContains(t, err, "this service needs values of your own")
}

func TestReadingOnUsesTheCache(t *testing.T) {
	b := newBook(t, map[string]string{"/e": `[` + strings.Repeat(`"0123456789",`, 100) + `1]`})
	f := loadEndpoints(t, b.URL, `{"id":"e","name":"E","method":"GET","path":"/e","response":{`+cached+`}}`, WithMaxResult(64))
	contents, _ := f.readAll("s_e", "")
	require.Greater(t, len(contents), 20)
	require.Len(t, b.requests(), 1)
}

func TestPagesThatFailAreNotKept(t *testing.T) {
	b := newBook(t, map[string]string{"/e": `{"items":[1],"next":2}`})
	f := loadEndpoints(t, b.URL, `{"id":"e","name":"E","method":"GET","path":"/e","response":{`+cached+`,`+paged("")+`}}`)
	for range 2 {
		_, err := f.call("s_e", "")
		require.NoError(t, err)
		require.Len(t, b.requests(), 2)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newCache()
	key := func(n int) (k cacheKey) { copy(k[:], fmt.Sprint(n)); return k }
	small := &whole{body: make([]byte, 10)}
	for n := range maxKept + 10 {
		c.put(key(n), small, noon)
		c.get(key(0), noon.Add(-1)) // is used all the time
	}
	require.Len(t, c.entries, maxKept)
	require.Equal(t, maxKept, c.recent.Len())
	require.Equal(t, maxKept*small.weight(), c.bytes)
	_, ok := c.get(key(0), noon.Add(-1))
	require.True(t, ok)
	_, ok = c.get(key(1), noon.Add(-1))
	require.False(t, ok)
	_, ok = c.get(key(0), noon)
	require.False(t, ok)

	c.put(key(7), &whole{body: make([]byte, maxKeptOne)}, noon)
	_, ok = c.get(key(7), noon.Add(-1))
	require.False(t, ok, "one answer does not drive out all others")
	big := &whole{body: make([]byte, maxKeptOne-1000)}
	for n := range 20 {
		c.put(key(n), big, noon)
		c.put(key(n), big, noon)
		require.LessOrEqual(t, c.bytes, maxKeptBytes)
	}
	require.Equal(t, 8, len(c.entries))
}
