package db

import (
	"fmt"
	"slices"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// Rekey gives the tenant a new key pair and seals everything anew, in one
// transaction: what is stored from then on does not open with the old key,
// however somebody came by that. It needs the tenant's key, as reading a
// secret does. A token that was planted among the tenant's is ErrTampered.
func (t *Tenant) Rekey() error {
	return t.rekeyIf(func(store.Tx) (bool, error) { return true, nil })
}

// rekeyIf is Rekey where it is wanted.
func (t *Tenant) rekeyIf(wanted func(store.Tx) (bool, error)) error {
	next, err := vault.NewPrivateKey()
	if err != nil {
		return err
	}
	var old vault.PrivateKey
	var done bool
	err = t.withKey(func(t *Tenant) error {
		return t.db.store.Update(func(tx store.Tx) (err error) {
			if old, err = t.key(tx); err != nil {
				return err
			}
			if done, err = wanted(tx); err != nil || !done {
				return err
			}
			return t.rekey(tx, old, next)
		})
	})
	if done { // after an error too: it may have been stored
		t.db.keys.DropKey(old.Public())
	}
	if err != nil {
		return fmt.Errorf("re-key tenant %s: %w", t.ShortID(), err)
	}
	if done {
		t.keep(next)
	}
	return nil
}

func (t *Tenant) rekey(tx store.Tx, old, next vault.PrivateKey) error {
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return err
	}
	holders, err := members(tx, t.hash, old)
	if err != nil {
		return err
	}
	secrets, err := listSecrets(tx, t.hash)
	if err != nil {
		return err
	}
	for _, s := range secrets {
		if err := s.reseal(tx, t.hash, old, next.Public()); err != nil {
			return fmt.Errorf("%s of %s: %w", s.slot.kind, s.slot.service, err)
		}
	}
	sealings, err := t.db.sealings(t.hash, next, holders)
	if err != nil {
		return err
	}
	if err := putTenantKey(tx, t.hash, record, next.Public(), sealings); err != nil {
		return err
	}
	return settleRekey(tx, t.hash)
}

// sealing is a tenant's private key as it is stored for one holder; a nil value
// means that there is none for that one.
type sealing struct{ path, value []byte }

// sealings seals a tenant's key to its tokens and to the recovery key. It takes
// a while, so it is done before a transaction where that is possible.
func (d *DB) sealings(tenant hash, key vault.PrivateKey, holders []member) ([]sealing, error) {
	recovered, err := d.recovery.seal(tenant, key)
	list := []sealing{{recoverySlot(tenant), recovered}}
	for _, m := range holders {
		if err != nil {
			return nil, err
		}
		var value []byte
		value, err = m.seal(tenant, key)
		list = append(list, sealing{memberKey(tenant, m.token), value})
	}
	return list, err
}

// putTenantKey makes a key the tenant's.
func putTenantKey(tx store.Tx, tenant hash, record tenantRecord, public vault.PublicKey, sealings []sealing) error {
	record.Key = public[:]
	if err := putTenant(tx, tenant, record); err != nil {
		return err
	}
	for _, s := range sealings {
		if err := s.put(tx); err != nil {
			return err
		}
	}
	return nil
}

func (s sealing) put(tx store.Tx) error {
	if s.value == nil {
		return tx.Delete(bucketTenants, s.path)
	}
	return tx.Put(bucketTenants, s.path, s.value)
}

// storedSecret is a secret as it stands in the database. Its value belongs to
// the transaction.
type storedSecret struct {
	slot  slot
	value []byte
}

// listSecrets returns the secrets of a tenant.
func listSecrets(tx store.Tx, tenant hash) ([]storedSecret, error) {
	var list []storedSecret
	for _, kind := range []string{slotOAuth, slotCredentials} {
		prefix := slices.Concat(tenant[:], []byte("/"+kind+"/"))
		for key, value := range tx.Range(bucketTenants, prefix, nil) {
			s, ok := parseSlot(string(key[len(tenant):]))
			if !ok {
				return nil, fmt.Errorf("key %q: %w", key, errFormat)
			}
			list = append(list, storedSecret{s, value})
		}
	}
	return list, nil
}

func (s storedSecret) reseal(tx store.Tx, tenant hash, old vault.PrivateKey, to vault.PublicKey) error {
	h, sealed, err := decodeRecord(tenant, s.value)
	if err != nil {
		return err
	}
	plain, err := old.Open(s.slot.place(tenant), sealed)
	if err != nil {
		return err
	}
	if sealed, err = vault.Seal(to, s.slot.place(tenant), plain); err != nil {
		return err
	}
	value, err := encodeRecord(tenant, h, sealed)
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, s.slot.key(tenant), value)
}
