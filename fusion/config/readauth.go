package config

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// authReader reads the config of one auth type. base is nil when the
// service's baseURL is itself a known problem.
type authReader struct {
	name string
	read func(o *object, base *url.URL) any
}

var authReaders = []authReader{
	{"none", func(*object, *url.URL) any { return nil }},
	{"bearer", readBearer},
	{"api_key", readAPIKey},
	{"basic", readBasic},
	{"oauth2_device", readDevice},
	{"oauth2_code", readCode},
	{"oauth2_client_credentials", readClientCredentials},
	{"oauth2_external", readExternal},
	{"session_jwt", readSession},
	{"user_credentials", readUserCredentials},
}

func readAuth(service *object, base *url.URL) Auth {
	o := service.child("auth")
	auth := Auth{Type: "none", Position: o.position()}
	if !o.given {
		return auth
	}
	auth.Type = o.needChoice("type", authNames()...)
	config := o.child("config")
	for _, r := range authReaders {
		if r.name == auth.Type {
			auth.Settings = r.read(config, base)
			config.done() // the fields of an unknown type are unknown, too
		}
	}
	auth.Invalidation = readInvalidation(o.child("tokenInvalidation"))
	o.done()
	return auth
}

func authNames() []string {
	names := make([]string, len(authReaders))
	for i, r := range authReaders {
		names[i] = r.name
	}
	return names
}

func readInvalidation(o *object) Invalidation {
	v := Invalidation{
		RetryOnInvalidation: o.flag("retryOnInvalidation", true),
		RetryDelay:          o.duration("retryDelay", 100*time.Millisecond, 0, time.Minute),
	}
	for _, c := range o.list("statusCodes") {
		if code := c.whole(0, 400, 599); code > 0 && !slices.Contains(v.StatusCodes, code) {
			v.StatusCodes = append(v.StatusCodes, code)
		}
	}
	if _, said := o.find("statusCodes"); !said {
		v.StatusCodes = []int{401}
	}
	o.done()
	return v
}

func readBearer(o *object, _ *url.URL) any {
	return &Bearer{Token: o.secretOrVariable([]string{"token"}, []string{"tokenEnvVar"})}
}

func readAPIKey(o *object, _ *url.URL) any {
	k := &APIKey{
		Key:        o.secretOrVariable([]string{"key", "apiKey"}, []string{"keyEnvVar", "apiKeyEnvVar"}),
		QueryParam: o.text("", "queryParam"),
	}
	c, found := o.find("header", "headerName")
	switch {
	case found && k.QueryParam != "":
		c.problem("stands beside queryParam; the key goes to one place, so remove one")
	case found && c.is(kindString):
		k.Header = c.node.text
		c.checkHeaderName()
	case k.QueryParam == "":
		k.Header = "X-API-Key"
	}
	return k
}

// secretOrVariable reads a secret, or else the name of the variable that
// holds it. An unset variable is no problem: a tenant's own credential may
// serve.
func (o *object) secretOrVariable(value, variable []string) global.Secret {
	secret := o.secret(value...)
	c, found := o.findText(variable...)
	if !found || !secret.IsEmpty() {
		return secret
	}
	text, set := c.scope.lookup(c.node.text)
	if !set || text == "" {
		c.warn("the environment variable %s is not set or empty; only tenants with a credential of their own can use the service", c.quoted())
	}
	return global.NewSecret(text)
}

// readBasic takes an empty password, which some APIs want beside a key, but
// not a missing one.
func readBasic(o *object, _ *url.URL) any {
	b := &Basic{Username: o.text("", "username"), Password: o.secret("password")}
	name, hasName := o.find("username")
	_, hasPassword := o.find("password")
	switch {
	case hasName && !hasPassword:
		o.missing("\"password\" is missing beside the username; write both, or neither if each tenant has its own")
	case hasPassword && !hasName:
		o.missing("\"username\" is missing beside the password; write both, or neither if each tenant has its own")
	case strings.Contains(b.Username, ":"):
		name.problem("has a colon, which RFC 7617 does not allow in a user name")
	}
	return b
}
