package db

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// sealed returns a secret as it is stored, with the key that opens it. It needs
// the key only where there is something to open, so that the absence of a
// secret costs no opening.
func (t *Tenant) sealed(tx store.Tx, s slot) (key vault.PrivateKey, value []byte, err error) {
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return key, nil, err
	}
	if !record.hasKey() {
		return key, nil, errKeyNotOpen // opening makes one
	}
	if value, err = tx.Get(bucketTenants, s.key(t.hash)); err != nil {
		return key, nil, err
	}
	if value == nil {
		return key, nil, ErrNotFound
	}
	key, err = t.key(tx)
	return key, value, err
}

func openRecord(key vault.PrivateKey, tenant hash, s slot, value []byte, v any) error {
	_, sealed, err := decodeRecord(tenant, value)
	if err != nil {
		return err
	}
	plain, err := key.Open(s.place(tenant), sealed)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, v) != nil {
		return ErrTampered // without the error, which may show what is in it
	}
	return nil
}

// update runs change in a writing transaction that has the tenant's public
// key, with the tenant as withKey gives it. It opens the tenant's key where
// needKey says so.
func (t *Tenant) update(s slot, needKey bool, change func(*Tenant, store.Tx, tenantRecord) error) error {
	err := s.check()
	if err == nil {
		err = t.withKey(func(t *Tenant) error {
			return t.db.store.Update(func(tx store.Tx) error {
				record, err := readTenant(tx, t.hash)
				if err != nil {
					return err
				}
				if needKey {
					if _, err := t.key(tx); err != nil {
						return err
					}
				}
				return change(t, tx, record)
			})
		})
		t.db.keys.Forget(s.place(t.hash)) // after an error too: it may have been stored
	}
	if err != nil {
		return t.failed("store", s, err)
	}
	return nil
}

// put seals v to the tenant. Only the public key is needed, so a sign-in that
// ends without the API token at hand can be stored.
func (t *Tenant) put(tx store.Tx, to tenantRecord, s slot, h hint, v any) error {
	if !to.hasKey() {
		return ErrLocked // no token of this tenant was presented since keys exist
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sealed, err := vault.Seal(to.publicKey(), s.place(t.hash), plain)
	if err != nil {
		return err
	}
	value, err := encodeRecord(t.hash, h, sealed)
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, s.key(t.hash), value)
}

// times are when a secret was first stored, which the hint keeps, because
// storing does not open what was there, and when it is stored now: always later
// than before, whatever the clock says, so that the latter tells two storings
// apart.
func (t *Tenant) times(tx store.Tx, s slot) (created, updated time.Time, err error) {
	now := time.Now().UTC()
	value, err := tx.Get(bucketTenants, s.key(t.hash))
	if value == nil || err != nil {
		return now, now, err
	}
	old, _, err := decodeRecord(t.hash, value)
	if err != nil {
		return now, now, nil // what cannot be read is replaced
	}
	if !now.After(old.UpdatedAt) {
		now = old.UpdatedAt.Add(1)
	}
	return old.CreatedAt, now, nil
}

// remove deletes a secret, or returns ErrNotFound.
func (t *Tenant) remove(s slot) error {
	return t.update(s, false, func(t *Tenant, tx store.Tx, _ tenantRecord) error {
		value, err := tx.Get(bucketTenants, s.key(t.hash))
		if err != nil {
			return err
		}
		if value == nil {
			return ErrNotFound
		}
		return tx.Delete(bucketTenants, s.key(t.hash))
	})
}

// failed adds what was being done. No value is part of it.
func (t *Tenant) failed(doing string, s slot, err error) error {
	what := "the OAuth token"
	if s.kind == slotCredentials {
		what = "the credential"
	}
	return fmt.Errorf("%s %s of tenant %s for %q: %w", doing, what, t.ShortID(), s.service, err)
}

// Connections returns what the tenant has OAuth tokens and credentials for. It
// reads only what stands in clear and needs no key.
func (t *Tenant) Connections() ([]Connection, error) {
	var list []Connection
	err := t.db.store.View(func(tx store.Tx) (err error) {
		if _, err := readTenant(tx, t.hash); err != nil {
			return err
		}
		list, err = connections(tx, t.hash)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the connections of tenant %s: %w", t.ShortID(), err)
	}
	return list, nil
}

func connections(tx store.Tx, tenant hash) ([]Connection, error) {
	list := []Connection{}
	secrets, err := listSecrets(tx, tenant)
	if err != nil {
		return nil, err
	}
	for _, s := range secrets {
		h, _, err := decodeRecord(tenant, s.value)
		connection := s.slot.connection(h)
		connection.Damaged = err != nil
		list = append(list, connection)
	}
	return list, nil
}
