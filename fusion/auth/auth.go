// Package auth puts a service's credential on the requests to it.
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
	// it. It returns what must be removed from everything that comes back:
	// each secret in the form in which it was sent.
	//
	// A [*CredentialError] means that there is no usable credential, and the
	// request must not be sent. An implementation that has to ask another
	// server for the credential ends with ctx.
	Apply(ctx context.Context, r *http.Request) ([]global.Secret, error)
}

// CredentialError is returned when a service has no usable credential for the
// tenant. Its text is safe for clients: it says what is missing, and no
// secret.
type CredentialError struct {
	// Detail is a sentence without a full stop.
	Detail string
}

// Error returns the detail.
func (e *CredentialError) Error() string { return e.Detail }

// New returns the strategy for the auth of the service with that key. The
// error is [ErrUnsupportedType] with the name of the type, or says that the
// settings do not belong to the type.
//
// For bearer, api_key and basic the tenant's own credential comes first, and
// the configured one serves tenants without. Their values are called token,
// key, and username and password.
func New(service string, from config.Auth) (Strategy, error) {
	switch settings := from.Settings.(type) {
	case nil:
		if from.Type == "none" || from.Type == "" {
			return none{}, nil
		}
	case *config.Bearer:
		return &tenantFirst{service, db.BearerTokens, func(v values) Strategy {
			return newBearer(&config.Bearer{Token: v.secret("token")})
		}, newBearer(settings)}, nil
	case *config.APIKey:
		return &tenantFirst{service, db.APIKeys, func(v values) Strategy {
			return newAPIKey(&config.APIKey{Key: v.secret("key"), Header: settings.Header, QueryParam: settings.QueryParam})
		}, newAPIKey(settings)}, nil
	case *config.Basic:
		return &tenantFirst{service, db.BasicAuth, func(v values) Strategy {
			return newBasic(&config.Basic{Username: v.secret("username").Reveal(), Password: v.secret("password")})
		}, newBasic(settings)}, nil
	case *config.OAuth2:
		return connected{service}, nil
	case *config.UserCredentials:
		return newUser(service, settings), nil
	}
	return nil, fmt.Errorf("%w: %s", ErrUnsupportedType, from.Type)
}
