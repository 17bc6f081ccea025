package config_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// auth loads one auth object.
func auth(t *testing.T, text string) config.Auth {
	t.Helper()
	return parse(t, `"baseURL": "https://api.example.com/v1", "auth": `+text+`,
		"endpoints": [{"id": "a", "name": "A", "method": "GET", "path": "/"}]`).Auth
}

func TestAuthIsNoneByDefault(t *testing.T) {
	a := parse(t, `"baseURL": "https://api.example.com", "endpoints": [{"id": "a", "name": "A", "method": "GET", "path": "/"}]`).Auth
	require.Equal(t, "none", a.Type)
	require.Nil(t, a.Settings)
}

func TestInvalidation(t *testing.T) {
	require.Equal(t, config.Invalidation{[]int{401}, true, 100 * time.Millisecond}, auth(t, `{"type": "none"}`).Invalidation)
	require.Equal(t, config.Invalidation{[]int{401, 403}, false, 0},
		auth(t, `{"type": "none", "tokenInvalidation": {"statusCodes": [401, 403, 401], "retryOnInvalidation": false, "retryDelay": "0s"}}`).Invalidation)
}

func TestSimpleAuth(t *testing.T) {
	secret := global.NewSecret("canary value")
	for text, want := range map[string]any{
		`{"type": "bearer"}`: &config.Bearer{global.NewSecret("")},
		`{"type": "bearer", "config": {"token": "${SECRET}"}}`:                             &config.Bearer{secret},
		`{"type": "bearer", "config": {"tokenEnvVar": "SECRET"}}`:                          &config.Bearer{secret},
		`{"type": "bearer", "config": {"tokenEnvVar": "NOBODY"}}`:                          &config.Bearer{global.NewSecret("")},
		`{"type": "bearer", "config": {"token": "a", "tokenEnvVar": "NOBODY"}}`:            &config.Bearer{global.NewSecret("a")},
		`{"type": "api_key", "config": {"apiKey": "${SECRET}"}}`:                           &config.APIKey{Key: secret, Header: "X-API-Key"},
		`{"type": "api_key", "config": {"apiKeyEnvVar": "SECRET", "headerName": "X-Key"}}`: &config.APIKey{Key: secret, Header: "X-Key"},
		`{"type": "api_key", "config": {"keyEnvVar": "SECRET", "queryParam": "key"}}`:      &config.APIKey{Key: secret, QueryParam: "key"},
		`{"type": "basic", "config": {"username": "joe", "password": "${SECRET}"}}`:        &config.Basic{Username: "joe", Password: secret},
		`{"type": "oauth2_external", "config": {"client_id": "c", "tokenURL": "https://l/{tenantId}"}}`: &config.OAuth2{
			ClientID: "c", ClientSecret: global.NewSecret(""), TokenURL: "https://l/common",
		},
	} {
		require.Equal(t, want, auth(t, text).Settings, text)
	}
}

func TestOAuth2(t *testing.T) {
	a := auth(t, `{"type": "oauth2_device", "config": {"clientId": "c", "clientSecret": "${SECRET}", "tenantId": "contoso.example", "scope": "a b",
		"deviceCodeURL": "https://login.example.com/{tenantId}/device?x={tenantId}", "token_endpoint": "https://login.example.com/{tenantId}/token",
		"revocationURL": "https://login.example.com/revoke", "issuer": "https://login.example.com"}}`)
	require.Equal(t, &config.OAuth2{
		ClientID: "c", ClientSecret: global.NewSecret("canary value"), Scope: "a b",
		AuthorizationURL: "https://login.example.com/contoso.example/device?x=contoso.example",
		TokenURL:         "https://login.example.com/contoso.example/token",
		RevocationURL:    "https://login.example.com/revoke", Issuer: "https://login.example.com",
	}, a.Settings)
	a = auth(t, `{"type": "oauth2_code", "config": {"clientId": "c", "authorizationURL": "https://l/a", "tokenURL": "https://l/t",
		"extraParams": {"prompt": "consent", "state": "x"}}}`)
	require.Equal(t, map[string]string{"prompt": "consent"}, a.Settings.(*config.OAuth2).ExtraParams)
	a = auth(t, `{"type": "oauth2_client_credentials", "config": {"clientId": "c", "clientSecret": "s", "tokenURL": "https://l/t", "audience": "x"}}`)
	require.Equal(t, "x", a.Settings.(*config.OAuth2).Audience)
}

func TestSessionJWT(t *testing.T) {
	a := auth(t, `{"type": "session_jwt", "config": {"loginURL": "/login", "tokenPath": "token",
		"loginBody": {"user": "${SECRET}", "list": [1, true, null]}, "expiresIn": 90, "refreshURL": "https://other.example.com/r"}}`)
	require.Equal(t, &config.SessionJWT{
		LoginURL: "https://api.example.com/v1/login", LoginMethod: "POST", LoginContentType: "application/json",
		LoginBody: map[string]any{"user": "canary value", "list": []any{json.Number("1"), true, nil}},
		TokenPath: "token", TokenType: "Bearer", TokenLocation: "header",
		HeaderName: "Authorization", HeaderFormat: "{tokenType} {token}", CookieFormat: "{token}",
		ExpiresIn: 90 * time.Second, RefreshURL: "https://other.example.com/r", RefreshMethod: "POST", RefreshTokenLocation: "body",
	}, a.Settings)
	s := auth(t, `{"type": "session_jwt", "config": {"loginURL": "https://l/login", "loginFormBody": {"p": "${SECRET}"}, "tokenPath": "token",
		"tokenLocation": "cookie", "cookieName": "sid", "expiresIn": "1h"}}`).Settings.(*config.SessionJWT)
	require.Equal(t, "canary value", s.LoginFormBody["p"].Reveal())
	require.Equal(t, "application/x-www-form-urlencoded", s.LoginContentType)
	require.Equal(t, "sid", s.CookieName)
	require.Equal(t, time.Hour, s.ExpiresIn)
}

func TestUserCredentials(t *testing.T) {
	a := auth(t, `{"type": "user_credentials", "config": {"instructions": "i", "fields": [
		{"name": "key", "label": "Key", "description": "d", "location": "query"},
		{"name": "t", "location": "header", "paramName": "X-T"}]}}`)
	require.Equal(t, &config.UserCredentials{Instructions: "i", Fields: []config.CredentialField{
		{Name: "key", Label: "Key", Description: "d", Location: "query", ParamName: "key"},
		{Name: "t", Label: "t", Location: "header", ParamName: "X-T"},
	}}, a.Settings)
}
