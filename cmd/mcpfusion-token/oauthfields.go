package main

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// oauthField is a field of an OAuth token as it is given.
type oauthField struct {
	// read reports whether the value is one that is allowed.
	read    func(value []byte, into *db.OAuthTokenData) bool
	allowed string
}

const plainText = "a text without line breaks and other control characters"

// oauthFields are those of db.OAuthTokenData.
var oauthFields = map[string]oauthField{
	"access_token":  {textOf(func(d *db.OAuthTokenData) *string { return &d.AccessToken }), plainText},
	"refresh_token": {textOf(func(d *db.OAuthTokenData) *string { return &d.RefreshToken }), plainText},
	"token_type":    {textOf(func(d *db.OAuthTokenData) *string { return &d.TokenType }), plainText},
	"account":       {textOf(func(d *db.OAuthTokenData) *string { return &d.Account }), plainText},
	"expires_at":    {readExpiry, "a time in RFC 3339, such as 2027-01-31T12:00:00Z"},
	"scope":         {readScope, "a list of scopes, or one text with spaces between them"},
	"origins":       {readOrigins, "a list of addresses without a path, such as https://api.example.com"},
	// Storing fills these in, so what a copy says is not used.
	"created_at": {isTime, "a time in RFC 3339"},
	"updated_at": {isTime, "a time in RFC 3339"},
}

func isPlain(text string) bool { return !strings.ContainsFunc(text, unicode.IsControl) }

func textOf(field func(*db.OAuthTokenData) *string) func([]byte, *db.OAuthTokenData) bool {
	return func(value []byte, into *db.OAuthTokenData) bool {
		text := field(into)
		return json.Unmarshal(value, text) == nil && isPlain(*text)
	}
}

func readExpiry(value []byte, into *db.OAuthTokenData) bool {
	return json.Unmarshal(value, &into.ExpiresAt) == nil
}

func isTime(value []byte, _ *db.OAuthTokenData) bool {
	return json.Unmarshal(value, new(time.Time)) == nil
}

// readScope takes the list of db.OAuthTokenData and the text of RFC 6749,
// section 3.3.
func readScope(value []byte, into *db.OAuthTokenData) bool {
	var text string
	if json.Unmarshal(value, &text) == nil {
		into.Scope = strings.Fields(text)
		return isPlain(text)
	}
	if json.Unmarshal(value, &into.Scope) != nil {
		return false
	}
	return !slices.ContainsFunc(into.Scope, func(scope string) bool { return scope == "" || !isPlain(scope) })
}

func readOrigins(value []byte, into *db.OAuthTokenData) bool {
	if json.Unmarshal(value, &into.Origins) != nil {
		return false
	}
	for i, text := range into.Origins {
		if into.Origins[i] = originOf(text); into.Origins[i] == "" {
			return false
		}
	}
	return true
}

// originOf returns the origin that a text names, or "" for what is more or less
// than one.
func originOf(text string) string {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Hostname() == "" || *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) {
		return ""
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return auth.Origin(u)
}
