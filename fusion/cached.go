package fusion

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
)

// cacheKey is the hash of everything that an answer depends on.
type cacheKey [sha256.Size]byte

// answer returns an answer that is kept, or else fetches one.
func (c *call) answer(ctx context.Context) (*whole, error) {
	rules := c.tool.caching
	if rules == nil {
		return c.fetch(ctx)
	}
	key, err := c.key(ctx)
	if err != nil {
		return nil, err
	}
	if w, ok := c.cache.get(key, c.now()); ok {
		return w, nil
	}
	w, err := c.fetch(ctx)
	if err == nil && !w.broken {
		c.cache.put(key, w, c.now().Add(rules.TTL))
	}
	return w, err
}

// fetch sends what there is to send and reads the answer.
func (c *call) fetch(ctx context.Context) (*whole, error) {
	got := c.exchange(ctx)
	if got.err != nil {
		return nil, got.err
	}
	return c.whole(ctx, got)
}

// key is made of the tenant, the tool, and the whole request with the credential
// that would be sent now: so with another credential there is no answer from
// before, and a tenant that has lost its own is told so. What the configuration
// calls key can only tell more calls apart.
func (c *call) key(ctx context.Context) (key cacheKey, err error) {
	r, err := c.request(ctx)
	if err != nil {
		return key, err
	}
	if _, err := c.authorize(r); err != nil {
		return key, err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %q\n%s\n", tenantOf(ctx), c.tool.Name, c.tool.caching.Key, r.Method, r.URL, marshal(c.values))
	_ = r.Header.Write(h) // sorted by name; a hash takes everything
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		if _, err := io.Copy(h, r.Body); err != nil {
			return key, err
		}
	}
	return cacheKey(h.Sum(nil)), nil
}
