package fusion

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadingOnShowsEverythingOnce(t *testing.T) {
	long := strings.Repeat("äö", 60)
	for name, c := range map[string]struct {
		answer, response string
		want             []string
	}{
		"elements": {
			`{"a":1,"items":[{"id":1,"n":"xxxxxxxxxx"},{"id":2,"n":"xxxxxxxxxx"},{"id":3,"n":"xxxxxxxxxx"}],"z":"y"}`, `{}`,
			[]string{
				`{"a":1,"items":[{"id":1,"n":"xxxxxxxxxx"},{"id":2}]}`,
				`{"items":[{"n":"xxxxxxxxxx"},{"id":3,"n":"xxxxxxxxxx"}],"z":"y"}`,
			},
		},
		"a text in it": {
			`[{"k":"` + strings.Repeat("x", 100) + `"},2]`, `{}`,
			[]string{`[{"k":"` + strings.Repeat("x", 54) + `"}]`, `[{"k":"` + strings.Repeat("x", 46) + `"},2]`},
		},
		"a number that does not fit": {
			`{"a":{"b":` + strings.Repeat("1", 70) + `,"c":2},"d":3}`, `{}`,
			[]string{`{"a":{}}`, `{"a":{}}`, `{"a":{"c":2},"d":3}`},
		},
		"nothing but a number": {strings.Repeat("1", 70), `{}`, []string{`null`}},
		"text":                 {long, `{"type":"text"}`, []string{long[:64], long[64:128], long[128:192], long[192:]}},
		"transformed": {
			`[` + strings.Repeat(`"0123456789",`, 9) + `1]`, `{"transform":"map([.])"}`,
			[]string{
				`[["0123456789"],["0123456789"],["0123456789"],["0123456789"]]`, `[["0123456789"],["0123456789"],["0123456789"],["0123456789"]]`,
				`[["0123456789"],[1]]`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := loadEndpoints(t, "http://h", `{"id":"e","name":"E","method":"GET","path":"/","response":`+c.response+`}`, WithMaxResult(64))
			f.tool("s_e").sender.client.Transport = stub(c.answer)
			got, notes := f.readAll("s_e", ``)
			require.Equal(t, c.want, got)
			for _, note := range notes[:len(notes)-1] {
				require.Regexp(t, `^The answer is cut (after|inside the text|before).*; [0-9]+ of [0-9]+ bytes are left\.$`, note)
			}
		})
	}
}

// TestReadingPagesIsNotQuadratic: each page is asked for about as often as it is
// shown, however many there are.
func TestReadingPagesIsNotQuadratic(t *testing.T) {
	const n = 60
	b := newBook(t, manyPages(n, 100))
	f := loadEndpoints(t, b.URL, `{"id":"e","name":"E","method":"GET","path":"/e","response":{`+paged("")+`}}`, WithMaxResult(300))
	contents, notes := f.readAll("s_e", "")
	require.Less(t, len(b.requests()), 2*n+2)
	var seen []any
	for _, content := range contents {
		seen = append(seen, decode(t, []byte(content)).(map[string]any)["items"].([]any)...)
	}
	require.Len(t, seen, n)
	for i, element := range seen {
		require.Equal(t, fmt.Sprintf("%0100d", i), element)
	}
	require.Empty(t, notes[len(notes)-1])
}

func TestReadingOnBeyondThePages(t *testing.T) {
	pages := map[string]string{
		"/e":        `{"lead":"` + strings.Repeat("l", 70) + `","items":[1,2],"tail":"` + strings.Repeat("t", 70) + `","next":2}`,
		"/e?next=2": `{"items":[3],"next":3}`, "/e?next=3": `{"items":[4,5],"next":4}`, "/e?next=4": `{"items":[6]}`,
	}
	b := newBook(t, pages)
	f := loadEndpoints(t, b.URL, `{"id":"e","name":"E","method":"GET","path":"/e","response":{`+paged(`,"maxPages":2`)+`}},
		{"id":"t","name":"T","method":"GET","path":"/e","response":{`+paged(`,"maxPages":2`)+`,"transform":".items"}}`, WithMaxResult(100))
	contents, notes := f.readAll("s_e", "")
	require.Equal(t, []string{
		`{"lead":"` + strings.Repeat("l", 70) + `","items":[1,2]}`,
		`{"tail":"` + strings.Repeat("t", 70) + `","next":2}`, `{"items":[3,4,5],"next":4}`, `{"items":[6]}`,
	}, contents)
	require.Equal(t, "There are more pages: 2 pages were read, which is the most at a time.", notes[2])

	contents, _ = f.readAll("s_t", "")
	require.Equal(t, []string{`[1,2,3]`, `[4,5,6]`}, contents)
}

func TestAPageIsCutBeforeItsElements(t *testing.T) {
	b := newBook(t, map[string]string{
		"/e": `{"lead":"` + strings.Repeat("l", 85) + `","items":[1,2],"next":2}`, "/e?next=2": `{"items":[3]}`,
	})
	f := loadEndpoints(t, b.URL, `{"id":"e","name":"E","method":"GET","path":"/e","response":{`+paged("")+`}}`, WithMaxResult(100))
	contents, _ := f.readAll("s_e", "")
	require.Equal(t, []string{`{"lead":"` + strings.Repeat("l", 85) + `"}`, `{"items":[1,2],"next":2}`, `{"items":[3]}`}, contents)
}

func TestReadingOnIsForToolsThatOnlyRead(t *testing.T) {
	f := loadEndpoints(t, "http://h", `{"id":"e","name":"E","method":"POST","path":"/"},{"id":"r","name":"R","method":"GET","path":"/"}`, WithMaxResult(64))
	for _, tool := range f.Tools() {
		tool.sender.client.Transport = stub(`"` + strings.Repeat("x", 100) + `"`)
	}
	result, err := f.call("s_e", ``)
	require.NoError(t, err)
	require.Equal(t, "The answer is cut inside the text; 39 of 102 bytes are left. "+advice, result.Note)
	require.Empty(t, result.From)

	result, err = f.call("s_r", ``)
	require.NoError(t, err)
	f.tool("s_e").sender.client.Transport = nil
	_, err = f.ReadMore(context.Background(), f.tool("s_e"), Arguments{}, result.From)
	require.ErrorContains(t, err, "only a tool that only reads may be called again")
}

func TestAWrongPositionIsAnErrorAndNothingIsSent(t *testing.T) {
	b := newBook(t, map[string]string{"/e": `{"items":[1],"next":2}`, "/e?next=2": `{"items":[2]}`})
	response := `"response":{` + paged(`,"maxPages":1`) + `}`
	f := loadEndpoints(t, b.URL, `{"id":"e","name":"E","method":"GET","path":"/e",`+response+`},{"id":"f","name":"F","method":"GET","path":"/f",`+response+`}`)
	result, err := f.call("s_e", "")
	require.NoError(t, err)
	b.requests()
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	_, signature, _ := strings.Cut(result.From, ".")
	wrong := []string{
		"", "x", ".", "=", "é", encode(`{}`), encode(`[]`), encode(`{"v":[-1]}`), encode(`{"t":-1}`), encode(`{"x":1}`), encode(`{"v":[1]}{}`),
		encode(`{"p":{"t":"2"}}`), encode(`{"p":{"l":"`+b.URL+`/admin"}}`) + "." + signature, encode(`{"v":[1]}`) + "." + signature,
		result.From[:len(result.From)-1], strings.Repeat("a", 100_000), encode(`{"v":[` + strings.Repeat("1,", 1000) + `1]}`),
	}
	for _, from := range wrong {
		_, err := f.ReadMore(context.Background(), f.tool("s_e"), Arguments{}, from)
		require.ErrorContains(t, err, "from is not what this tool gave in this place", from)
	}
	_, err = f.ReadMore(context.Background(), f.tool("s_f"), Arguments{}, result.From)
	require.ErrorContains(t, err, "from is not what this tool gave in this place")
	require.Empty(t, b.requests())

	result, err = f.ReadMore(context.Background(), f.tool("s_e"), Arguments{}, result.From)
	require.NoError(t, err)
	require.Equal(t, `{"items":[2]}`, string(result.Content))
}

func TestAnAnswerThatHasChanged(t *testing.T) {
	answer := `[` + strings.Repeat(`"0123456789",`, 9) + `1]`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { body(200, "application/json", answer)(w, r) }))
	t.Cleanup(server.Close)
	f := loadEndpoints(t, server.URL, `{"id":"e","name":"E","method":"GET","path":"/"}`, WithMaxResult(64))
	result, err := f.call("s_e", "")
	require.NoError(t, err)
	for _, answer = range []string{`[]`, `1`, `"[[[[["`, `{}`, ``} {
		_, err = f.ReadMore(context.Background(), f.tool("s_e"), Arguments{}, result.From)
		requireUpstream(t, &UpstreamError{Status: 200, Detail: "the answer has changed, and has no such place (from) any more; begin again without it"}, err)
	}
	answer = `["a","b","c","d","e"]`
	result, err = f.ReadMore(context.Background(), f.tool("s_e"), Arguments{}, result.From)
	require.NoError(t, err)
	require.Equal(t, `["e"]`, string(result.Content))
}

func TestPlacesAreFound(t *testing.T) {
	const doc = `{"a":[1,{"b":"x\u00e4y"},[]],"c":{}}`
	for text, p := range map[string]place{
		`{"a":[{"b":"x\u00e4y"},[]],"c":{}}`: {Path: []int{0, 1}},
		`{"a":[{"b":"y"},[]],"c":{}}`:        {Path: []int{0, 1, 0}, Text: 7},
		`{"a":[{},[]],"c":{}}`:               {Path: []int{0, 1, 1}},
		`{"a":[[]],"c":{}}`:                  {Path: []int{0, 2, 0}},
		`{"a":[],"c":{}}`:                    {Path: []int{0, 3}},
		`{"c":{}}`:                           {Path: []int{1}},
		`{}`:                                 {Path: []int{2}},
	} {
		r, ok := readJSON([]byte(doc), p, 1000)
		require.True(t, ok, p)
		require.Equal(t, text, string(r.content))
	}
	for _, p := range []place{
		{Path: []int{3}},
		{Path: []int{2, 0}},
		{Path: []int{0, 4}},
		{Path: []int{0, 3, 0}},
		{Path: []int{0, 0, 0}},
		{Path: []int{0, 1, 2}},
		{Text: 1},
		{Path: []int{0, 1}, Text: 1},
		{Path: []int{0, 1, 0}, Text: 2},
		{Path: []int{0, 1, 0}, Text: 9},
		{Path: []int{2}, Text: 1},
	} {
		_, ok := readJSON([]byte(doc), p, 1000)
		require.False(t, ok, p)
	}
}
