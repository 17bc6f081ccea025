package auth

import (
	"net/url"
	"slices"
	"strings"
)

// quirk is what a provider wants beyond the RFCs, so that each configuration
// need not know it.
type quirk struct {
	// hosts of the token endpoint.
	hosts []string
	// scopes without which there is nothing to renew a connection with.
	scopes []string
	// params of the authorization request, where the configuration's
	// extraParams have no other value for them.
	params map[string]string
	// ended are error codes that mean what invalid_grant does (RFC 6749 §5.2).
	ended []string
}

var quirks = []quirk{
	{
		// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#offline_access
		hosts:  []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"},
		scopes: []string{"offline_access"},
		ended:  []string{"interaction_required", "consent_required"},
	},
	{
		// https://developers.google.com/identity/protocols/oauth2/web-server#offline
		hosts:  []string{"oauth2.googleapis.com", "accounts.google.com", "www.googleapis.com"},
		params: map[string]string{"access_type": "offline", "prompt": "consent"},
	},
	{
		// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
		hosts: []string{"github.com"},
		ended: []string{"bad_refresh_token"},
	},
	{
		// https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/
		hosts: []string{"auth.atlassian.com"},
		ended: []string{"unauthorized_client"},
	},
	{
		// https://docs.slack.dev/authentication/using-token-rotation
		hosts: []string{"slack.com"},
		ended: []string{"invalid_refresh_token", "token_revoked", "token_expired"},
	},
}

// quirkOf returns the quirk of a token endpoint, which most have not.
func quirkOf(tokenURL string) quirk {
	u, err := url.Parse(tokenURL)
	if err != nil {
		return quirk{}
	}
	for _, q := range quirks {
		if slices.Contains(q.hosts, strings.ToLower(u.Hostname())) {
			return q
		}
	}
	return quirk{}
}

// scopesWith adds the scopes that the provider needs.
func (q quirk) scopesWith(scopes []string) []string {
	for _, needed := range q.scopes {
		if !slices.Contains(scopes, needed) {
			scopes = append(scopes, needed)
		}
	}
	return scopes
}
