package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

// Tenant is the right to act for a tenant, as one of its API tokens gave it:
// only Authenticate makes one that can open the tenant's secrets. It may be
// used by several goroutines at once, and not after the DB was closed.
//
// It carries the API token, which nothing prints.
type Tenant struct {
	db     *DB
	hash   hash
	token  hash
	secret global.Secret // the API token
}

// Hash returns the 64 hex digits that name the tenant: the hash of its first
// API token.
func (t *Tenant) Hash() string { return t.hash.String() }

// ShortID returns the first 8 digits of Hash, for logs.
func (t *Tenant) ShortID() string { return t.Hash()[:8] }

// TokenHash returns the hash of the API token that was presented: 64 hex
// digits.
func (t *Tenant) TokenHash() string { return t.token.String() }

// Authenticate returns the tenant of an API token. It costs one hash and one
// read transaction, and never a write: when the token was last used is kept in
// memory for a few seconds.
//
// Whatever is not an API token of this database is ErrInvalidToken. Any other
// error means that the database could not answer.
func (d *DB) Authenticate(token string) (*Tenant, error) {
	id, ok := hashToken(token)
	if !ok {
		return nil, ErrInvalidToken
	}
	tenant := &Tenant{db: d, token: id, secret: global.NewSecret(token)}
	err := d.store.View(func(tx store.Tx) error {
		value, err := tx.Get(bucketIndex, byHashKey(id))
		if err != nil {
			return err
		}
		if value == nil {
			return ErrInvalidToken
		}
		tenant.hash, err = tokenTenant(id, value)
		return err
	})
	if errors.Is(err, ErrInvalidToken) {
		return nil, ErrInvalidToken
	}
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	d.used.mark(id, time.Now())
	return tenant, nil
}

// ValidateAPIToken returns whether token is an API token of this database, and
// if so, the hash of its tenant, whose secrets this process can then read by
// that hash. A token that is not is no error. It counts as a use of the token.
func (d *DB) ValidateAPIToken(token string) (valid bool, hash string, err error) {
	tenant, err := d.Authenticate(token)
	switch {
	case errors.Is(err, ErrInvalidToken):
		return false, "", nil
	case err != nil:
		return false, "", err
	}
	err = tenant.unlock()
	switch {
	case errors.Is(err, ErrInvalidToken):
		return false, "", nil // deleted in this moment
	case err != nil:
		return false, "", err
	}
	return true, tenant.Hash(), nil
}

// contextKey is private, so that nothing but NewContext puts a tenant into a
// context.
type contextKey struct{}

// NewContext returns a context that carries the tenant of a request.
func NewContext(ctx context.Context, tenant *Tenant) context.Context {
	return context.WithValue(ctx, contextKey{}, tenant)
}

// FromContext returns the tenant that NewContext put into the context.
func FromContext(ctx context.Context) (*Tenant, bool) {
	tenant, _ := ctx.Value(contextKey{}).(*Tenant)
	return tenant, tenant != nil
}
