package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// tenantFirst sends the tenant's own credential for the service, else the one
// of the configuration, which all tenants share.
type tenantFirst struct {
	connector *Connector
	// own makes what is sent of a tenant's values.
	own    func(values) Strategy
	shared Strategy
}

// What tenants may have of their own, for types that can be shared.
var (
	bearerFields = []Field{{Name: "token", Label: "Bearer token"}}
	keyFields    = []Field{{Name: "key", Label: "API key"}}
	// Several APIs take a key for a user name, and no password.
	basicFields = []Field{{Name: "username", Label: "User name", sent: asUserName}, {Name: "password", Label: "Password", Optional: true}}
)

func ownFirst(s Service, kind db.CredentialKind, fields []Field, shared *static, own func(values) Strategy) (Strategy, *Connector, error) {
	c := &Connector{Service: s.Key, Name: s.Name, Way: ByValues, Fields: fields, Shared: shared.problem == nil, kind: kind}
	return &tenantFirst{c, own, shared}, c, nil
}

// Apply implements Strategy. The tenant is that of ctx; a request without one
// gets the shared credential.
func (s *tenantFirst) Apply(ctx context.Context, r *http.Request) (Sent, error) {
	with, err := s.choose(ctx)
	if err != nil {
		return Sent{}, err
	}
	sent, err := with.Apply(ctx, r)
	if missing, ok := errors.AsType[*CredentialError](err); ok {
		err = &CredentialError{Detail: missing.Detail, Connector: s.connector}
	}
	return sent, err
}

func (s *tenantFirst) choose(ctx context.Context) (Strategy, error) {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		return s.shared, nil
	}
	stored, err := tenant.Credentials(s.connector.kind, s.connector.Service)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return s.shared, nil
	case err != nil:
		return nil, unusable(err)
	}
	return s.own(stored.Data), nil
}

// unusable words why something that is stored cannot be used. Most errors are
// ours, and name tenant and service.
func unusable(err error) error {
	if errors.Is(err, db.ErrRecoveryOnly) {
		return &CredentialError{Detail: "what is stored for this service does not open with this API token; " +
			"ask the operator of this server for one that is made with the recovery key"}
	}
	return err
}

// values are what a tenant entered, by field name.
type values map[string]any

// secret returns a value; one that is missing, or no text, is empty.
func (v values) secret(name string) global.Secret {
	value, _ := v[name].(string)
	return global.NewSecret(value)
}

// TenantHash returns the 64 hex digits that name the tenant of a request's
// context; false when it has none.
func TenantHash(ctx context.Context) (hash string, ok bool) {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		return "", false
	}
	return tenant.Hash(), true
}
