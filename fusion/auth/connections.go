package auth

import (
	"context"
	"sync"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// Connections is what outlives a configuration: sign-ins that are under way,
// and renewals. A process has one for all configurations that it serves after
// one another. It is safe for concurrent use.
type Connections struct {
	log      global.Logger
	noDevice bool
	renewals renewals
	lapses   lapses
	devices  devices
	codes    codes
	update   func(t *db.Tenant, service string, change func(old *db.OAuthTokenData) (*db.OAuthTokenData, error)) error // another one in tests

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup // what asks a provider on nobody's behalf
	closing sync.Mutex     // held while running grows, so that Close misses nothing
}

// ConnectionsOption changes what NewConnections makes.
type ConnectionsOption func(*Connections)

// WithoutDeviceFlow forbids sign-ins by a code that is entered at the provider:
// whoever is talked into entering it connects an account of theirs to somebody
// else's tenant.
func WithoutDeviceFlow() ConnectionsOption { return func(c *Connections) { c.noDevice = true } }

// NewConnections returns what configurations share. Close it.
func NewConnections(log global.Logger, opts ...ConnectionsOption) *Connections {
	c := &Connections{log: log, update: (*db.Tenant).UpdateOAuthToken}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	for _, opt := range opts {
		opt(c)
	}
	return c
}

const textStopping = "this server is being stopped"

var errStopping = &CredentialError{Detail: textStopping, Temporary: true}

// start runs f on nobody's behalf, with a context that ends with Close, which
// waits for it. It reports false, and runs nothing, after Close.
func (c *Connections) start(f func(ctx context.Context)) bool {
	c.closing.Lock()
	defer c.closing.Unlock()
	if c.ctx.Err() != nil {
		return false
	}
	c.running.Go(func() { f(c.ctx) })
	return true
}

// Close ends the sign-ins by code that are under way, lets renewals and sign-ins by
// browser finish, and tries once more to store what could not be: so no renewed
// token is lost while the database works and the API token that it was for is let
// in.
func (c *Connections) Close() {
	c.closing.Lock()
	c.cancel()
	c.closing.Unlock()
	c.running.Wait()
	for _, save := range c.lapses.kept() {
		if err := save(); err != nil {
			c.log.Errorf("a renewed connection is lost: %v", err)
		}
	}
}
