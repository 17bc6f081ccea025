package mcpserver

import (
	"context"
	"sync"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// tools is the configuration that is served, which another may replace.
type tools struct {
	mu      sync.RWMutex // guards the field below; held for moments only
	current *catalog
}

// lease is a request's hold on the configuration that it began with.
type lease struct {
	*catalog
	// end lets the configuration go. It may be called more than once.
	end func()
}

func (t *tools) lease() lease {
	t.mu.RLock()
	defer t.mu.RUnlock()
	c := t.current
	c.users.Add(1) // while it is the current one, so that nobody waits for users yet
	return lease{c, sync.OnceFunc(c.users.Done)}
}

// replace closes the former configuration when nothing runs with it any more.
func (t *tools) replace(next *catalog) {
	t.mu.Lock()
	former := t.current
	t.current = next
	t.mu.Unlock()
	if former != nil {
		go func() {
			former.users.Wait()
			former.fusion.Close()
		}()
	}
}

type leaseKey struct{}

// withLease gives a request its configuration, for as long as it lasts.
func (t *tools) withLease(ctx context.Context) (_ context.Context, end func()) {
	l := t.lease()
	return context.WithValue(ctx, leaseKey{}, l), l.end
}

// leaseOf returns the configuration that the request began with.
func leaseOf(ctx context.Context) lease { return ctx.Value(leaseKey{}).(lease) }

// Replace serves other tools from now on, and tells the clients that listen.
// Requests that have begun finish with the former ones, which are closed after
// the last of them. An error means that nothing was replaced.
func (s *Server) Replace(f *fusion.Fusion) error {
	next, err := newCatalog(f, s.logger, s.requests, s.connectURL, s.waits)
	if err != nil {
		return err
	}
	s.tools.replace(next)
	s.outdated.Store(false)
	s.listeners.announce()
	return nil
}

// Outdated makes /readyz say that the configuration has changed since and
// could not be used, until Replace.
func (s *Server) Outdated() { s.outdated.Store(true) }
