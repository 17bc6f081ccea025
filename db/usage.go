package db

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// counts are the calls of a tenant.
type counts struct {
	calls, failed uint64
	last          int64 // Unix time in nanoseconds
}

func (c counts) plus(more counts) counts {
	return counts{c.calls + more.calls, c.failed + more.failed, max(c.last, more.last)}
}

const countsSize = 3 * 8

func (c counts) encode(tenant hash) []byte {
	b := binary.BigEndian.AppendUint64(nil, c.calls)
	b = binary.BigEndian.AppendUint64(b, c.failed)
	return withHead(tenant, binary.BigEndian.AppendUint64(b, uint64(c.last)))
}

func decodeCounts(tenant hash, value []byte) (counts, error) {
	content, err := withoutHead(tenant, value)
	if err != nil || len(content) != countsSize {
		return counts{}, fmt.Errorf("statistics of tenant %s: %w", tenant, errFormat)
	}
	return counts{
		binary.BigEndian.Uint64(content), binary.BigEndian.Uint64(content[8:]), int64(binary.BigEndian.Uint64(content[16:])),
	}, nil
}

const pathStats = "stats/"

func statsKey(tenant hash) []byte { return slices.Concat([]byte(pathStats), tenant[:]) }

// usage holds the calls that are not written yet.
type usage struct {
	mu sync.Mutex // guards of; held for moments only, never during I/O
	of map[hash]counts
}

func (u *usage) add(tenant hash, more counts) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of == nil {
		u.of = map[hash]counts{}
	}
	u.of[tenant] = u.of[tenant].plus(more)
}

func (u *usage) get(tenant hash) counts {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.of[tenant]
}

// pending returns a copy of all.
func (u *usage) pending() map[hash]counts {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.of)
}

// putCounts adds to what is stored. A tenant that was deleted meanwhile is left
// out.
func putCounts(tx store.Tx, added map[hash]counts) error {
	for tenant, more := range added {
		known, err := tx.Get(bucketTenants, metadataKey(tenant))
		if err != nil {
			return err
		}
		if known == nil {
			continue
		}
		stored, err := readCounts(tx, tenant)
		if err != nil {
			return err
		}
		if err := tx.Put(bucketSystem, statsKey(tenant), stored.plus(more).encode(tenant)); err != nil {
			return err
		}
	}
	return nil
}

// readCounts returns zeros where nothing is stored, or nothing that can be
// read: figures are not worth failing for.
func readCounts(tx store.Tx, tenant hash) (counts, error) {
	value, err := tx.Get(bucketSystem, statsKey(tenant))
	if value == nil || err != nil {
		return counts{}, err
	}
	stored, err := decodeCounts(tenant, value)
	if err != nil {
		return counts{}, nil
	}
	return stored, nil
}

// written takes away what is stored now. If a write had been stored although it
// failed, its calls count twice.
func (u *usage) written(stored map[hash]counts) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for tenant, c := range stored {
		left := u.of[tenant]
		left.calls -= c.calls
		left.failed -= c.failed
		if left.calls == 0 {
			delete(u.of, tenant)
		} else {
			u.of[tenant] = left
		}
	}
}

// Count counts a call of a tool for Stats, and whether it failed. It is
// written within a few seconds.
func (t *Tenant) Count(failed bool) {
	one := counts{calls: 1, last: time.Now().UnixNano()}
	if failed {
		one.failed = 1
	}
	t.db.usage.add(t.hash, one)
}
