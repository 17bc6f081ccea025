package db

import (
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// ringed is under what the keyring has the key: a token that was presented must
// have opened it itself, so that one which somebody planted reads nothing.
func (t *Tenant) ringed() hash {
	if t.secret.IsEmpty() {
		return t.hash
	}
	return t.token
}

// keep puts the key on the keyring, for this token and for access by hash,
// where it may stay there: a change that comes later finds the key there and
// drops it.
func (t *Tenant) keep(key vault.PrivateKey) {
	until, err := t.keepUntil(key)
	if err != nil {
		return
	}
	now := time.Now()
	t.db.keys.Put(t.hash, key, until, now)
	t.db.keys.Put(t.ringed(), key, until, now)
	if still, err := t.keepUntil(key); err != nil || !still.Equal(until) {
		t.db.keys.Drop(t.hash)
		t.db.keys.Drop(t.ringed())
	}
}

// keepUntil returns when the token expires, zero for never. The error says why
// the key is not to stay in memory: it is not the tenant's any more, or the
// token is not let in any more; what was let in before may still open the key,
// for as long as that takes.
func (t *Tenant) keepUntil(key vault.PrivateKey) (until time.Time, err error) {
	err = t.db.store.View(func(tx store.Tx) error {
		tenant, err := readTenant(tx, t.hash)
		if err == nil && tenant.publicKey() != key.Public() {
			err = errKeyNotOpen
		}
		if err != nil || t.secret.IsEmpty() {
			return err
		}
		token, err := readToken(tx, t.token)
		if err != nil {
			return err
		}
		if token.expires != 0 {
			until = token.expiry()
		}
		return token.refusal(time.Now())
	})
	return until, err
}
