package auth

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// none sends requests as they are.
type none struct{}

func (none) Apply(context.Context, *http.Request) (Sent, error) { return Sent{}, nil }

// static sends one credential, of the configuration or of a tenant. All of it
// is prepared beforehand.
type static struct {
	// problem is why nothing can be sent, or nil.
	problem error
	secrets []global.Secret
	header  string
	value   global.Secret
	// query is the encoded name=value for the URL; empty for a header.
	query global.Secret
}

// Apply implements Strategy.
func (s *static) Apply(_ context.Context, r *http.Request) (Sent, error) {
	switch {
	case s.problem != nil:
		return Sent{}, s.problem
	case s.query.IsEmpty():
		r.Header.Set(s.header, s.value.Reveal())
	default:
		addQuery(r, s.query.Reveal())
	}
	return Sent{Secrets: s.secrets}, nil
}

// addQuery adds an encoded name=value to the URL.
func addQuery(r *http.Request, pair string) {
	if r.URL.RawQuery != "" {
		pair = r.URL.RawQuery + "&" + pair
	}
	r.URL.RawQuery = pair
}

// newBearer sends Authorization: Bearer (RFC 6750).
func newBearer(from *config.Bearer) *static {
	token := from.Token.Reveal()
	return &static{
		problem: problem("bearer token", token),
		secrets: []global.Secret{from.Token},
		header:  "Authorization",
		value:   global.NewSecret("Bearer " + token),
	}
}

// newAPIKey sends a key in a header or in the query.
func newAPIKey(from *config.APIKey) *static {
	key := from.Key.Reveal()
	s := &static{
		problem: problem("API key", key),
		secrets: []global.Secret{from.Key},
		header:  from.Header,
		value:   from.Key,
	}
	if from.QueryParam != "" {
		s.query = global.NewSecret(url.QueryEscape(from.QueryParam) + "=" + url.QueryEscape(key))
	}
	return s
}

// newBasic sends user name and password (RFC 7617). Their encoded form is as
// good as the password itself, so it counts as a secret too, with and without
// its padding.
func newBasic(from *config.Basic) *static {
	password := from.Password.Reveal()
	encoded := base64.StdEncoding.EncodeToString([]byte(from.Username + ":" + password))
	given := from.Username + password
	secrets := []global.Secret{
		from.Password, global.NewSecret(encoded), global.NewSecret(strings.TrimRight(encoded, "=")),
	}
	if len(password) < realPassword {
		secrets = append(secrets, global.NewSecret(from.Username))
	}
	return &static{
		problem: problem("user name and password", given),
		secrets: secrets,
		header:  "Authorization",
		value:   global.NewSecret("Basic " + encoded),
	}
}

// realPassword is the length from which a password is taken for one. Where it
// is shorter, the user name may be the secret: several APIs take a key in its
// place, with nothing or an "X" for a password. Otherwise the user name may be
// part of what an API answers, and must stay there.
const realPassword = 8

// problem says why a credential cannot be sent, or returns nil. A control
// character would end the header; one at the end of a value is usually a line
// break from the file that the variable was read from.
func problem(what, value string) error {
	if value == "" {
		return &CredentialError{Detail: "this service has no credential for this tenant yet (" + what + ")"}
	}
	if config.HasControl(value) {
		return &CredentialError{Detail: "this service's credential (" + what + ") has a control character, such as a line " +
			"break, and cannot be sent"}
	}
	return nil
}
