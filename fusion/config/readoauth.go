package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

func readDevice(o *object, _ *url.URL) any {
	settings := readOAuth2(o, []string{"authorizationURL", "deviceCodeURL", "device_endpoint"})
	o.needText("authorizationURL", "deviceCodeURL", "device_endpoint")
	return settings
}

func readCode(o *object, _ *url.URL) any {
	settings := readOAuth2(o, []string{"authorizationURL"})
	o.needText("authorizationURL")
	settings.ExtraParams = readExtraParams(o)
	return settings
}

func readClientCredentials(o *object, _ *url.URL) any {
	settings := readOAuth2(o, nil)
	o.needText("clientSecret")
	settings.Audience = o.text("", "audience")
	return settings
}

func readExternal(o *object, _ *url.URL) any {
	settings := readOAuth2(o, []string{"authorizationURL"})
	settings.ExtraParams = readExtraParams(o)
	return settings
}

// readOAuth2 reads what the four types have in common, and the authorization
// URL under the names that the type knows.
func readOAuth2(o *object, authorization []string) *OAuth2 {
	tenant := o.directory()
	a := &OAuth2{
		ClientID:      o.needString("clientId", "client_id"),
		ClientSecret:  o.secret("clientSecret"),
		TokenURL:      o.oauthURL(tenant, "tokenURL", "token_endpoint"),
		RevocationURL: o.oauthURL(tenant, "revocationURL"),
		Issuer:        o.oauthURL(tenant, "issuer"),
		Scope:         o.text("", "scope"),
	}
	o.needText("tokenURL", "token_endpoint")
	if len(authorization) > 0 {
		a.AuthorizationURL = o.oauthURL(tenant, authorization...)
	}
	return a
}

// directory reads what fills {tenantId} in URLs: not a tenant of the gateway
// but a directory of Microsoft Entra ID.
func (o *object) directory() string {
	const usual = "common"
	c, found := o.findText("tenantId")
	if !found {
		return usual
	}
	if !token.MatchString(c.node.text) || strings.ContainsAny(c.node.text, "#%") {
		c.problem("%s cannot be part of a URL's path; must be an identifier or a domain", c.quoted())
		return usual
	}
	return c.node.text
}

func (o *object) oauthURL(directory string, names ...string) string {
	c, found := o.findText(names...)
	if !found {
		return ""
	}
	u, reason := parseURL(strings.ReplaceAll(c.node.text, "{tenantId}", directory))
	if u == nil {
		c.badURL(reason)
	}
	return urlText(u)
}

// protocolParams are those that the gateway sets itself: a file that changed
// them would break what protects the sign-in.
var protocolParams = []string{"client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "state"}

func readExtraParams(o *object) map[string]string {
	params := o.strings("extraParams")
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if slices.Contains(protocolParams, name) {
			c, _ := o.find("extraParams")
			c.warn("%q is ignored; the gateway sets it", name)
			delete(params, name)
		}
	}
	return params
}
