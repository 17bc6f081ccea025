package fusion

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// book is an API that answers each request target with a text, and writes down
// what was asked. HOST in an answer is its address.
type book struct {
	*httptest.Server
	mu    sync.Mutex // guards asked
	asked []string
}

func newBook(t *testing.T, pages map[string]string) *book {
	t.Helper()
	b := &book{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		target := r.URL.RequestURI() + string(sent)
		b.mu.Lock()
		b.asked = append(b.asked, target)
		b.mu.Unlock()
		answer, ok := pages[target]
		if !ok {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, strings.ReplaceAll(answer, "HOST", b.URL))
	}))
	t.Cleanup(b.Close)
	return b
}

// requests returns what was asked since the last time.
func (b *book) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

const odata = `"paginated":true,"paginationConfig":{"nextPageTokenPath":"@odata.nextLink","dataPath":"value"}`

func paged(more string) string {
	return `"paginated":true,"paginationConfig":{"nextPageTokenPath":"next","dataPath":"items"` + more + `}`
}

const advice = "To see the rest, ask for less at a time, with arguments that filter, limit or page the answer."

func TestPagesAreJoined(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint, response, parameters string
		arguments                      string
		pages                          map[string]string
		asked                          string
		want, rest                     string
		further                        bool
	}{
		"one page": {
			response: paged(""), pages: map[string]string{"/b/e": `{"items": [1, 2], "next": null}`},
			asked: "/b/e", want: `{"items":[1,2],"next":null}`,
		},
		"tokens": {
			response: paged(""), pages: map[string]string{
				"/b/e?q=x":               `{"n":3,"items":[1],"next":"a/b="}`,
				"/b/e?q=x&next=a%2Fb%3D": `{"items":[],"next":7}`,
				"/b/e?q=x&next=7":        `{"items":[2,3],"next":""}`,
			}, parameters: `{"name":"q","type":"string","location":"query"}`, arguments: `{"q":"x"}`,
			asked: "/b/e?q=x /b/e?q=x&next=a%2Fb%3D /b/e?q=x&next=7", want: `{"n":3,"items":[1,2,3],"next":""}`,
		},
		"a parameter for tokens": {
			response: paged(`,"tokenParam":"after"`), pages: map[string]string{
				"/b/e?after=mine": `{"next":"/x","items":[1]}`, "/b/e?after=%2Fx": `{"items":[2]}`,
			}, parameters: `{"name":"after","type":"string","location":"query"}`, arguments: `{"after":"mine"}`,
			asked: "/b/e?after=mine /b/e?after=%2Fx", want: `{"next":null,"items":[1,2]}`,
		},
		"a token in the body": {
			endpoint: `"method":"POST","hints":{"readOnly":true},`, response: paged(`,"tokenParam":"page.after"`), pages: map[string]string{
				`/b/e{"page":{}}`: `{"items":[1],"next":12345678901234567890}`, `/b/e{"page":{"after":12345678901234567890}}`: `{"items":[2]}`,
			}, parameters: `{"name":"page.after","type":"string","location":"body"},{"name":"page","type":"object","location":"body","default":{}}`,
			asked: `/b/e{"page":{}} /b/e{"page":{"after":12345678901234567890}}`, want: `{"items":[1,2],"next":null}`,
		},
		"the size of a page": {
			response: paged(`,"pageSize":50`), pages: map[string]string{"/b/e?limit=50": `{"items":[]}`},
			parameters: `{"name":"limit","type":"integer","location":"query"}`, asked: "/b/e?limit=50", want: `{"items":[]}`,
		},
		"the caller's own size": {
			response: paged(`,"pageSize":50`), pages: map[string]string{"/b/e?limit=2": `{"items":[]}`}, arguments: `{"limit":2}`,
			parameters: `{"name":"limit","type":"integer","location":"query"}`, asked: "/b/e?limit=2", want: `{"items":[]}`,
		},
		"links": {
			response: odata, pages: map[string]string{
				"/b/e":             `{"@odata.nextLink":"HOST/b/f?$skip=1 0","value":[{"a":1}],"z":1}`,
				"/b/f?$skip=1%200": `{"value":[{"a":2}],"@odata.nextLink":"/b/g"}`,
				"/b/g":             `{"value":[{"a":3}],"@odata.nextLink":"?x"}`,
				"/b/g?x":           `{"value":[{"a":4}]}`,
			}, asked: "/b/e /b/f?$skip=1%200 /b/g /b/g?x", want: `{"@odata.nextLink":null,"value":[{"a":1},{"a":2},{"a":3},{"a":4}],"z":1}`,
		},
		"a foreign link": {
			response: odata, pages: map[string]string{"/b/e": `{"value":[1],"@odata.nextLink":"https://evil.example/b/e"}`},
			asked: "/b/e", want: `{"value":[1],"@odata.nextLink":"https://evil.example/b/e"}`,
			rest: "the link to the next one leads to another origin, https://evil.example:443, which is not followed",
		},
		"a link out of the path": {
			response: odata, pages: map[string]string{"/b/e": `{"value":[1],"@odata.nextLink":"HOST/b/%2e%2e/admin"}`},
			asked: "/b/e", want: `{"value":[1],"@odata.nextLink":"HOST/b/%2e%2e/admin"}`,
			rest: "the link to the next one leads out of the configured path, which is not followed",
		},
		"too many": {
			response: paged(`,"maxPages":2`), pages: map[string]string{
				"/b/e": `{"items":[1],"next":2}`, "/b/e?next=2": `{"items":[2],"next":3}`, "/b/e?next=3": `{"items":[3]}`,
			}, asked: "/b/e /b/e?next=2", want: `{"items":[1,2],"next":3}`, rest: "2 pages were read, which is the most at a time", further: true,
		},
		"in a circle": {
			response: paged(""), pages: map[string]string{
				"/b/e": `{"items":[1],"next":2}`, "/b/e?next=2": `{"items":[2],"next":3}`, "/b/e?next=3": `{"items":[3],"next":2}`,
			}, asked: "/b/e /b/e?next=2 /b/e?next=3", want: `{"items":[1,2,3],"next":2}`, rest: "the API names a page as the next one that was read before",
		},
		"an error later": {
			response: paged(""), pages: map[string]string{"/b/e": `{"items":[1],"next":2}`},
			asked: "/b/e /b/e?next=2", want: `{"items":[1],"next":2}`, rest: "page 2 could not be read: the API answered 418 I'm a teapot", further: true,
		},
		"no JSON later": {
			response: paged(""), pages: map[string]string{"/b/e": `{"items":[1],"next":2}`, "/b/e?next=2": `oh`},
			asked: "/b/e /b/e?next=2", want: `{"items":[1],"next":2}`, rest: "page 2 could not be read: the API answered 200 OK: the answer (application/json) is not valid JSON: oh", further: true,
		},
		"no array later": {
			response: paged(""), pages: map[string]string{"/b/e": `{"items":[1],"next":2}`, "/b/e?next=2": `{"items":{}}`},
			asked: "/b/e /b/e?next=2", want: `{"items":[1],"next":2}`, rest: `page 2 has no array "items"`, further: true,
		},
		"no array": {
			response: paged(""), pages: map[string]string{"/b/e": `{"data":[1],"next":2}`},
			asked: "/b/e", want: `{"data":[1],"next":2}`, rest: `the pages cannot be joined, as this one has no array "items"`, further: true,
		},
		"the only array": {
			response: `"paginated":true,"paginationConfig":{"nextPageTokenPath":"next"}`, pages: map[string]string{
				"/b/e": `{"x":{"y":[]},"data":[1],"next":2}`, "/b/e?next=2": `{"data":[2]}`,
			}, asked: "/b/e /b/e?next=2", want: `{"x":{"y":[]},"data":[1,2],"next":null}`,
		},
		"no token": {
			response: paged(""), pages: map[string]string{"/b/e": `{"items":[1],"next":{"a":1}}`},
			asked: "/b/e", want: `{"items":[1],"next":{"a":1}}`, rest: "the API names the next one neither by a text nor by a number",
		},
		"a token that cannot be sent": {
			response: paged(`,"tokenParam":"X-After"`), pages: map[string]string{"/b/e": `{"items":[1],"next":"a\r\nX-Evil: 1"}`},
			parameters: `{"name":"X-After","type":"string","location":"header"}`,
			asked:      "/b/e", want: `{"items":[1],"next":"a\r\nX-Evil: 1"}`, rest: "the API names the next one by what cannot be sent where it has to",
		},
		"the argument's own page again": {
			response: paged(`,"tokenParam":"after"`), pages: map[string]string{
				"/b/e?after=5": `{"items":[1],"next":6}`, "/b/e?after=6": `{"items":[2],"next":5}`,
			}, parameters: `{"name":"after","type":"string","location":"query"}`, arguments: `{"after":"5"}`,
			asked: "/b/e?after=5 /b/e?after=6", want: `{"items":[1,2],"next":5}`, rest: "the API names a page as the next one that was read before",
		},
		"transformed": {
			response: paged("") + `,"transform":".items | add"`, pages: map[string]string{"/b/e": `{"items":[1],"next":2}`, "/b/e?next=2": `{"items":[2]}`},
			asked: "/b/e /b/e?next=2", want: `3`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t, c.pages)
			if c.endpoint == "" {
				c.endpoint = `"method":"GET",`
			}
			f := loadEndpoints(t, b.URL+"/b", `{"id":"e","name":"E",`+c.endpoint+`"path":"/e","parameters":[`+c.parameters+`],"response":{`+c.response+`}}`)
			result, err := f.call("s_e", c.arguments)
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(c.want, "HOST", b.URL), string(result.Content))
			if c.rest != "" {
				c.rest = "There are more pages: " + c.rest + "."
			}
			require.Equal(t, c.rest, strings.TrimSuffix(result.Note, " "+advice))
			require.Equal(t, strings.HasSuffix(result.Note, advice), c.rest != "" && result.From == "")
			require.Equal(t, c.further, result.From != "")
			require.Equal(t, c.asked, strings.Join(b.requests(), " "))
		})
	}
}

// manyPages are n pages of one element of size bytes each.
func manyPages(n, size int) map[string]string {
	pages := map[string]string{}
	for i := range n {
		target, after := "/e?next="+strconv.Itoa(i), strconv.Itoa(i+1)
		if i == 0 {
			target = "/e"
		}
		if i == n-1 {
			after = "null"
		}
		pages[target] = fmt.Sprintf(`{"items":["%0*d"],"next":%s}`, size, i, after)
	}
	return pages
}

func TestPagesStopAtTheLimits(t *testing.T) {
	b := newBook(t, manyPages(20, 1000))
	endpoint := `{"id":"e","name":"E","method":"GET","path":"/e","response":{` + paged(`,"maxPages":100`) + `}}`
	result, err := loadEndpoints(t, b.URL, endpoint, WithMaxResult(4000)).call("s_e", "")
	require.NoError(t, err)
	require.Len(t, b.requests(), 4, "no more than fits is asked for")
	require.Contains(t, result.Note, "There are more pages: what was read is more than fits.")

	result, err = loadEndpoints(t, b.URL, endpoint, WithMaxUpstream(5200)).call("s_e", "")
	require.NoError(t, err)
	require.Len(t, b.requests(), 6)
	require.Contains(t, result.Note, "There are more pages: with page 6 they are longer than the 5200 bytes that are read.")
}

func TestPagesEndWithTheTime(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			never("")(w, r)
			return
		}
		body(200, "application/json", `{"items":[1],"next":2}`)(w, r)
	}))
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `{"id":"e","name":"E","method":"GET","path":"/e","connection":{"timeout":"250ms"},"response":{`+paged("")+`}}`)
	result, err := f.call("s_e", "")
	require.NoError(t, err)
	require.Equal(t, `{"items":[1],"next":2}`, string(result.Content))
	require.Contains(t, result.Note, "There are more pages: there was no time for page 2.")
}

// TestALinkCarriesNoCredential: an API that is given its key in the query
// repeats it in its links.
func TestALinkCarriesNoCredential(t *testing.T) {
	const key = "canary/key+0123"
	b := newBook(t, map[string]string{
		"/e?key=canary%2Fkey%2B0123":     `{"value":[1],"@odata.nextLink":"/e?key=canary/key%2B0123&p=2"}`,
		"/e?p=2&key=canary%2Fkey%2B0123": `{"value":[2],"@odata.nextLink":"HOST/canary%2Fkey%2B0123/e"}`,
	})
	f := loadServices(t, `{"s":{"name":"S","baseURL":"`+b.URL+`","auth":{"type":"api_key","config":{"key":"`+key+`","queryParam":"key"}},
		"endpoints":[{"id":"e","name":"E","method":"GET","path":"/e","response":{`+odata+`}}]}}`)
	result, err := f.call("s_e", "")
	require.NoError(t, err)
	require.Len(t, b.requests(), 2)
	require.Equal(t, `{"value":[1,2],"@odata.nextLink":"`+b.URL+`/[redacted]/e"}`, string(result.Content))
	require.Contains(t, result.Note, "the link to the next one has the service's credential in it")
}

// TestTheAPIDoesNotDecideHowLongTheNoteIs.
func TestTheAPIDoesNotDecideHowLongTheNoteIs(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for name, pages := range map[string]map[string]string{
		"a foreign link":  {"/b/e": `{"value":[1],"@odata.nextLink":"https://` + long + `/b"}`},
		"an error's text": {"/b/e": `{"value":[1],"@odata.nextLink":"/b/f"}`, "/b/f": long},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t, pages)
			f := loadEndpoints(t, b.URL+"/b", `{"id":"e","name":"E","method":"GET","path":"/e","response":{`+odata+`}}`, WithMaxResult(1000))
			result, err := f.call("s_e", "")
			require.NoError(t, err)
			require.NotEmpty(t, result.Note)
			require.Less(t, len(result.Note), 500)
		})
	}
	w := whole{body: []byte("[]")}
	require.Less(t, len(w.note(reading{place: long}, true)), 500)
}
