package mcpserver

import (
	"context"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// After a person has gone to connect, the call waits for so long, and looks so
// often; of one tenant so many at a time.
const (
	connectWait = 30 * time.Second
	lookEvery   = time.Second
	maxWaits    = 8
)

// waits are the calls that wait for their tenants to be connected.
type waits struct {
	ended <-chan struct{} // closed when the server ends

	mu sync.Mutex     // guards the field below; held for moments only
	of map[string]int // by the tenant's hash
}

// enter counts a wait until leave is called; nil: there are enough.
func (w *waits) enter(tenant string) (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of[tenant] >= maxWaits {
		return nil
	}
	w.of[tenant]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.of[tenant]--; w.of[tenant] == 0 {
			delete(w.of, tenant)
		}
	}
}

// awaitConnection returns when the tenant is connected, its sign-in has failed,
// the time is up, or the server ends. What it came to is the call's to find out.
func (w *waits) awaitConnection(ctx context.Context, connector *auth.Connector, tenant *db.Tenant) {
	leave := w.enter(tenant.Hash())
	if leave == nil {
		return
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !isSettled(connector, tenant) && mayStill(connector, tenant) {
		select {
		case <-tick.C:
		case <-w.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// isSettled reports whether there is nothing to wait for, or no way to tell.
func isSettled(connector *auth.Connector, tenant *db.Tenant) bool {
	state, err := connector.State(tenant)
	return err != nil || state.Status != auth.Missing && state.Status != auth.NeedsSignIn
}

// mayStill reports whether the tenant's sign-in by code is under way; any other may
// be.
func mayStill(connector *auth.Connector, tenant *db.Tenant) bool {
	device, ok := connector.Device(tenant)
	return connector.Way != auth.ByDevice || ok && device.Status == auth.DevicePending
}
