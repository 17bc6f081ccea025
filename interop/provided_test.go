package interop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

const callbackURL = "http://127.0.0.1:1/oauth/callback"

// The clients that the tests of the provider itself have.
var providerClients = []providerClient{
	{ID: "public", RedirectURIs: []string{callbackURL}},
	{ID: "basic", Secret: "s3cret", RedirectURIs: []string{callbackURL}},
	{ID: "post", Secret: "s3cret", AuthMethod: "client_secret_post", RedirectURIs: []string{callbackURL}},
}

// provided is a client at a provider.
type provided struct {
	*provider
	oauth2.Config
	ctx context.Context
}

func startProvided(t *testing.T, client string) *provided {
	t.Helper()
	p := startProvider(t, providerSettings{Clients: providerClients, Interval: 5})
	return p.as(client)
}

func (p *provider) as(client string) *provided {
	c := &provided{provider: p, Config: oauth2.Config{
		ClientID: client, Endpoint: p.endpoint(), RedirectURL: callbackURL, Scopes: []string{"openid", "profile", "api:read"},
	}}
	switch client {
	case "public":
		c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	case "basic":
		c.ClientSecret, c.Endpoint.AuthStyle = "s3cret", oauth2.AuthStyleInHeader
	case "post":
		c.ClientSecret, c.Endpoint.AuthStyle = "s3cret", oauth2.AuthStyleInParams
	}
	c.ctx = context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: p.outside})
	return c
}

// connect goes the whole way of a code.
func (c *provided) connect(t *testing.T, user string) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	back, err := url.Parse(c.signIn(t, c.AuthCodeURL("st4te", oauth2.S256ChallengeOption(verifier)), user))
	require.NoError(t, err)
	require.Equal(t, "st4te", back.Query().Get("state"))
	require.Equal(t, c.Issuer, back.Query().Get("iss"))
	token, err := c.Exchange(c.ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	require.NoError(t, err)
	return token
}

// refresh uses a refresh token, whatever the access token.
func (c *provided) refresh(refreshToken string) (*oauth2.Token, error) {
	return c.TokenSource(c.ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
}

// me asks the provider's API.
func (c *provided) me(t *testing.T, accessToken string) (status int, who account) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.api(), nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+accessToken)
	response, err := c.outside.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(response.Body).Decode(&who))
	return response.StatusCode, who
}

func (c *provided) requireDead(t *testing.T, accessToken string) {
	t.Helper()
	status, _ := c.me(t, accessToken)
	require.Equal(t, http.StatusUnauthorized, status)
}

func requireCode(t *testing.T, code string, err error) {
	t.Helper()
	var retrieve *oauth2.RetrieveError
	require.ErrorAs(t, err, &retrieve)
	require.Equal(t, code, retrieve.ErrorCode)
}

// claimsOf reads the id token, which came from the provider itself, so that its
// signature is not looked at.
func claimsOf(t *testing.T, token *oauth2.Token) (claims map[string]any) {
	t.Helper()
	idToken, ok := token.Extra("id_token").(string)
	require.True(t, ok)
	parts := strings.Split(idToken, ".")
	require.Len(t, parts, 3)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(payload, &claims))
	return claims
}
