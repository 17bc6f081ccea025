package fusion

import (
	"container/list"
	"sync"
	"time"
)

// Limits of what is kept of all tenants together. One answer gets a small part,
// so that it does not drive out all others.
const (
	maxKept      = 4096
	maxKeptBytes = 64 << 20
	maxKeptOne   = maxKeptBytes / 8
)

// cache keeps answers for a while. It forgets what was not asked for the longest
// when it is full. It is safe for concurrent use.
type cache struct {
	mu      sync.Mutex // guards the fields below; held for moments only
	entries map[cacheKey]*list.Element
	recent  *list.List // of *keptAnswer, the last used in front
	bytes   int
}

// keptAnswer is an answer until its end.
type keptAnswer struct {
	key    cacheKey
	answer *whole
	until  time.Time
}

func newCache() *cache {
	return &cache{entries: make(map[cacheKey]*list.Element), recent: list.New()}
}

// get returns an answer whose time is not over.
func (c *cache) get(key cacheKey, now time.Time) (*whole, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if !ok {
		return nil, false
	}
	k := e.Value.(*keptAnswer)
	if !now.Before(k.until) {
		c.drop(e)
		return nil, false
	}
	c.recent.MoveToFront(e)
	return k.answer, true
}

// put keeps an answer, unless it is too long.
func (c *cache) put(key cacheKey, answer *whole, until time.Time) {
	if answer.weight() > maxKeptOne {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok {
		c.drop(e)
	}
	c.entries[key] = c.recent.PushFront(&keptAnswer{key, answer, until})
	c.bytes += answer.weight()
	for c.bytes > maxKeptBytes || c.recent.Len() > maxKept {
		c.drop(c.recent.Back())
	}
}

// drop forgets an entry. The caller holds the lock.
func (c *cache) drop(e *list.Element) {
	k := e.Value.(*keptAnswer)
	delete(c.entries, k.key)
	c.recent.Remove(e)
	c.bytes -= k.answer.weight()
}

// weight is about how many bytes an answer takes.
func (w *whole) weight() int { return len(w.body) + 512 + 128*len(w.parts) }
