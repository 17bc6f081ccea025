package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOriginsAreSchemeHostAndPort(t *testing.T) {
	for given, want := range map[string]string{
		"https://api.example.com":      "https://api.example.com:443",
		"HTTPS://API.Example.com:8443": "https://api.example.com:8443",
		"http://[::1]/":                "http://[::1]:80",
		"https://me@example.com":       "",
		"https://example.com/v1":       "",
		"https://example.com?":         "",
		"https://example.com?a=b":      "",
		"https://example.com#a":        "",
		"https://:443":                 "",
		"https://exam ple.com":         "",
		"ftp://example.com":            "",
		"example.com":                  "",
		"":                             "",
	} {
		require.Equal(t, want, originOf(given), given)
	}
}

// What is taken has an access token that a header can carry, and means the same
// when it is given again; what is not taken is not repeated.
func FuzzOAuthToken(f *testing.F) {
	for _, text := range []string{
		`{"access_token":"a","scope":[],"origins":[]}`, "", "null", "{}", "[]", "c4nary", `{"access_token":"c4nary"}`, `{"access_token":"a","scope":"b c","expires_at":null}`,
		`{"access_token":"a","scope":["b"],"origins":["https://a"],"account":"me","expires_at":"2027-01-31T12:00:00Z"}`,
		`{"access_token":{"c4nary":1}}`, `{"access_token":"a\n"}`, `{"access_token":"a","created_at":"2027-01-31T12:00:00Z"}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := parseOAuthToken(text)
		if err != nil {
			if !strings.Contains(err.Error(), "unknown field") {
				require.NotContains(t, err.Error(), "c4nary")
			}
			return
		}
		require.NotEmpty(t, token.AccessToken)
		require.True(t, isPlain(token.AccessToken+token.RefreshToken+token.TokenType+token.Account+strings.Join(token.Scope, "")))
		encoded, err := json.Marshal(token)
		if err != nil {
			return // a year that RFC 3339 cannot write, which the database refuses
		}
		again, err := parseOAuthToken(string(encoded))
		require.NoError(t, err)
		same, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(encoded), string(same))
	})
}
