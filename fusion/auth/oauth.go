package auth

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"
	"slices"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// oauth sends the access token of the tenant's own connection (RFC 6750 §2.1).
type oauth struct {
	connector *Connector
	provider  *provider
	// origins are where a connection that is made now may be used: those of the
	// service's requests, and those of its provider.
	origins []string
	shared  *Connections
}

// newOAuth returns the strategy of an oauth2 type.
func newOAuth(s Service, settings *config.OAuth2, shared *Connections) (Strategy, *Connector, error) {
	p := newProvider(settings, s.Client)
	if s.Auth.Type == "oauth2_client_credentials" {
		return newClientCredentials(s.Key, p, shared), nil, nil
	}
	p.scopes = p.quirk.scopesWith(p.scopes)
	o := &oauth{provider: p, origins: slices.Clone(s.Origins), shared: shared}
	if o.origins = append(o.origins, p.tokenOrigin); p.revocationOrigin != "" {
		o.origins = append(o.origins, p.revocationOrigin)
	}
	slices.Sort(o.origins)
	o.origins = slices.Compact(o.origins)
	o.connector = &Connector{Service: s.Key, Name: s.Name, Way: wayOf(s.Auth.Type, settings), oauth: o}
	if o.connector.Way == ByDevice && shared.noDevice {
		o.connector.Way, o.connector.InTerminal = ByOperator, true
	}
	return o, o.connector, nil
}

func wayOf(kind string, settings *config.OAuth2) Way {
	switch {
	case kind == "oauth2_device":
		return ByDevice
	case settings.AuthorizationURL != "":
		return ByCode
	default:
		return ByOperator
	}
}

// Apply implements Strategy. A token that is about to expire is renewed first.
func (o *oauth) Apply(ctx context.Context, r *http.Request) (Sent, error) {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		return Sent{}, o.missing()
	}
	token, err := o.usable(ctx, tenant)
	if err != nil {
		return Sent{}, err
	}
	if !slices.Contains(token.Origins, Origin(r.URL)) {
		return Sent{}, o.astray()
	}
	sent, err := newBearer(&config.Bearer{Token: global.NewSecret(token.AccessToken)}).Apply(ctx, r)
	sent.Renew = func(ctx context.Context) (bool, error) { return o.refused(ctx, tenant, token) }
	return sent, err
}

// usable returns the tenant's token, renewed if that is due.
func (o *oauth) usable(ctx context.Context, tenant *db.Tenant) (*db.OAuthTokenData, error) {
	token, err := o.read(tenant)
	if err != nil || !isDue(token, time.Now()) {
		return token, err
	}
	switch expired := hasExpired(token, time.Now()); {
	case expired && isOffline(ctx):
		return nil, errOffline
	case expired:
		return o.renewed(ctx, tenant, token)
	case isOffline(ctx):
		return token, nil
	}
	if o.shared.isRenewing(o.key(tenant)) {
		return token, nil // which is good for a while yet: one call waits, not all
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if next, err := o.renewed(limited, tenant, token); err == nil {
		return next, nil
	}
	return o.read(tenant) // it may be gone by now
}

// refused is called after the API has refused a token. One that is only a moment
// old is not renewed: its age is not why.
func (o *oauth) refused(ctx context.Context, tenant *db.Tenant, used *db.OAuthTokenData) (bool, error) {
	token, err := o.read(tenant)
	switch {
	case err != nil:
		return false, err
	case token.AccessToken != used.AccessToken:
		return true, nil
	case token.RefreshToken == "" || time.Since(token.UpdatedAt) < pause:
		return false, nil
	}
	next, err := o.renewed(ctx, tenant, token)
	return err == nil && next.AccessToken != used.AccessToken, err
}

// When a token, or the operator's own credential, is renewed.
const (
	buffer   = 5 * time.Minute  // before it expires
	jitter   = time.Minute      // up to so much earlier, so that not all come at once
	patience = 3 * time.Second  // how long a call waits for that while its token is good
	pause    = 10 * time.Second // between two attempts
)

// isDue reports whether a token is to be renewed. Of one that does not live long,
// a fifth of its life is left by then.
func isDue(token *db.OAuthTokenData, now time.Time) bool {
	if token.ExpiresAt == nil || token.RefreshToken == "" {
		return hasExpired(token, now)
	}
	early := buffer + time.Duration(spread(token.AccessToken)*float64(jitter))
	early = min(early, token.ExpiresAt.Sub(token.UpdatedAt)/5)
	return !now.Before(token.ExpiresAt.Add(-early))
}

// spread is between 0 and 1, and always the same for one token.
func spread(token string) float64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(token)) // never fails
	return float64(h.Sum32()) / (1 << 32)
}

func hasExpired(token *db.OAuthTokenData, now time.Time) bool {
	return token.ExpiresAt != nil && !now.Before(*token.ExpiresAt)
}

// read returns the tenant's token, if it may go where the configuration says. One
// that was stored without origins takes those of the configuration.
func (o *oauth) read(tenant *db.Tenant) (*db.OAuthTokenData, error) {
	token, err := tenant.OAuthToken(o.connector.Service)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return nil, o.missing()
	case err != nil:
		return nil, unusable(err)
	case len(token.Origins) == 0:
		return o.adopt(tenant)
	case !o.provider.isFor(token):
		return nil, o.astray()
	}
	return token, nil
}

// adopt binds a token that was stored without origins, before it is sent.
func (o *oauth) adopt(tenant *db.Tenant) (token *db.OAuthTokenData, err error) {
	err = o.shared.update(tenant, o.connector.Service, func(old *db.OAuthTokenData) (*db.OAuthTokenData, error) {
		if token = old; old == nil || len(old.Origins) > 0 {
			return nil, nil
		}
		token = new(*old)
		token.Origins = o.origins
		return token, nil
	})
	switch {
	case err != nil:
		return nil, unusable(err)
	case token == nil:
		return nil, o.missing()
	}
	return o.read(tenant)
}

const textAstray = "the configuration of the service names other servers than when it was connected"

// astray refuses a token that was made for somewhere else.
func (o *oauth) astray() error {
	return &CredentialError{
		Detail:    "you must connect to " + o.connector.Name + " anew: " + textAstray + ", and nothing was sent there",
		Connector: o.connector,
	}
}

func (o *oauth) missing() error {
	return &CredentialError{Detail: "you are not connected to " + o.connector.Name + " yet", Connector: o.connector}
}

// note is for people who ask how a connection stands. What they then read is no
// reason to fail a call.
func (o *oauth) note(tenant *db.Tenant, token *db.OAuthTokenData, reason string, needsSignIn bool) {
	if o.shared.lapses.isNoted(o.key(tenant), token.UpdatedAt, reason) {
		return
	}
	if err := tenant.NoteFailure(o.connector.Service, token.UpdatedAt, reason, needsSignIn); err != nil {
		o.shared.log.Warningf("service %s, tenant %s: %v", o.connector.Service, tenant.ShortID(), err)
		return
	}
	o.shared.lapses.setNoted(o.key(tenant), token.UpdatedAt, reason)
}

// state returns how the tenant's connection stands.
func (o *oauth) state(tenant *db.Tenant) (State, error) {
	token, err := tenant.OAuthToken(o.connector.Service)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return State{Status: Missing}, nil
	case err != nil:
		return State{}, unusable(err)
	}
	noted, err := o.noted(tenant)
	if err != nil {
		return State{}, err
	}
	s := State{
		Status: Connected, Account: token.Account, Scope: token.Scope, Since: token.CreatedAt, Until: token.ExpiresAt,
		Renews: token.RefreshToken != "", LastError: noted.LastError,
	}
	astray := len(token.Origins) > 0 && !o.covers(token)
	if astray {
		s.LastError = textAstray
	}
	if astray || noted.NeedsSignIn || !s.Renews && hasExpired(token, time.Now()) {
		s.Status = NeedsSignIn
	}
	return s, nil
}

// covers reports whether a token may go wherever the configuration sends it.
func (o *oauth) covers(token *db.OAuthTokenData) bool {
	for _, origin := range o.origins {
		if !slices.Contains(token.Origins, origin) && origin != o.provider.revocationOrigin {
			return false
		}
	}
	return true
}

// noted is what stands beside the token for people.
func (o *oauth) noted(tenant *db.Tenant) (db.Connection, error) {
	list, err := tenant.Connections()
	for _, c := range list {
		if c.Service == o.connector.Service && c.Kind == db.KindOAuthTokens {
			return c, err
		}
	}
	return db.Connection{}, err
}

func (o *oauth) key(tenant *db.Tenant) connectionKey {
	return connectionKey{tenant.Hash(), o.connector.Service}
}
