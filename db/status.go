package db

import (
	"bytes"
	"fmt"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// TenantStatus says what a tenant is connected to. It is made of what stands
// in clear, and needs no key.
type TenantStatus struct {
	Tenant string `json:"tenant"`
	// Tokens are the prefixes of the tenant's API tokens.
	Tokens []string `json:"tokens"`
	// RekeyPending: see APITokenMetadata.
	RekeyPending bool `json:"rekey_pending"`
	// TemporaryKey tells that the tenant was taken over and none of its
	// tokens was presented since: its key stands in clear.
	TemporaryKey bool `json:"temporary_key"`
	// RecoveryOnly tells that the tenant was taken over with recovery on, and
	// has no token that opens its secrets: one is to be made with the recovery
	// key.
	RecoveryOnly bool         `json:"recovery_only"`
	Connections  []Connection `json:"connections"`
}

// worthSaying leaves out tenants with nothing to them.
func (s TenantStatus) worthSaying() bool {
	return s.RekeyPending || s.TemporaryKey || s.RecoveryOnly || len(s.Connections) > 0
}

// Status returns the status of all tenants that have a connection, a
// temporary key or a pending re-keying, in the order of their hashes. It is
// never nil without an error.
func (d *DB) Status() ([]TenantStatus, error) {
	list := []TenantStatus{}
	err := d.eachTenant(func(tx store.Tx, tenant hash) error {
		status, err := tenantStatus(tx, tenant)
		if err == nil && status.worthSaying() {
			list = append(list, status)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("status: %w", err)
	}
	return list, nil
}

func tenantStatus(tx store.Tx, tenant hash) (TenantStatus, error) {
	status := TenantStatus{Tenant: tenant.String(), Tokens: []string{}}
	for _, token := range tokensOf(tx, tenant) {
		record, err := readToken(tx, token)
		if err != nil {
			return status, err
		}
		status.Tokens = append(status.Tokens, record.Prefix)
		status.RekeyPending = status.RekeyPending || record.rekey
	}
	temporary, err := tx.Get(bucketTenants, temporarySlot(tenant))
	if err != nil {
		return status, err
	}
	status.TemporaryKey = temporary != nil
	if status.RecoveryOnly, err = isRecoveryOnly(tx, tenant); err != nil {
		return status, err
	}
	status.Connections, err = connections(tx, tenant)
	return status, err
}

// isRecoveryOnly reports whether a tenant's key is sealed to a recovery key and
// to no token.
func isRecoveryOnly(tx store.Tx, tenant hash) (bool, error) {
	for _, token := range tokensOf(tx, tenant) {
		if sealed, err := tx.Get(bucketTenants, memberKey(tenant, token)); len(sealed) > 0 || err != nil {
			return false, err
		}
	}
	sealed, err := tx.Get(bucketTenants, recoverySlot(tenant))
	return sealed != nil, err
}

// eachTenant calls fn for each tenant, for a page of them in one transaction.
// Tenants that come or go meanwhile may be missed. A transaction that is
// repeated repeats its page: the engine does that to writing ones only.
func (d *DB) eachTenant(fn func(tx store.Tx, tenant hash) error) error {
	for after := []byte(nil); ; {
		var page []hash
		err := d.store.View(func(tx store.Tx) error {
			page = tenantsAfter(tx, after)
			for _, tenant := range page {
				if err := fn(tx, tenant); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(page) < pageSize {
			return err
		}
		after = behind(page[len(page)-1])
	}
}

// tenantsAfter returns up to pageSize tenants whose keys follow a key. It skips
// what else a tenant has by seeking.
func tenantsAfter(tx store.Tx, after []byte) (page []hash) {
	for len(page) < pageSize {
		var tenant hash
		found := false
		for key := range tx.Range(bucketTenants, nil, after) {
			if found = len(key) > len(tenant); found {
				tenant = hash(key[:len(tenant)])
			}
			break
		}
		if !found {
			return page
		}
		page = append(page, tenant)
		after = behind(tenant)
	}
	return page
}

// behind is greater than all keys of a tenant, whose paths begin with a slash.
func behind(tenant hash) []byte { return append(bytes.Clone(tenant[:]), 0xff) }
