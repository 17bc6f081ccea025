package mcpserver

import "container/list"

// bounded is a map that forgets what was not asked for the longest when it is
// full. It is not safe for concurrent use.
type bounded[K comparable, V any] struct {
	most    int
	entries map[K]*list.Element
	recent  *list.List // of entry[K, V], the last used in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newBounded[K comparable, V any](most int) *bounded[K, V] {
	return &bounded[K, V]{most, make(map[K]*list.Element), list.New()}
}

func (b *bounded[K, V]) get(key K) (value V, ok bool) {
	e, ok := b.entries[key]
	if !ok {
		return value, false
	}
	b.recent.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

// put adds a key that is not there.
func (b *bounded[K, V]) put(key K, value V) {
	if len(b.entries) == b.most {
		oldest := b.recent.Back()
		delete(b.entries, oldest.Value.(entry[K, V]).key)
		b.recent.Remove(oldest)
	}
	b.entries[key] = b.recent.PushFront(entry[K, V]{key, value})
}
