package vault

import (
	"sync"
	"sync/atomic"
	"time"
)

// Keyring keeps the opened keys of tenants for a while, so that opening one is
// not paid for at each read. It is safe for concurrent use.
type Keyring struct {
	limit int
	idle  time.Duration

	mu     sync.RWMutex // guards what follows; never held while a key is used
	keys   map[[32]byte]*ringed
	closed bool
}

type ringed struct {
	key  PrivateKey
	used atomic.Int64 // Unix nanoseconds
}

// NewKeyring returns a ring of at most limit keys, of which each goes after it
// was idle for that long.
func NewKeyring(limit int, idle time.Duration) *Keyring {
	return &Keyring{limit: limit, idle: idle, keys: make(map[[32]byte]*ringed)}
}

// Get returns a tenant's key and counts as a use of it. The zero key means
// that there is none.
func (r *Keyring) Get(tenant [32]byte, now time.Time) PrivateKey {
	r.mu.RLock()
	found := r.keys[tenant]
	r.mu.RUnlock()
	if found == nil || r.isIdle(found, now) {
		return PrivateKey{}
	}
	// Only forward, and not at each use: the word is shared by all cores.
	if last := found.used.Load(); now.UnixNano()-last > int64(time.Second) {
		found.used.CompareAndSwap(last, now.UnixNano())
	}
	return found.key
}

// Put adds or replaces a tenant's key. When the ring is full, one goes that
// was idle for longer than most.
func (r *Keyring) Put(tenant [32]byte, key PrivateKey, now time.Time) {
	added := &ringed{key: key}
	added.used.Store(now.UnixNano())
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if _, replaces := r.keys[tenant]; !replaces && len(r.keys) >= r.limit {
		r.evict()
	}
	r.keys[tenant] = added
}

// samples is among how many keys evict looks for the one that is idle for
// longest. Map order is random enough for that.
const samples = 16

// evict needs mu.
func (r *Keyring) evict() {
	var oldest [32]byte
	var used int64
	seen := 0
	for tenant, k := range r.keys {
		if at := k.used.Load(); seen == 0 || at < used {
			oldest, used = tenant, at
		}
		if seen++; seen == samples {
			break
		}
	}
	delete(r.keys, oldest)
}

// Drop forgets a tenant's key.
func (r *Keyring) Drop(tenant [32]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, tenant)
}

// Clear forgets all keys.
func (r *Keyring) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.keys)
}

// Close forgets all keys and takes no more.
func (r *Keyring) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.keys)
	r.closed = true
}

// Sweep forgets the keys that were idle for too long. Get does not return
// those any more; this frees them.
func (r *Keyring) Sweep(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for tenant, k := range r.keys {
		if r.isIdle(k, now) {
			delete(r.keys, tenant)
		}
	}
}

// Len returns how many keys there are, those included that Sweep would drop.
func (r *Keyring) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.keys)
}

func (r *Keyring) isIdle(k *ringed, now time.Time) bool {
	return now.UnixNano()-k.used.Load() > int64(r.idle)
}
