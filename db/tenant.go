package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
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
	limits limits        // of the API token
	// recovered is the tenant's private key where a Proof brought it, instead
	// of an API token.
	recovered vault.PrivateKey
	// opened is the tenant's private key for the length of one withKey, where
	// it had to be opened for that.
	opened vault.PrivateKey
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
// memory for a few seconds. The exception is the first presentation after
// another token of the tenant ended, or after the tenant was taken over, which
// seals everything anew.
//
// Whatever is not an API token of this database is ErrInvalidToken; a known
// one may be ErrTokenExpired or ErrTokenDisabled. Any other error means that
// the database could not answer.
func (d *DB) Authenticate(token string) (*Tenant, error) {
	id, ok := hashToken(token)
	if !ok {
		return nil, ErrInvalidToken
	}
	record, err := d.readLetIn(id)
	switch {
	case isRefusal(err):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	tenant := &Tenant{db: d, hash: record.tenant, token: id, secret: global.NewSecret(token), limits: record.limits}
	d.used.mark(id, time.Now())
	if record.rekey {
		tenant.rekeyOnce()
	}
	return tenant, nil
}

// readAccess returns what authentication needs of a token's record, or
// ErrInvalidToken.
func (d *DB) readAccess(token hash) (record tokenRecord, err error) {
	err = d.store.View(func(tx store.Tx) error {
		value, err := tx.Get(bucketIndex, byHashKey(token))
		if err != nil {
			return err
		}
		if value == nil {
			return ErrInvalidToken
		}
		record, _, err = splitToken(token, value)
		return err
	})
	return record, err
}

// readLetIn is readAccess of a token that is let in now; the error says why it
// is not.
func (d *DB) readLetIn(token hash) (tokenRecord, error) {
	record, err := d.readAccess(token)
	if err == nil {
		err = record.refusal(time.Now())
	}
	return record, err
}

// isRefusal reports whether err says that a token is not let in, rather than
// that the database did not answer.
func isRefusal(err error) bool {
	return errors.Is(err, ErrInvalidToken) || errors.Is(err, ErrTokenExpired) || errors.Is(err, ErrTokenDisabled)
}

// ValidateAPIToken returns whether token is an API token of this database, and
// if so, the hash of its tenant, whose secrets this process can then read by
// that hash. A token that is not, or is not let in, is no error. It counts as a
// use of the token.
func (d *DB) ValidateAPIToken(token string) (valid bool, hash string, err error) {
	tenant, err := d.Authenticate(token)
	if err == nil {
		_, err = tenant.unlock() // a token that is deleted in this moment is invalid
	}
	switch {
	case isRefusal(err):
		return false, "", nil
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
