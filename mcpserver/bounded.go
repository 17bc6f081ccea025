package mcpserver

import (
	"container/list"
	"sync"
)

// bounded is a map that forgets what was not asked for the longest when it is
// full. It is safe for concurrent use.
type bounded[K comparable, V any] struct {
	most int

	mu      sync.Mutex // guards the fields below; held for moments only
	entries map[K]*list.Element
	recent  *list.List // of entry[K, V], the last used in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newBounded[K comparable, V any](most int) *bounded[K, V] {
	return &bounded[K, V]{most: most, entries: make(map[K]*list.Element), recent: list.New()}
}

func (b *bounded[K, V]) get(key K) (value V, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.entries[key]
	if !ok {
		return value, false
	}
	b.recent.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

// put returns the value that is kept: that of who came first.
func (b *bounded[K, V]) put(key K, value V) V {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.entries[key]; ok {
		return e.Value.(entry[K, V]).value
	}
	if len(b.entries) == b.most {
		oldest := b.recent.Back()
		delete(b.entries, oldest.Value.(entry[K, V]).key)
		b.recent.Remove(oldest)
	}
	b.entries[key] = b.recent.PushFront(entry[K, V]{key, value})
	return value
}

func (b *bounded[K, V]) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.entries)
}
