package auth

import (
	"context"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/db"
)

// poll asks the provider whether the code was entered, until it was, or will not
// be any more (RFC 8628 §3.4).
func (o *oauth) poll(ctx context.Context, s *deviceSignIn, tenant *db.Tenant, answer *oauth2.DeviceAuthResponse) {
	ctx, cancel := context.WithDeadline(ctx, answer.Expiry)
	defer cancel()
	token, err := o.provider.pollFor(ctx, answer)
	if err == nil {
		err = o.connect(tenant, token, "")
	}
	status, problem := o.outcome(ctx, err)
	s.set(func(d *Device) { d.Status, d.Problem = status, problem })
}

// outcome says what asking for a token came to.
func (o *oauth) outcome(ctx context.Context, err error) (DeviceStatus, string) {
	refusal, _ := errors.AsType[*providerError](err)
	switch {
	case err == nil:
		return DeviceDone, ""
	case refusal != nil && (refusal.Code == "access_denied" || refusal.Code == "authorization_declined"): // Microsoft's
		return DeviceDenied, "the sign-in was declined at the provider"
	case refusal != nil && refusal.Code == "expired_token", errors.Is(ctx.Err(), context.DeadlineExceeded):
		return DeviceExpired, "the code was not entered in time"
	case errors.Is(ctx.Err(), context.Canceled):
		return DeviceFailed, "the sign-in was cancelled"
	}
	return DeviceFailed, o.signInError(err).Error()
}

// pollFor also goes on after an attempt that failed for a moment, more slowly.
func (p *provider) pollFor(ctx context.Context, answer *oauth2.DeviceAuthResponse) (*oauth2.Token, error) {
	if answer.Interval <= 0 {
		answer.Interval = int64(firstInterval / time.Second)
	}
	for {
		token, err := p.ask(ctx, func(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
			return c.DeviceAccessToken(ctx, answer)
		})
		refusal, _ := errors.AsType[*providerError](err)
		if refusal == nil || !refusal.Temporary || ctx.Err() != nil {
			return token, err
		}
		answer.Interval += int64(slowerBy / time.Second)
	}
}

// connect stores what a sign-in brought, for a tenant whose API token is still let
// in: whoever loses it must not connect an account of theirs afterwards.
func (o *oauth) connect(tenant *db.Tenant, token *oauth2.Token, nonce string) error {
	data, err := o.brought(token, nonce)
	if err == nil {
		err = tenant.Check()
	}
	if err == nil {
		err = tenant.StoreOAuthToken(o.connector.Service, data)
	}
	if err != nil {
		o.takeBack(tenant, data)
		return err
	}
	o.shared.lapses.forget(o.key(tenant))
	o.shared.log.Noticef("service %s: tenant %s is connected", o.connector.Service, tenant.ShortID())
	return nil
}

// brought is what a sign-in brought, to be stored unless there is an error.
func (o *oauth) brought(token *oauth2.Token, nonce string) (*db.OAuthTokenData, error) {
	data := o.provider.connection(token)
	if len(data.Scope) == 0 { // as asked for (RFC 6749 §5.1)
		data.Scope = o.provider.scopes
	}
	data.Origins = o.origins
	claims, err := o.provider.claims(token, nonce)
	data.Account = claims.account()
	return data, err
}

// SignIn signs somebody in by a code, which show is called with, and returns what
// is to be stored for a tenant. It takes as long as the person does, or ctx. The
// error may be a [*SignInError].
func (c *Connector) SignIn(ctx context.Context, show func(Device)) (*db.OAuthTokenData, error) {
	if c.Way != ByDevice {
		return nil, refuse(c.Name + " is not connected by a code")
	}
	answer, err := c.oauth.code(ctx)
	if err != nil {
		return nil, err
	}
	show(deviceOf(answer))
	ctx, cancel := context.WithDeadline(ctx, answer.Expiry)
	defer cancel()
	token, err := c.oauth.provider.pollFor(ctx, answer)
	if err != nil {
		_, problem := c.oauth.outcome(ctx, err)
		return nil, refuse(problem)
	}
	data, err := c.oauth.brought(token, "")
	if err != nil {
		return nil, err
	}
	return data, nil
}

// SignInError is returned when a sign-in cannot begin or be completed. Its text
// is safe for clients.
type SignInError struct {
	// Detail is a sentence without a full stop.
	Detail string
	// Temporary tells that the same may work in a while.
	Temporary bool
}

// Error returns the detail.
func (e *SignInError) Error() string { return e.Detail }

func refuse(detail string) *SignInError { return &SignInError{Detail: detail} }

// signInError says why a sign-in did not work, and logs what people need not
// know.
func (o *oauth) signInError(err error) error {
	if told, ok := errors.AsType[*SignInError](err); ok {
		return told
	}
	refusal, ok := errors.AsType[*providerError](err)
	if !ok {
		if isRefused(err) {
			return refuse("the API token that began this is not let in any more; nothing was connected")
		}
		o.shared.log.Errorf("service %s: a sign-in failed: %v", o.connector.Service, err)
		return &SignInError{"the connection could not be stored; try again", true}
	}
	o.shared.log.Warningf("service %s: a sign-in failed: %s", o.connector.Service, refusal.forLog())
	switch {
	case refusal.Temporary:
		return &SignInError{refusal.Error() + "; try again in a moment", true}
	case refusal.Ended:
		return refuse("the provider does not accept the sign-in (" + refusal.Code + "); start it anew")
	}
	return refuse("the provider refuses the sign-in (" + refusal.Error() + "), which the operator of this server can mend in the configuration")
}

// isRefused reports whether the tenant or its API token has ended.
func isRefused(err error) bool {
	for _, end := range []error{db.ErrInvalidToken, db.ErrTokenDisabled, db.ErrTokenExpired, db.ErrTenantNotFound} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}
