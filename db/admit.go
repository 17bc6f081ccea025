package db

import (
	"context"
	"time"
)

// Admit lets a request in for as long as it runs: it returns a context with
// the tenant of the API token, which FromContext finds, and whose end leave
// must be called at. Its errors are those of Authenticate.
//
// The context is cancelled when the token ends meanwhile: the cause is then
// ErrInvalidToken for a deleted, ErrTokenDisabled for a disabled, and
// ErrTokenExpired for an expired one. No request that begins after the change
// has returned is let in, and no request that began before escapes it.
func (d *DB) Admit(ctx context.Context, token string) (admitted context.Context, leave func(), err error) {
	id, ok := hashToken(token)
	if !ok {
		return nil, nil, ErrInvalidToken
	}
	ctx, cancel := context.WithCancelCause(ctx)
	entered := new(request)
	leave = func() {
		d.running.leave(id, entered)
		cancel(nil)
	}
	// First it can be cancelled, then it is looked at: a change of the token
	// either comes early enough to be seen, or finds the request.
	at := d.running.enter(id, entered, cancel)
	tenant, err := d.Authenticate(token)
	if err != nil {
		leave()
		return nil, nil, err
	}
	if tenant.limits.expires != 0 {
		d.running.set(id, at, tenant.limits, func() *time.Timer { return d.expiryTimer(id, tenant.limits) })
	}
	return NewContext(ctx, tenant), leave, nil
}

// Scope returns what the token that was presented may call.
func (t *Tenant) Scope() (Scope, error) { return decodeScope(t.limits.scope) }

// ScopeKey returns a text that is the same for tokens with the same scope.
func (t *Tenant) ScopeKey() string { return t.limits.scope }

// Enforce looks at the API token anew, and cancels what Admit let in with it
// if it is not to be let in any more. That happens by itself a moment after
// each change; a request that failed in that moment asks for it, to be told
// why.
func (t *Tenant) Enforce() { t.db.enforce(t.token) }
