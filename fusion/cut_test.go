package fusion

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCutKeepsWholeElements(t *testing.T) {
	for _, c := range []struct {
		given string
		limit int
		want  string
	}{
		{`[1,2,3]`, 7, `[1,2,3]`},
		{`[1,2,3]`, 6, `[1,2]`},
		{`[1,2,3]`, 5, `[1,2]`},
		{`[1,2,3]`, 4, `[1]`},
		{`[1,2,3]`, 2, `[]`},
		{`[10,200]`, 7, `[10]`},
		{`{"a":1,"b":[1,2,3],"c":4}`, 24, `{"a":1,"b":[1,2,3]}`},
		{`{"a":1,"b":[1,2,3],"c":4}`, 17, `{"a":1,"b":[1,2]}`},
		{`{"a":1,"b":[1,2,3],"c":4}`, 13, `{"a":1}`},
		{`{"a":1,"b":[1,2,3],"c":4}`, 15, `{"a":1,"b":[1]}`},
		{`{"a":1,"b":[1,2,3],"c":4}`, 14, `{"a":1}`},
		{`[{"id":1,"n":"a"},{"id":2,"n":"b"},{"id":3,"n":"c"}]`, 46, `[{"id":1,"n":"a"},{"id":2,"n":"b"}]`},
		{`{"items":[{"id":1,"t":[1,2,3]},{"id":2,"t":[4,5,6]}]}`, 52, `{"items":[{"id":1,"t":[1,2,3]},{"id":2,"t":[4,5]}]}`},
		{`{"items":[{"id":1,"t":[1,2,3]},{"id":2,"t":[4,5,6]}]}`, 40, `{"items":[{"id":1,"t":[1,2,3]}]}`},
		{`{"a":{"b":{"c":[true,false,null]}}}`, 30, `{"a":{"b":{"c":[true,false]}}}`},
		{`[1,"text",2]`, 9, `[1]`},
		{`["first string is kept in part"]`, 12, `["first st"]`},
		{`[1,"a string that is longer than the limit"]`, 12, `[1,"a stri"]`},
		{`"äöü"`, 7, `"äö"`},
		{`"äöü"`, 6, `"äö"`},
		{`"äöü"`, 5, `"ä"`},
		{`"a\n\u00e4\ud83d\ude00z"`, 23, `"a\n\u00e4\ud83d\ude00"`},
		{`"a\n\u00e4\ud83d\ude00z"`, 22, `"a\n\u00e4"`},
		{`"a\n\u00e4\ud83d\ude00z"`, 10, `"a\n"`},
		{`"a\\\"b"`, 5, `"a\\"`},
		{`{"a long name that does not fit":1}`, 10, `{}`},
		{`{"k":"in the way of","b":1}`, 14, `{"k":"in the"}`},
		{`[[],[],[]]`, 7, `[[],[]]`},
		{`[[[[1]]]]`, 8, `[[[[]]]]`},
		{`123456`, 4, `null`},
		{`[{"a":"}"},{"b":"]"}]`, 20, `[{"a":"}"}]`},
	} {
		require.Equal(t, c.want, kept(c.given, c.limit), "%s at %d", c.given, c.limit)
	}
}

// FuzzCut holds the promises about cutting: valid JSON, within the limit, a
// beginning of what was given, and the whole when that fits.
func FuzzCut(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2,{"b":"c\\\"d"}],"e":"\ud83d\ude00\ud83d"}`, `"` + strings.Repeat("ä", 100) + `"`,
		`[` + strings.Repeat(`{"id":1,"name":"n"},`, 20) + `null]`, strings.Repeat("[", 80) + strings.Repeat("]", 80),
		`{"` + strings.Repeat("k", 100) + `":{"x":[true,false,-1.5e3]}}`, `[[],{},"",0]`,
	} {
		f.Add([]byte(s), 64)
		f.Add([]byte(s), 100)
	}
	f.Fuzz(func(t *testing.T, raw []byte, limit int) {
		if limit < MinMaxResult || limit > 1<<20 {
			return
		}
		var compact bytes.Buffer
		if json.Compact(&compact, bytes.ToValidUTF8(raw, []byte("?"))) != nil {
			return
		}
		given := compact.Bytes()
		before := bytes.Clone(given)
		r, ok := readJSON(given, place{}, limit)
		require.True(t, ok)
		if len(given) <= limit {
			require.Equal(t, reading{content: given, end: len(given)}, r)
			return
		}
		require.NotEmpty(t, r.place)
		requirePrefix(t, r.content, given)
		requireAll(t, given, limit)
		require.Equal(t, before, given, "the input is not changed")
	})
}

// requireAll reads to the end and checks that nothing is lost and nothing is
// shown twice, apart from values that do not fit even alone.
func requireAll(t *testing.T, given []byte, limit int) {
	t.Helper()
	var seen []string
	var at place
	leftOut := false
	for left := len(given); ; {
		r, ok := readJSON(given, at, limit)
		require.True(t, ok, "%v in %s", at, given)
		require.True(t, json.Valid(r.content), "%s", r.content)
		require.LessOrEqual(t, len(r.content), limit)
		got := leaves(r.content)
		switch {
		case strings.Contains(r.place, "too long"): // of what stands for it
			got, leftOut = nil, true
		case at.Text > 0:
			last := len(seen) - 1
			seen[last] = strings.TrimSuffix(seen[last], `"`) + got[0][1:]
			got = got[1:]
		}
		seen = append(seen, got...)
		if r.next.isBeginning() {
			break
		}
		require.Less(t, len(given)-r.end, left, "each reading gets on")
		left, at = len(given)-r.end, r.next
	}
	if !leftOut {
		require.Equal(t, leaves(given), seen)
		return
	}
	for _, leaf := range seen {
		require.Contains(t, string(given), strings.TrimSuffix(leaf, `"`))
	}
}

// leaves are the strings, numbers and words of JSON, without names.
func leaves(b []byte) (found []string) {
	for i := 0; i < len(b); {
		end := i + 1
		switch {
		case b[i] == '"':
			end, _ = stringEnd(b, i)
		case !strings.ContainsRune("[]{},:", rune(b[i])):
			for end < len(b) && !isDelimiter(b[end]) {
				end++
			}
		default:
			i++
			continue
		}
		if end == len(b) || b[end] != ':' {
			found = append(found, string(b[i:end]))
		}
		i = end
	}
	return found
}

func kept(given string, limit int) string {
	r, _ := readJSON([]byte(given), place{}, limit)
	return string(r.content)
}

func TestCutSaysWhere(t *testing.T) {
	rows := strings.Repeat(`{"id":1,"tags":["a:,{","b\""]},`, 20)
	for given, want := range map[string]string{
		`{"meta":{"n":1},"items":[` + rows + `null],"next":2}`: "after items[2]",
		`[` + rows + `null]`: "after [3]",
		`{"text":"` + strings.Repeat("x", 300) + `","b":1}`: "inside the text text",
		`"` + strings.Repeat("x", 300) + `"`:                "inside the text",
		strings.Repeat("1", 300):                            "before the value, which is too long to be shown",
	} {
		r, _ := readJSON([]byte(given), place{}, 140)
		require.Equal(t, want, r.place, given)
	}
}

// requirePrefix checks that what is before the closers, and before the quote
// of a string that was cut, is how the whole begins.
func requirePrefix(t *testing.T, got, given []byte) {
	t.Helper()
	if string(got) == "null" {
		return
	}
	same := 0
	for same < len(got) && same < len(given) && got[same] == given[same] {
		same++
	}
	rest := strings.TrimPrefix(string(got[same:]), `"`)
	require.Empty(t, strings.Trim(rest, "]}"), "%s is no beginning of %s", got, given)
}

func BenchmarkCut(b *testing.B) {
	given := []byte(`[` + strings.Repeat(`{"id":12345,"name":"some name","tags":["a","b"]},`, 10_000) + `null]`)
	b.SetBytes(DefaultMaxResult)
	b.ReportAllocs()
	for b.Loop() {
		readJSON(given, place{}, DefaultMaxResult)
	}
}
