package interop

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// mockSettings are those of mock.mjs.
type mockSettings struct {
	// Answer changes the fields of each answer with a token; nil leaves one
	// out.
	Answer map[string]any `json:"answer,omitempty"`
	// SingleUse makes a refresh token good for one use.
	SingleUse bool `json:"singleUse,omitempty"`
	// SeldomRefreshToken gives a refresh token with the first sign-in, and
	// with one that asks for it by prompt=consent and access_type=offline, as
	// Google does.
	SeldomRefreshToken bool `json:"seldomRefreshToken,omitempty"`
}

// mockServer is oauth2-mock-server from npm: whoever comes is johndoe, and
// clients need not be known.
type mockServer struct{ Issuer string }

func startMockServer(t *testing.T, settings mockSettings) *mockServer {
	t.Helper()
	m := &mockServer{}
	startPeer(t, "mock.mjs", settings, m)
	return m
}

func (m *mockServer) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: "any", RedirectURL: callbackURL, Scopes: []string{"a", "b"},
		Endpoint: oauth2.Endpoint{AuthURL: m.Issuer + "/authorize", TokenURL: m.Issuer + "/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// requests are the grant types of all so far.
func (m *mockServer) requests(t *testing.T) (grants []string) {
	t.Helper()
	response, err := http.Get(m.Issuer + "/test/requests")
	require.NoError(t, err)
	defer response.Body.Close()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&grants))
	return grants
}

// signInAtOnce is for servers that redirect to the client without asking.
func signInAtOnce(t *testing.T, config *oauth2.Config, options ...oauth2.AuthCodeOption) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	ask, err := http.NewRequest(http.MethodGet, config.AuthCodeURL("s", append(options, oauth2.S256ChallengeOption(verifier))...), nil)
	require.NoError(t, err)
	response, err := http.DefaultTransport.RoundTrip(ask)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	back, err := url.Parse(response.Header.Get("Location"))
	require.NoError(t, err)
	token, err := config.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
	require.NoError(t, err)
	return token
}

func refreshWith(ctx context.Context, config *oauth2.Config, refreshToken string) (*oauth2.Token, error) {
	return config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
}

func TestMockAnswersWithoutExpiryAndScopesAsAList(t *testing.T) {
	m := startMockServer(t, mockSettings{Answer: map[string]any{"expires_in": nil, "scope": []string{"a", "b"}}})
	token := signInAtOnce(t, m.config())
	require.Zero(t, token.Expiry)
	require.Zero(t, token.ExpiresIn)
	require.Equal(t, []any{"a", "b"}, token.Extra("scope"))
	for want, client := range map[int]*http.Client{200: m.config().Client(t.Context(), token), 401: http.DefaultClient} {
		response, err := client.Get(m.Issuer + "/api/me")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode)
	}
}

func TestMockAnswersWithOtherTypes(t *testing.T) {
	m := startMockServer(t, mockSettings{Answer: map[string]any{"expires_in": "60", "token_type": nil, "id_token": nil}})
	token := signInAtOnce(t, m.config())
	require.NotZero(t, token.Expiry)
	require.Equal(t, "60", token.Extra("expires_in"))
	require.Empty(t, token.TokenType)
	require.Nil(t, token.Extra("id_token"))
}

func TestMockRefreshTokensAreForOneUse(t *testing.T) {
	m := startMockServer(t, mockSettings{SingleUse: true})
	first := signInAtOnce(t, m.config())
	second, err := refreshWith(t.Context(), m.config(), first.RefreshToken)
	require.NoError(t, err)
	require.NotEqual(t, first.RefreshToken, second.RefreshToken)
	_, err = refreshWith(t.Context(), m.config(), first.RefreshToken)
	requireCode(t, "invalid_grant", err)
	_, err = refreshWith(t.Context(), m.config(), second.RefreshToken)
	require.NoError(t, err, "the others live on")
	require.Equal(t, []string{grantCode, grantRefresh, grantRefresh, grantRefresh}, m.requests(t))
}

func TestMockGivesARefreshTokenSeldom(t *testing.T) {
	m := startMockServer(t, mockSettings{SeldomRefreshToken: true})
	first := signInAtOnce(t, m.config())
	require.NotEmpty(t, first.RefreshToken)
	for range 2 {
		refreshed, err := refreshWith(t.Context(), m.config(), first.RefreshToken)
		require.NoError(t, err)
		require.Nil(t, refreshed.Extra("refresh_token"))
	}
	require.Empty(t, signInAtOnce(t, m.config()).RefreshToken)
	require.NotEmpty(t, signInAtOnce(t, m.config(), oauth2.AccessTypeOffline, oauth2.ApprovalForce).RefreshToken)
}
