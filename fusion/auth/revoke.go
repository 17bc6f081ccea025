package auth

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// revokeTimeout is how long a provider may take to take a token back.
const revokeTimeout = 10 * time.Second

// disconnect deletes the tokens here, and then takes them back at the provider. A
// renewal that runs meanwhile finds nothing left, and takes back what it got.
func (o *oauth) disconnect(ctx context.Context, tenant *db.Tenant) (revoked bool, err error) {
	if o.connector.CancelDevice(tenant) {
		o.forgetDevice(tenant, o.connector.signIn(tenant))
	}
	token, err := tenant.OAuthToken(o.connector.Service)
	if errors.Is(err, db.ErrNotFound) {
		return false, err
	}
	unreadable := err != nil
	if err := tenant.DeleteOAuthToken(o.connector.Service); err != nil {
		return false, err
	}
	if unreadable {
		return false, nil
	}
	if next := o.shared.lapses.unsaved(o.key(tenant), token.UpdatedAt); next != nil {
		token = merged(token, next)
	}
	o.shared.lapses.forget(o.key(tenant))
	return o.mayRevoke(token) && o.provider.revoke(ctx, token), nil
}

// mayRevoke reports whether a token may be sent to the revocation endpoint: where
// it was meant to go when it was connected, or where it goes anyway.
func (o *oauth) mayRevoke(token *db.OAuthTokenData) bool {
	if len(token.Origins) == 0 {
		return true
	}
	p := o.provider
	return slices.Contains(token.Origins, p.revocationOrigin) || p.revocationOrigin == p.tokenOrigin && p.isFor(token)
}

// takeBack revokes what nobody will use, in its own time; unless the tenant has a
// connection, which may be of the same account: several providers revoke all that
// a person has allowed the client.
func (o *oauth) takeBack(tenant *db.Tenant, token *db.OAuthTokenData) {
	stands, err := o.noted(tenant) // which needs no key: the API token at hand may have ended
	if stands.Service != "" || err != nil && !errors.Is(err, db.ErrTenantNotFound) {
		return
	}
	o.shared.start(func(ctx context.Context) { o.provider.revoke(ctx, token) })
}

// revoke takes a connection back at the provider (RFC 7009), and reports whether
// the provider says so. The refresh token takes its access tokens with it (§2.1).
func (p *provider) revoke(ctx context.Context, token *db.OAuthTokenData) bool {
	if p.RevocationURL == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTimeout)
	defer cancel()
	inHeader := p.inHeader.Load()
	return p.takeBack(ctx, token, inHeader) || !p.ClientSecret.IsEmpty() && p.takeBack(ctx, token, !inHeader)
}

func (p *provider) takeBack(ctx context.Context, token *db.OAuthTokenData, inHeader bool) bool {
	form := strings.NewReader(p.revocation(token, inHeader).Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.RevocationURL, form)
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if inHeader {
		r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret.Reveal()))
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection can be used again
	return answer.StatusCode == http.StatusOK
}

func (p *provider) revocation(token *db.OAuthTokenData, inHeader bool) url.Values {
	v := url.Values{"token": {cmp.Or(token.RefreshToken, token.AccessToken)}, "token_type_hint": {"refresh_token"}}
	if token.RefreshToken == "" {
		v.Set("token_type_hint", "access_token")
	}
	if inHeader {
		return v
	}
	v.Set("client_id", p.ClientID)
	if !p.ClientSecret.IsEmpty() {
		v.Set("client_secret", p.ClientSecret.Reveal())
	}
	return v
}
