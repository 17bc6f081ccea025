package db

import (
	"fmt"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// Check looks anew at the API token that was presented: ErrInvalidToken for one
// that was deleted since, ErrTokenDisabled or ErrTokenExpired for one that is
// not let in any more, nil while it is. It is for work that outlives its
// request and ends by storing something, such as a sign-in. A tenant that is
// known by its hash alone has no token: then it only is ErrTenantNotFound or
// not. Any other error means that the database could not answer.
func (t *Tenant) Check() error {
	err := t.check()
	if err != nil && !isRefusal(err) {
		err = fmt.Errorf("look at tenant %s: %w", t.ShortID(), err)
	}
	return err
}

func (t *Tenant) check() error {
	if !t.secret.IsEmpty() {
		_, err := t.db.readLetIn(t.token)
		return err
	}
	return t.db.store.View(func(tx store.Tx) error {
		_, err := readTenant(tx, t.hash)
		return err
	})
}

// derivedLabel begins the purposes of keys that DeriveKey makes: none of them
// is one that this package uses itself.
const derivedLabel = "tenant/"

// DeriveKey returns a symmetric key of size bytes for one purpose (HKDF-SHA256
// of the tenant's private key): the same for all API tokens of the tenant, here
// and in another process, until the tenant is re-keyed. It opens the tenant's
// key as reading a secret does, with the errors of that.
func (t *Tenant) DeriveKey(purpose string, size int) ([]byte, error) {
	var key vault.PrivateKey
	err := t.withKey(func(t *Tenant) error {
		return t.db.store.View(func(tx store.Tx) (err error) {
			key, err = t.key(tx)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("derive a key of tenant %s: %w", t.ShortID(), err)
	}
	return key.Derive(derivedLabel+purpose, size)
}
