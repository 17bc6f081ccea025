package auth

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// Limits of one answer of a provider, or of a login.
const (
	askTimeout = 30 * time.Second
	maxAnswer  = 1 << 20 // bytes
)

// provider is an OAuth provider, as one service uses it. It is used
// concurrently.
type provider struct {
	*config.OAuth2
	quirk  quirk
	scopes []string
	client *http.Client
	// tokenOrigin and revocationOrigin are those of its endpoints; the latter ""
	// for none.
	tokenOrigin, revocationOrigin string
	// inHeader tells that the provider takes the client's secret in the header
	// only (RFC 6749 §2.3.1).
	inHeader atomic.Bool
}

func newProvider(settings *config.OAuth2, client *http.Client) *provider {
	return &provider{
		OAuth2: settings, quirk: quirkOf(settings.TokenURL), scopes: strings.Fields(settings.Scope), client: asking(client),
		tokenOrigin: originAt(settings.TokenURL), revocationOrigin: originAt(settings.RevocationURL),
	}
}

// asking returns the client with which providers are asked.
func asking(client *http.Client) *http.Client {
	if client == nil {
		client = &http.Client{}
	}
	with := *client
	with.Transport = provided{cmp.Or[http.RoundTripper](client.Transport, http.DefaultTransport)}
	return &with
}

// provided asks for answers as RFC 6749 §5.1 has them, of providers that would give
// others, and reads each of them within askTimeout: package oauth2 waits for ever,
// and does not close all bodies.
type provided struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t provided) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	r = r.Clone(ctx)
	r.Header.Set("Accept", "application/json")
	answer, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		body = nil // package oauth2 would read null into a nil pointer, and use it
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
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

// afterClient are error codes of a provider that knows the client.
var afterClient = []string{"invalid_grant", "authorization_pending", "slow_down", "access_denied", "expired_token"}

// ask asks for a token. A provider that does not know the client by a secret in
// the body, where the large ones want it, is asked once more with it in the
// header: it has looked at nothing else then. (Package oauth2 would ask twice
// after every error, which spends codes.) The error is a *providerError.
func (p *provider) ask(ctx context.Context, do func(context.Context, *oauth2.Config) (*oauth2.Token, error)) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, p.client)
	inHeader := p.inHeader.Load()
	token, err := do(ctx, p.config(inHeader))
	if isUnknownClient(err) && !p.ClientSecret.IsEmpty() {
		if token, err = do(ctx, p.config(!inHeader)); err == nil || slices.Contains(afterClient, codeOf(err)) {
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
		Scope: granted(token.Extra("scope")),
	}
	if !token.Expiry.IsZero() {
		data.ExpiresAt = new(token.Expiry.UTC())
	}
	return data
}

// granted returns the scopes that a provider names, as RFC 6749 §3.3 has them or
// otherwise.
func granted(named any) (kept []string) {
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
	for _, scope := range list[:min(len(list), maxScopes)] {
		if len(scope) <= maxScope && isPrintable(scope) {
			kept = append(kept, scope)
		}
	}
	return kept
}

// isFor reports whether a connection's tokens may be sent to the provider.
func (p *provider) isFor(token *db.OAuthTokenData) bool {
	return slices.Contains(token.Origins, p.tokenOrigin)
}
