package vault

import "bytes"

// maxKept is the length of the longest sealed text that is kept opened, in
// bytes.
const maxKept = 16 << 10

// opened is a text that a key on the ring has opened.
type opened[T any] struct {
	by     *ringed
	sealed []byte
	value  T
}

// Opened returns what Keep was given with the same key, place and sealed bytes,
// if it is still there. So whoever asks with what is stored now, and has opened
// the key, gets what opening would give.
func (r *Keyring[T]) Opened(key PrivateKey, at Place, sealed []byte) (value T, ok bool) {
	r.mu.RLock()
	found := r.opened[at]
	r.mu.RUnlock()
	if found == nil || found.by.key.Public() != key.Public() || !bytes.Equal(found.sealed, sealed) {
		return value, false
	}
	return found.value, true
}

// Keep keeps an opened text with the key of a holder that has opened it, and
// only as long as that; one that is long, or whose key is not on the ring any
// more, it does not keep. When the ring is full, some other goes. The sealed
// bytes and the value must not change afterwards.
func (r *Keyring[T]) Keep(holder [32]byte, key PrivateKey, at Place, sealed []byte, value T) {
	if len(sealed) > maxKept {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	by := r.keys[holder]
	if by == nil || by.key.Public() != key.Public() {
		return
	}
	r.forget(at)
	for other := range r.opened {
		if len(r.opened) < r.openedLimit {
			break
		}
		r.forget(other)
	}
	r.opened[at] = &opened[T]{by, sealed, value}
	by.opened[at] = struct{}{}
}

// Forget forgets what stood at a place.
func (r *Keyring[T]) Forget(at Place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(at)
}

// forget needs mu.
func (r *Keyring[T]) forget(at Place) {
	if found := r.opened[at]; found != nil {
		delete(found.by.opened, at)
		delete(r.opened, at)
	}
}

// OpenedLen returns how many opened texts there are.
func (r *Keyring[T]) OpenedLen() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.opened)
}
