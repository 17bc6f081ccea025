package fusion

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// promised is a tool with something to break out of in each place of a
// request, and static parameters beside it.
type promised struct {
	tool *Tool
	// fixed returns what stands in the body under the name of the static
	// parameter there.
	fixed func(t *testing.T, r *http.Request) []string
}

const promisedParameters = `
	{"name":"id","type":"string","location":"path","required":true},
	{"name":"unused","type":"string","location":"path"},
	{"name":"q","type":"string","location":"query","quoted":true},
	{"name":"list","type":"array","location":"query","arrayFormat":"brackets"},
	{"name":"v","type":"string","location":"query","static":true,"default":"fixed"},
	{"name":"X-H","type":"string","location":"header"},
	{"name":"X-E","type":"string","location":"header","transform":{"expression":"concat(., 'é')"}},
	{"name":"X-Fixed","type":"string","location":"header","static":true,"default":"fixed"},
	{"name":"o","type":"object","location":"body"},
	{"name":"text","type":"string","location":"body","transforms":["html_compact"]},
	{"name":"o.fixed","alias":"secret","type":"string","location":"body","static":true,"default":"fixed"}`

func promisedTools(t testing.TB) []promised {
	t.Helper()
	load := func(body, more string) *Tool {
		endpoint := `{"id":"e","name":"E","method":"POST","path":"/a/{id}.json?w=1","requestBody":` + body + `,"parameters":[` + promisedParameters + more + `]}`
		return loadEndpoints(t, "http://host:81/base%2Fx/v1", endpoint).tool("s_e")
	}
	const message = `{"encoding":"rfc2822_base64url","wrapperPath":"raw"}`
	return []promised{
		{load(`{}`, ``), fixedInJSON},
		{load(`{"encoding":"form"}`, ``), fixedInForm},
		{load(`{}`, `,{"name":"file","type":"string","location":"file","default":"x","fileNameParam":"q"}`), fixedInParts},
		{load(message, `,{"name":"to","type":"string","location":"body"},{"name":"body","type":"string","location":"body"},
			{"name":"subject","type":"string","location":"body","static":true,"default":"fixed"}`), fixedInMessage},
	}
}

// fixedInJSON also sees a second member of that name: which one counts is up
// to the server.
func fixedInJSON(t *testing.T, r *http.Request) []string {
	var body struct{ O json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(bodyText(t, r)), &body))
	once := parse(t, string(body.O))
	return []string{once.values["fixed"].(string)}
}

func fixedInForm(t *testing.T, r *http.Request) []string {
	form, err := url.ParseQuery(bodyText(t, r))
	require.NoError(t, err)
	return form["o.fixed"]
}

func fixedInParts(t *testing.T, r *http.Request) (fixed []string) {
	for _, part := range partsOf(t, r) {
		if part.field == "o.fixed" {
			fixed = append(fixed, part.data)
		}
		require.Contains(t, []string{"o", "text", "o.fixed", "file"}, part.field)
	}
	return fixed
}

func fixedInMessage(t *testing.T, r *http.Request) []string {
	body := decode(t, []byte(bodyText(t, r))).(map[string]any)
	raw, err := base64.RawURLEncoding.DecodeString(body["raw"].(string))
	require.NoError(t, err)
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	require.NoError(t, err)
	for name := range m.Header {
		require.Contains(t, []string{"To", "Subject", "Mime-Version", "Content-Type", "Content-Transfer-Encoding"}, name)
	}
	require.Equal(t, "fixed", body["o"].(map[string]any)["fixed"])
	return m.Header["Subject"]
}

// FuzzRequest holds what the package promises of requests: whatever a client
// sends, they go to the configured origin and below the configured path, they
// have the configured headers and no other, what is static stays as it is, and
// what is hidden is not accepted.
func FuzzRequest(f *testing.F) {
	tools := promisedTools(f)
	for _, s := range []string{"..", "", "a\r\nX-Evil: 1\r\n\r\n", "x&v=evil&", "#\x00\xff", "data:text/html;a=\"\n\";base64,AA==", "=?utf-8?B?DQpYOiAx?= <a@b>", "#DAYS-1"} {
		f.Add([]byte(`{"o":{"fixed":"evil"},"list":["&v=evil"]}`), s, "x", "a@b")
		f.Add([]byte(`{"secret":"evil"}`), "x", s, s)
		f.Add([]byte(`{"X-Fixed":"evil","v":["evil"],"unused":"x","o.fixed":1,"subject":"evil"}`), s, s, s)
	}
	f.Add([]byte(`{"o":"{\"fixed\":\"evil\"}","X-H":5,"id":{}}`), "a", "b", "c")
	f.Fuzz(func(t *testing.T, raw []byte, a, b, c string) {
		given, err := ParseArguments(raw)
		if err != nil {
			require.IsType(t, &ArgumentError{}, err)
		}
		for _, p := range tools {
			p.hold(t, given, a, b, c)
		}
	})
}

// hold sends what was given, with three texts for what was not.
func (p promised) hold(t *testing.T, given Arguments, texts ...string) {
	args := Arguments{values: map[string]any{}}
	for i, name := range slices.Sorted(maps.Keys(p.tool.shown)) {
		if p.tool.shown[name].Type == "string" {
			args.values[name] = texts[i%len(texts)]
		}
	}
	maps.Copy(args.values, given.values)
	r, err := build(t, p.tool, args)
	if err != nil {
		require.IsType(t, &ArgumentError{}, err)
		return
	}
	for name := range args.values {
		require.NotContains(t, []string{"v", "X-Fixed", "secret", "o.fixed", "subject", "unused"}, name)
	}
	require.True(t, p.tool.target.contains(r))
	arrived := overTheWire(t, r)
	requireBelow(t, arrived)
	require.Equal(t, []string{"fixed"}, arrived.URL.Query()["v"])
	require.Equal(t, []string{"1"}, arrived.URL.Query()["w"])
	for name, values := range arrived.Header {
		require.Contains(t, []string{"User-Agent", "Accept", "Content-Type", "Content-Length", "X-H", "X-E", "X-Fixed"}, name)
		require.Len(t, values, 1)
	}
	require.Equal(t, "fixed", arrived.Header.Get("X-Fixed"))
	require.Equal(t, []string{"fixed"}, p.fixed(t, arrived))
}

// overTheWire is the request as a server reads it; there is only one.
func overTheWire(t *testing.T, r *http.Request) *http.Request {
	var wire strings.Builder
	require.NoError(t, r.Write(&wire))
	reader := bufio.NewReader(strings.NewReader(wire.String()))
	arrived, err := http.ReadRequest(reader)
	require.NoError(t, err, wire.String())
	body, err := io.ReadAll(arrived.Body)
	require.NoError(t, err)
	arrived.Body = io.NopCloser(strings.NewReader(string(body)))
	_, err = reader.ReadByte()
	require.ErrorIs(t, err, io.EOF, "something follows the request")
	return arrived
}

// requireBelow looks at the path as a server does that unescapes and cleans.
func requireBelow(t *testing.T, r *http.Request) {
	require.Equal(t, "host:81", r.Host)
	require.True(t, strings.HasPrefix(r.RequestURI, "/base%2Fx/v1/a/"), r.RequestURI)
	cleaned := path.Clean(strings.ReplaceAll(r.URL.Path, `\`, "/"))
	require.True(t, strings.HasPrefix(cleaned+"/", "/base/x/v1/a/"), cleaned)
}
