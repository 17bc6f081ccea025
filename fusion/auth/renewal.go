package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// connectionKey names a tenant's connection, whatever configuration it is used
// with.
type connectionKey struct{ tenant, service string }

// renewals are those that run: one for each connection, for all that wait for
// it.
type renewals struct {
	mu      sync.Mutex // guards the field below; held for moments only
	running map[connectionKey]*renewal
}

// renewal is one that runs. What it came to is set when done is closed.
type renewal struct {
	done  chan struct{}
	token *db.OAuthTokenData
	err   error
}

// renewal returns the one that runs for the key, or else starts it. It goes on
// when nobody waits any more, and Close waits for it: the provider may have taken
// back the old token by then. After Close there is none: nil.
func (c *Connections) renewal(key connectionKey, run func() (*db.OAuthTokenData, error)) (r *renewal, mine bool) {
	c.renewals.mu.Lock()
	defer c.renewals.mu.Unlock()
	if r := c.renewals.running[key]; r != nil {
		return r, false
	}
	r = &renewal{done: make(chan struct{})}
	if c.renewals.running == nil {
		c.renewals.running = make(map[connectionKey]*renewal)
	}
	started := c.start(func(context.Context) {
		defer close(r.done)
		r.token, r.err = run()
		c.renewals.mu.Lock()
		defer c.renewals.mu.Unlock()
		delete(c.renewals.running, key)
	})
	if !started {
		return nil, false
	}
	c.renewals.running[key] = r
	return r, true
}

func (c *Connections) isRenewing(key connectionKey) bool {
	c.renewals.mu.Lock()
	defer c.renewals.mu.Unlock()
	return c.renewals.running[key] != nil
}

// maxJoined is how often a call waits for a renewal that somebody else began.
const maxJoined = 3

// renewed returns the token that takes the place of old.
func (o *oauth) renewed(ctx context.Context, tenant *db.Tenant, old *db.OAuthTokenData) (*db.OAuthTokenData, error) {
	key := o.key(tenant)
	for range maxJoined {
		if err := o.shared.lapses.err(key, old.UpdatedAt, o.connector, time.Now()); err != nil {
			return nil, err
		}
		r, mine := o.shared.renewal(key, func() (*db.OAuthTokenData, error) { return o.renew(tenant, old) })
		if r == nil {
			return nil, errStopping
		}
		select {
		case <-r.done:
		case <-ctx.Done():
			return nil, o.late(ctx)
		}
		if mine {
			return r.token, r.err
		}
		// It may have been another configuration's, or for another API token.
		if token, err := o.read(tenant); err != nil || !isSame(token, old) {
			return token, err
		}
	}
	return nil, o.late(ctx)
}

// late is for a caller whose time is up.
func (o *oauth) late(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return &CredentialError{
		Detail: "your connection to " + o.connector.Name + " is being renewed, which takes longer than this call may; try again", Temporary: true,
	}
}

// isSame reports whether nothing was stored in between.
func isSame(a, b *db.OAuthTokenData) bool { return a.UpdatedAt.Equal(b.UpdatedAt) }

// renew asks the provider, unless that is not needed any more, and stores what it
// answers before anybody uses it.
func (o *oauth) renew(tenant *db.Tenant, old *db.OAuthTokenData) (*db.OAuthTokenData, error) {
	token, err := o.read(tenant)
	switch {
	case err != nil || !isSame(token, old):
		return token, err
	case token.RefreshToken == "":
		return nil, &CredentialError{
			Detail:    "your connection to " + o.connector.Name + " has expired, and the provider gave nothing to renew it with",
			Connector: o.connector,
		}
	}
	next := o.shared.lapses.unsaved(o.key(tenant), token.UpdatedAt)
	if next == nil {
		answer, err := o.provider.refresh(context.Background(), token.RefreshToken)
		if err != nil {
			return nil, o.failed(tenant, token, err)
		}
		next = o.provider.connection(answer)
	}
	if err := o.store(tenant, token, next); err != nil {
		return nil, err
	}
	return o.read(tenant)
}

// store puts next in the place of old, unless somebody else has put something
// there meanwhile, which then counts; where nothing is left, next is taken back.
// What cannot be stored is kept in memory, and is the first thing that is tried
// next time, and with Close: the provider may not take the old refresh token a
// second time.
func (o *oauth) store(tenant *db.Tenant, old, next *db.OAuthTokenData) error {
	key, gone := o.key(tenant), false
	err := o.shared.update(tenant, o.connector.Service, func(now *db.OAuthTokenData) (*db.OAuthTokenData, error) {
		gone = now == nil
		if gone || !isSame(now, old) {
			return nil, nil
		}
		return merged(now, next), nil
	})
	gone = gone && err == nil || errors.Is(err, db.ErrTenantNotFound)
	if err != nil && !gone {
		o.shared.lapses.keep(key, old.UpdatedAt, next, func() error { return o.store(tenant, old, next) })
	} else {
		o.shared.lapses.forget(key)
	}
	if gone {
		o.takeBack(tenant, next)
	}
	if err != nil {
		return fmt.Errorf("store the renewed token: %w", err)
	}
	return nil
}

// merged keeps of old what a renewal does not say anew.
func merged(old, next *db.OAuthTokenData) *db.OAuthTokenData {
	both := *next
	both.Account, both.Origins = old.Account, old.Origins
	if both.RefreshToken == "" {
		both.RefreshToken = old.RefreshToken
	}
	if len(both.Scope) == 0 { // as before (RFC 6749 §6)
		both.Scope = old.Scope
	}
	return &both
}

// failed says what a provider's refusal means for the connection, and remembers
// it, so that the provider is not asked again at once.
func (o *oauth) failed(tenant *db.Tenant, token *db.OAuthTokenData, err error) error {
	refusal, ok := errors.AsType[*providerError](err)
	if !ok {
		return err
	}
	name := o.connector.Name
	told, until := &CredentialError{Connector: o.connector}, time.Now().Add(max(pause, refusal.After))
	switch {
	case refusal.Ended:
		told.Detail = "your connection to " + name + " has ended: the provider does not accept it any more (" + refusal.Code + ")"
		until = time.Time{} // for this token there is no other answer
	case refusal.Temporary:
		told = &CredentialError{Detail: "your connection to " + name + " cannot be renewed at the moment: " + refusal.Error(), Temporary: true}
	default:
		told.Detail = "the provider refuses to renew your connection to " + name + " (" + refusal.Code +
			"), which the operator of this server can mend in the configuration; or you connect anew"
	}
	o.note(tenant, token, refusal.Error(), refusal.Ended)
	o.shared.lapses.put(o.key(tenant), token.UpdatedAt, o.connector, told, until)
	o.shared.log.Warningf("service %s, tenant %s: the token is not renewed: %s", o.connector.Service, tenant.ShortID(), refusal.forLog())
	return told
}
