// Package auth gets the credential of a service and puts it on the requests to
// it.
//
// A credential is the operator's, from the configuration, or a tenant's own:
// values that it entered, or a connection to its account at an OAuth provider
// (RFC 6749). What it promises:
//
//   - A tenant's credential goes on requests of that tenant only, and a
//     connection's tokens only to the origins that it was made for.
//   - A connection is renewed before it expires, once for all calls that wait
//     for it, and what is new is stored before it is used. Nothing but the
//     provider's word (invalid_grant) ends it, and nothing here deletes it but
//     Disconnect.
//   - No token, code, password or client secret is in an error, in the log or
//     in anything that is returned for people; of what a provider says, nothing
//     passes but the error code of RFC 6749 §5.2.
package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// ErrUnsupportedType is returned by [New] for an auth type that this version
// does not have.
var ErrUnsupportedType = errors.New("auth: type is not supported by this version")

// Strategy is how one service's requests get their credential. It is used
// concurrently.
type Strategy interface {
	// Apply puts the credential on the request, which is complete except for
	// it.
	//
	// A [*CredentialError] means that there is no usable credential, and the
	// request must not be sent. An implementation that has to ask another
	// server for the credential ends with ctx.
	Apply(ctx context.Context, r *http.Request) (Sent, error)
}

// Sent is a credential as it was put on a request.
type Sent struct {
	// Secrets is what must be removed from everything that comes back: each
	// secret in the form in which it was sent.
	Secrets []global.Secret
	// Renew gets another credential after the API has refused this one, once for
	// all who call with it. It reports whether there is another one now. nil:
	// there never is.
	Renew func(ctx context.Context) (renewed bool, err error)
}

// CredentialError is returned when a service has no usable credential for the
// tenant. Its text is safe for clients: it says what is missing, and no
// secret.
type CredentialError struct {
	// Detail is a sentence without a full stop.
	Detail string
	// Connector is how the tenant can mend it; nil when only somebody else
	// can.
	Connector *Connector
	// Temporary tells that the same may work in a while.
	Temporary bool
}

// Error returns the detail.
func (e *CredentialError) Error() string { return e.Detail }

// Service is what is to be known of a service.
type Service struct {
	// Key is the service's in the configuration, Name is for people.
	Key, Name string
	Auth      config.Auth
	// Origins are those of the service's requests, as scheme://host:port.
	Origins []string
	// Client asks the provider for tokens. Its redirects are not followed.
	Client *http.Client
}

// New returns the strategy for a service, and how tenants connect to it, which
// is nil where there is nothing that a tenant could do. The error is
// [ErrUnsupportedType] with the name of the type, or says that the settings do
// not belong to the type.
//
// For bearer, api_key and basic the tenant's own credential comes first, and
// the configured one serves tenants without. Their values are called token,
// key, and username and password.
func New(s Service, shared *Connections) (Strategy, *Connector, error) {
	switch settings := s.Auth.Settings.(type) {
	case nil:
		if s.Auth.Type == "none" || s.Auth.Type == "" {
			return none{}, nil, nil
		}
	case *config.Bearer:
		return ownFirst(s, db.BearerTokens, bearerFields, newBearer(settings), func(v values) Strategy {
			return newBearer(&config.Bearer{Token: v.secret("token")})
		})
	case *config.APIKey:
		return ownFirst(s, db.APIKeys, keyFields, newAPIKey(settings), func(v values) Strategy {
			return newAPIKey(&config.APIKey{Key: v.secret("key"), Header: settings.Header, QueryParam: settings.QueryParam})
		})
	case *config.Basic:
		return ownFirst(s, db.BasicAuth, basicFields, newBasic(settings), func(v values) Strategy {
			return newBasic(&config.Basic{Username: v.secret("username").Reveal(), Password: v.secret("password")})
		})
	case *config.UserCredentials:
		return newUser(s, settings)
	case *config.OAuth2:
		return newOAuth(s, settings, shared)
	case *config.SessionJWT:
		return newSession(s, settings, shared), nil, nil
	}
	return nil, nil, fmt.Errorf("%w: %s", ErrUnsupportedType, s.Auth.Type)
}
