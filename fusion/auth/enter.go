package auth

import (
	"context"
	"errors"

	"github.com/PivotLLM/MCPFusion/db"
)

// Enter stores what a person has entered, by field name; what was there is
// replaced. An [*InputError] means that nothing was.
func (c *Connector) Enter(tenant *db.Tenant, values map[string]string) error {
	return errNotYet
}

// InputError says what is wrong with values that were entered, by field name.
// Its texts are safe for clients, and hold nothing of the values.
type InputError struct {
	Fields map[string]string
}

// Error names no value.
func (e *InputError) Error() string { return "the values cannot be used" }

// Disconnect deletes the tenant's connection or values, and a sign-in that is
// under way. Where the provider offers it (RFC 7009), the tokens are revoked
// there first: revoked tells whether that was done. It is deleted all the same
// when it was not. db.ErrNotFound: there is nothing.
func (c *Connector) Disconnect(ctx context.Context, tenant *db.Tenant) (revoked bool, err error) {
	return false, errNotYet
}

var errNotYet = errors.New("not yet")
