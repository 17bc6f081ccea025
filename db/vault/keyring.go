package vault

import (
	"sync"
	"sync/atomic"
	"time"
)

// Keyring keeps the opened keys of tenants for a while, and what was opened
// with them as long as the key, so that opening is not paid for at each read.
// T is what its user makes of an opened text. It is safe for concurrent use.
type Keyring[T any] struct {
	limit, openedLimit int
	idle               time.Duration

	mu     sync.RWMutex // guards what follows; never held while a key is used
	keys   map[[32]byte]*ringed
	opened map[Place]*opened[T]
	closed bool
}

type ringed struct {
	key   PrivateKey
	until time.Time    // guarded by the ring's mu
	used  atomic.Int64 // Unix nanoseconds
	// opened are the places of the texts that go with this key; guarded by mu.
	opened map[Place]struct{}
}

// NewKeyring returns a ring of at most so many keys and opened texts. A key goes
// after it was idle for that long.
func NewKeyring[T any](keys, texts int, idle time.Duration) *Keyring[T] {
	return &Keyring[T]{limit: keys, openedLimit: texts, idle: idle, keys: map[[32]byte]*ringed{}, opened: map[Place]*opened[T]{}}
}

// Get returns the key of a holder, which is a tenant or one of its API tokens,
// and counts as a use of it. The zero key means that there is none.
func (r *Keyring[T]) Get(holder [32]byte, now time.Time) PrivateKey {
	r.mu.RLock()
	found := r.keys[holder]
	live := found != nil && !r.isOver(found, now)
	r.mu.RUnlock()
	if !live {
		return PrivateKey{}
	}
	// Only forward, and not at each use: the word is shared by all cores.
	if last := found.used.Load(); now.UnixNano()-last > int64(time.Second) {
		found.used.CompareAndSwap(last, now.UnixNano())
	}
	return found.key
}

// Put adds or replaces the key of a holder, which goes at the time until, or,
// where that is zero, when it is idle. The same key stays for as long as it was
// put for at the longest. When the ring is full, one goes that was idle for
// longer than most.
func (r *Keyring[T]) Put(holder [32]byte, key PrivateKey, until, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	there := r.keys[holder]
	if there == nil || there.key.Public() != key.Public() {
		r.drop(holder)
		if len(r.keys) >= r.limit {
			r.evict()
		}
		there = &ringed{key: key, until: until, opened: map[Place]struct{}{}}
		r.keys[holder] = there
	}
	there.until = later(there.until, until)
	there.used.Store(now.UnixNano())
}

// later takes zero for no end.
func later(a, b time.Time) time.Time {
	if a.IsZero() || b.IsZero() {
		return time.Time{}
	}
	if a.After(b) {
		return a
	}
	return b
}

// samples is among how many keys evict looks for the one that is idle for
// longest. Map order is random enough for that.
const samples = 16

// evict needs mu.
func (r *Keyring[T]) evict() {
	var oldest [32]byte
	var used int64
	seen := 0
	for holder, k := range r.keys {
		if at := k.used.Load(); seen == 0 || at < used {
			oldest, used = holder, at
		}
		if seen++; seen == samples {
			break
		}
	}
	r.drop(oldest)
}

// drop needs mu.
func (r *Keyring[T]) drop(holder [32]byte) {
	gone := r.keys[holder]
	if gone == nil {
		return
	}
	for at := range gone.opened {
		delete(r.opened, at)
	}
	delete(r.keys, holder)
}

// Drop forgets the key of a holder, and with it what it has opened, as all do
// that forget keys.
func (r *Keyring[T]) Drop(holder [32]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(holder)
}

// DropKey forgets a key, whoever holds it: another one took its place.
func (r *Keyring[T]) DropKey(public PublicKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for holder, k := range r.keys {
		if k.key.Public() == public {
			r.drop(holder)
		}
	}
}

// Clear forgets all keys.
func (r *Keyring[T]) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
}

// clear needs mu.
func (r *Keyring[T]) clear() {
	clear(r.keys)
	clear(r.opened)
}

// Close forgets all keys and takes no more.
func (r *Keyring[T]) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	r.closed = true
}

// Sweep forgets the keys that were idle for too long or whose time is over. Get does not return
// those any more; this frees them.
func (r *Keyring[T]) Sweep(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for holder, k := range r.keys {
		if r.isOver(k, now) {
			r.drop(holder)
		}
	}
}

// Len returns how many keys there are, those included that Sweep would drop.
func (r *Keyring[T]) Len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.keys)
}

// isOver needs mu, for reading at least.
func (r *Keyring[T]) isOver(k *ringed, now time.Time) bool {
	return now.UnixNano()-k.used.Load() > int64(r.idle) || !k.until.IsZero() && !now.Before(k.until)
}
