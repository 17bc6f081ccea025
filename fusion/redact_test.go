package fusion

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

// canary has what every spelling changes.
const canary = `c4n/ry+ "tök<n>\&`

func TestSecretsAreRemovedInEverySpelling(t *testing.T) {
	r := newRedactor([]global.Secret{global.NewSecret(canary), global.NewSecret(""), global.NewSecret("ab")})
	escaped, err := json.Marshal(canary)
	require.NoError(t, err)
	for _, spelling := range []string{
		canary, string(escaped[1 : len(escaped)-1]), strings.Trim(string(marshal(canary)), `"`),
		url.QueryEscape(canary), url.PathEscape(canary), strings.ToLower(url.PathEscape(canary)), strings.ToLower(canary),
	} {
		require.NotContains(t, r.text("x "+spelling+" y"), spelling)
		require.Contains(t, r.text("x "+spelling+" y"), "x [redacted] y", spelling)
	}
	require.Equal(t, "c[redacted]c", r.text("cabc"), "short ones go from errors")
	require.Equal(t, "cabc", string(r.content([]byte("cabc"))), "and stay in contents")
}

func TestJSONStaysValidWithoutItsSecrets(t *testing.T) {
	r := newRedactor([]global.Secret{global.NewSecret(canary), global.NewSecret("1234567")})
	var odd strings.Builder // every character as an escape
	for _, c := range canary {
		fmt.Fprintf(&odd, `\u%04x`, c)
	}
	for _, spelling := range []string{strings.Trim(string(marshal(canary)), `"`), odd.String(), strings.ReplaceAll(odd.String(), `\u0063`, "c")} {
		given := `{"a":"x ` + spelling + ` \"y","b":"\\","` + spelling + `":1}`
		clean, ok := r.json([]byte(given))
		require.True(t, ok)
		require.JSONEq(t, `{"a":"x [redacted] \"y","b":"\\","[redacted]":1}`, string(clean))
	}
	same := []byte(`{"a":"\u00e4 \\ \" \/","n":123456}`)
	clean, ok := r.json(same)
	require.True(t, ok)
	require.Equal(t, string(same), string(clean), "what holds no secret is not changed")

	_, ok = r.json([]byte(`{"n":12345678}`))
	require.False(t, ok, "a secret that is a number leaves no JSON")
}

// TestNoSecretComesOut calls with each kind of credential an API that repeats
// it wherever it can, and looks at all that a caller and an operator see.
func TestNoSecretComesOut(t *testing.T) {
	const key = "canary-1f2e3d/4+5=" // what a header can carry
	server := httptest.NewServer(http.HandlerFunc(repeat))
	t.Cleanup(server.Close)
	var endpoints []string
	for _, path := range []string{"json", "text", "number", "error", "html", "title", "redirect", "reset", "garbage", "location"} {
		kind := "json"
		if path == "text" {
			kind = "text"
		}
		endpoints = append(endpoints, fmt.Sprintf(`{"id":%q,"name":"N","method":"GET","path":"/%s","response":{"type":%q}}`, path, path, kind))
	}
	for _, auth := range []string{
		`{"type":"bearer","config":{"token":"` + key + `"}}`,
		`{"type":"api_key","config":{"key":"` + key + `"}}`,
		`{"type":"api_key","config":{"key":"` + key + `","queryParam":"k"}}`,
		`{"type":"basic","config":{"username":"anna","password":"` + key + `"}}`,
		`{"type":"bearer","config":{"token":"12345678901"}}`,
	} {
		f := loadServices(t, `{"s":{"name":"S","baseURL":"`+server.URL+`","auth":`+auth+`,"endpoints":[`+strings.Join(endpoints, ",")+`]}}`)
		require.Len(t, f.Tools(), len(endpoints))
		for _, tool := range f.Tools() {
			result, err := f.call(tool.Name, ``)
			seen := fmt.Sprintf("%+v %v %#v %s", result, err, err, f.log)
			if result != nil {
				seen += string(result.Content)
			}
			for _, secret := range []string{key, "12345678901", url.QueryEscape(key), url.PathEscape(key), "YW5uYTpjYW5hcnk", key[:15]} {
				require.NotContains(t, seen, secret, "%s with %s", tool.Name, auth)
			}
		}
	}
}

// repeat answers with the credential that it got, in all forms.
func repeat(w http.ResponseWriter, r *http.Request) {
	got := strings.TrimPrefix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "Basic ")
	got += r.Header.Get("X-Api-Key") + r.URL.Query().Get("k")
	_, password, _ := r.BasicAuth()
	all := strings.Join([]string{got, r.URL.String(), password, url.PathEscape(password), url.QueryEscape(got)}, " ")
	switch r.URL.Path {
	case "/json":
		_ = json.NewEncoder(w).Encode(map[string]any{got: []string{all}})
	case "/text", "/garbage":
		_, _ = w.Write([]byte(all))
	case "/number":
		_, _ = w.Write([]byte(`{"n":` + strings.Trim(got, "canry-/+=") + `}`))
	case "/error":
		body(400, "application/json", string(marshal(all)))(w, r)
	case "/html":
		body(502, "text/html", "<title>"+all+"</title>")(w, r)
	case "/title": // the secret stands where the text is cut
		body(502, "text/html", "<title>"+strings.Repeat("x", maxExcerpt-15)+got+"</title>")(w, r)
	case "/redirect":
		http.Redirect(w, r, "http://"+strings.Map(hostOnly, got)+".example/?"+r.URL.RawQuery, http.StatusFound)
	case "/location":
		http.Redirect(w, r, "http://[::1"+got, http.StatusFound)
	case "/reset":
		hijacked("HTTP/1.1 200 "+all+"\r\nX: "+all+"\r\nContent-Length: x"+all+"\r\n\r\n", true)(w, r)
	}
}

func hostOnly(r rune) rune {
	if strings.ContainsRune("/+=", r) {
		return -1
	}
	return r
}
