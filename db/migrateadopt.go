package db

import (
	"errors"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// adopt takes over tenants in one transaction. Where nothing is missing,
// nothing is written.
func (d *DB) adopt(page []*oldTenant) error {
	all := func(tx store.Tx) error {
		for _, old := range page {
			if err := d.adoptTenant(tx, old); err != nil {
				return err
			}
		}
		return nil
	}
	err := d.store.View(all) // which fails at what is to be written
	if errors.Is(err, store.ErrReadOnly) {
		err = d.store.Update(all)
	}
	return err
}

// adoptTenant sets what becomes of everything anew in each run. A tenant of
// which something is damaged here is left alone.
func (d *DB) adoptTenant(tx store.Tx, old *oldTenant) error {
	if old.token == nil && len(old.secrets) == 0 {
		return nil
	}
	old.key, old.left = keyNone, false
	tenant, err := d.adoptToken(tx, old)
	if err == nil && !old.left {
		err = old.adoptSecrets(tx, tenant)
	}
	switch {
	case errors.Is(err, errFormat):
		old.fail("what is stored here of the tenant is damaged")
	case errors.Is(err, ErrTenantNotFound):
		old.fail("there is no such tenant here")
	default:
		return err
	}
	return nil
}

// adoptToken returns the tenant that the token opens here.
func (d *DB) adoptToken(tx store.Tx, old *oldTenant) (tenant hash, err error) {
	record, err := readToken(tx, old.hash)
	switch {
	case err == nil:
		if old.token != nil {
			old.token.item.settle(MigratedBefore, "")
		}
		return record.tenant, nil
	case !errors.Is(err, ErrTokenNotFound), old.token == nil:
		return old.hash, notToken(err)
	}
	_, err = readTenant(tx, old.hash)
	switch {
	case err == nil:
		old.token.item.settle(MigrateSkipped, "it was deleted here, and other tokens open its tenant")
		return old.hash, nil
	case !errors.Is(err, ErrTenantNotFound):
		return old.hash, err
	}
	before, err := tx.Get(bucketSystem, takenOverKey(old.hash))
	if before != nil || err != nil {
		old.leave("it was taken over before, and deleted here")
		return old.hash, err
	}
	old.token.item.settle(Migrated, "")
	return old.hash, d.adoptNew(tx, old)
}

// leave skips a token with all that is its own.
func (o *oldTenant) leave(reason string) {
	o.left = true
	o.token.item.settle(MigrateSkipped, reason)
	for i := range o.secrets {
		o.secrets[i].item.settle(MigrateSkipped, reason)
	}
}

// notToken lets a missing token pass: its tenant may have others.
func notToken(err error) error {
	if errors.Is(err, ErrTokenNotFound) {
		return nil
	}
	return err
}

// adoptNew makes a tenant with the token, whose public key nobody knows yet.
func (d *DB) adoptNew(tx store.Tx, old *oldTenant) error {
	key, err := vault.NewPrivateKey()
	if err != nil {
		return err
	}
	// The next presentation replaces a key that stood in clear. One that is
	// sealed to the recovery key cannot be replaced by the token.
	record := tokenRecord{tenant: old.hash, limits: limits{rekey: !d.recovery.isOn()}, tokenText: old.token.text}
	if err := errors.Join(putToken(tx, old.hash, record), tx.Put(bucketSystem, takenOverKey(old.hash), nil)); err != nil {
		return err
	}
	if !old.token.lastUsed.IsZero() {
		if err := putLastUsed(tx, mark{old.hash, old.token.lastUsed.UnixNano()}); err != nil {
			return err
		}
	}
	sealings, err := d.sealings(old.hash, key, nil)
	if err != nil {
		return err
	}
	if err := putTenantKey(tx, old.hash, tenantRecord{CreatedAt: record.CreatedAt}, key.Public(), sealings); err != nil {
		return err
	}
	if d.recovery.isOn() {
		old.key = keyRecovery
		return nil
	}
	old.key = keyTemporary
	return putTemporary(tx, old.hash, key)
}

func (o *oldTenant) adoptSecrets(tx store.Tx, tenant hash) error {
	to, err := readTenant(tx, tenant)
	if err != nil {
		return err
	}
	for i := range o.secrets {
		if err := o.secrets[i].adopt(tx, tenant, to); err != nil {
			return err
		}
	}
	return nil
}

// adopt seals the secret to its tenant, unless there is one already.
func (s *oldSecret) adopt(tx store.Tx, tenant hash, to tenantRecord) error {
	there, err := tx.Get(bucketTenants, s.slot.key(tenant))
	switch {
	case err != nil:
		return err
	case there != nil:
		s.item.settle(MigratedBefore, "")
		return nil
	case !to.hasKey():
		s.item.settle(MigrateFailed, "its tenant has no key here yet: present its API token once, and try again")
		return nil
	}
	sealed, err := vault.Seal(to.publicKey(), s.slot.place(tenant), s.plain)
	if err != nil {
		return err
	}
	value, err := encodeRecord(tenant, s.hint, sealed)
	if err != nil {
		return err
	}
	s.item.settle(Migrated, "")
	return tx.Put(bucketTenants, s.slot.key(tenant), value)
}
