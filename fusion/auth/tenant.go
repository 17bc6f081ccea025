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
	service string
	kind    db.CredentialKind
	// own makes what is sent of a tenant's values.
	own    func(values) Strategy
	shared Strategy
}

// Apply implements Strategy. The tenant is that of ctx; a request without one
// gets the shared credential.
func (s *tenantFirst) Apply(ctx context.Context, r *http.Request) ([]global.Secret, error) {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		return s.shared.Apply(ctx, r)
	}
	stored, err := tenant.Credentials(s.kind, s.service)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return s.shared.Apply(ctx, r)
	case err != nil:
		return nil, unusable(err)
	}
	return s.own(stored.Data).Apply(ctx, r)
}

// unusable words why something that is stored cannot be used. Most errors are
// ours, and name tenant and service.
func unusable(err error) error {
	if errors.Is(err, db.ErrRecoveryOnly) {
		return &CredentialError{"what is stored for this service does not open with this API token; " +
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
