package auth

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// askTimeout is how long one answer of a provider may take.
const askTimeout = 30 * time.Second

// provider is an OAuth provider, as one service uses it. It is used
// concurrently.
type provider struct {
	*config.OAuth2
	quirk  quirk
	scopes []string
	client *http.Client
	// inHeader tells that the provider takes the client's secret in the header
	// only (RFC 6749 §2.3.1).
	inHeader atomic.Bool
}

func newProvider(settings *config.OAuth2, client *http.Client) *provider {
	q := quirkOf(settings.TokenURL)
	return &provider{OAuth2: settings, quirk: q, scopes: q.scopesWith(settings.Scope), client: wantingJSON(client)}
}

// wantingJSON asks for answers as RFC 6749 §5.1 has them, of providers that
// would give others.
func wantingJSON(client *http.Client) *http.Client {
	if client == nil {
		client = &http.Client{}
	}
	asking := *client
	asking.Transport = jsonTransport{cmp.Or[http.RoundTripper](client.Transport, http.DefaultTransport)}
	return &asking
}

type jsonTransport struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t jsonTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	return t.RoundTripper.RoundTrip(r)
}

// config is what package oauth2 wants to know.
func (p *provider) config(inHeader bool) *oauth2.Config {
	style := oauth2.AuthStyleInParams
	if inHeader {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(), Scopes: p.scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL: p.AuthorizationURL, DeviceAuthURL: p.AuthorizationURL, TokenURL: p.TokenURL, AuthStyle: style,
		},
	}
}

// ask asks for a token. A provider that does not know the client by a secret in
// the body, where the large ones want it, is asked once more with it in the
// header: it has looked at nothing else then. (Package oauth2 would ask twice
// after every error, which spends codes.) The error is a *providerError.
func (p *provider) ask(ctx context.Context, do func(context.Context, *oauth2.Config) (*oauth2.Token, error)) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, p.client)
	inHeader := p.inHeader.Load()
	token, err := do(ctx, p.config(inHeader))
	if codeOf(err) == "invalid_client" && !p.ClientSecret.IsEmpty() {
		if token, err = do(ctx, p.config(!inHeader)); codeOf(err) != "invalid_client" {
			p.inHeader.Store(!inHeader)
		}
	}
	if err != nil {
		return nil, p.failure(err)
	}
	return token, nil
}

// refresh renews an access token (RFC 6749 §6).
func (p *provider) refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return p.ask(ctx, func(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
		return c.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	})
}

// What is kept of the scopes that a provider names.
const (
	maxScopes = 200
	maxScope  = 256 // bytes
)

// connection is a token as it is stored.
func (p *provider) connection(token *oauth2.Token) *db.OAuthTokenData {
	data := &db.OAuthTokenData{
		AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, TokenType: token.TokenType,
		Scope: p.granted(token.Extra("scope")),
	}
	if !token.Expiry.IsZero() {
		data.ExpiresAt = new(token.Expiry.UTC())
	}
	return data
}

// granted returns the scopes that a provider names, as RFC 6749 §3.3 has them or
// otherwise; those that were asked for, where it names none (§5.1).
func (p *provider) granted(named any) []string {
	var list []string
	switch named := named.(type) {
	case string:
		list = strings.FieldsFunc(named, func(r rune) bool { return r == ' ' || r == ',' })
	case []any:
		for _, scope := range named {
			if text, ok := scope.(string); ok {
				list = append(list, text)
			}
		}
	}
	var kept []string
	for _, scope := range list[:min(len(list), maxScopes)] {
		if len(scope) <= maxScope {
			kept = append(kept, scope)
		}
	}
	if len(kept) == 0 {
		return p.scopes
	}
	return kept
}
