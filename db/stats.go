package db

import (
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// Stats are figures about the database.
type Stats struct {
	Tokens        int   `json:"tokens"`
	Tenants       int   `json:"tenants"`
	Connections   int   `json:"connections"` // OAuth tokens
	Credentials   int   `json:"credentials"`
	TemporaryKeys int   `json:"temporary_keys"`
	FileBytes     int64 `json:"file_bytes"`
	FreeBytes     int64 `json:"free_bytes"` // of pages that hold nothing
	// Usage has the tenants that have called something, in the order of their
	// hashes.
	Usage []TenantUsage `json:"usage"`
}

// TenantUsage says what a tenant's tokens have called.
type TenantUsage struct {
	Tenant   string    `json:"tenant"`
	Calls    uint64    `json:"calls"`
	Errors   uint64    `json:"errors"`
	LastCall time.Time `json:"last_call"`
}

// Stats returns the figures of this moment, to within what happens while it
// counts.
func (d *DB) Stats() (Stats, error) {
	stats := Stats{Usage: []TenantUsage{}}
	err := d.eachTenant(func(tx store.Tx, tenant hash) error { return d.addStats(tx, tenant, &stats) })
	if err == nil {
		stats.FileBytes, stats.FreeBytes, err = d.store.Size()
	}
	if err != nil {
		return Stats{}, fmt.Errorf("statistics: %w", err)
	}
	return stats, nil
}

func (d *DB) addStats(tx store.Tx, tenant hash, stats *Stats) error {
	stats.Tenants++
	stats.Tokens += len(tokensOf(tx, tenant))
	temporary, err := tx.Get(bucketTenants, temporarySlot(tenant))
	if err != nil {
		return err
	}
	if temporary != nil {
		stats.TemporaryKeys++
	}
	secrets, err := listSecrets(tx, tenant)
	if err != nil {
		return err
	}
	for _, s := range secrets {
		if s.slot.kind == slotOAuth {
			stats.Connections++
		} else {
			stats.Credentials++
		}
	}
	stored, err := readCounts(tx, tenant)
	if all := stored.plus(d.usage.get(tenant)); all.calls > 0 {
		stats.Usage = append(stats.Usage, TenantUsage{tenant.String(), all.calls, all.failed, time.Unix(0, all.last).UTC()})
	}
	return err
}
