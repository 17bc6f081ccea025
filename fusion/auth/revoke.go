package auth

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// revokeTimeout is how long a provider may take to take a token back.
const revokeTimeout = 10 * time.Second

// disconnect takes the tokens back at the provider, and deletes them here.
func (o *oauth) disconnect(ctx context.Context, tenant *db.Tenant) (revoked bool, err error) {
	o.connector.CancelDevice(tenant)
	o.shared.wait(ctx, o.key(tenant)) // what a renewal is about to store is to be taken back too
	token, err := tenant.OAuthToken(o.connector.Service)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return false, err
	case err == nil && (len(token.Origins) == 0 || o.isBound(token)):
		revoked = o.provider.revoke(ctx, token)
	}
	o.shared.lapses.forget(o.key(tenant))
	return revoked, tenant.DeleteOAuthToken(o.connector.Service)
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
