package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/db"
)

// Limits of the sign-ins that end in a browser.
const (
	codeTime = 10 * time.Minute
	maxCodes = 10_000
)

// codes are the sign-ins that are to end in a browser, by their state
// (RFC 6749 §10.12).
type codes struct {
	mu sync.Mutex // guards the field below
	of map[string]*codeSignIn
}

// codeSignIn is one of them.
type codeSignIn struct {
	oauth           *oauth
	tenant, browser string // the tenant's hash, and the browser's session
	callback        string
	verifier, nonce string
	expires         time.Time
}

// StartCode begins a sign-in that ends in the same browser (RFC 6749 §4.1 with
// PKCE, RFC 7636), and returns the provider's address to send it to. callback is
// the gateway's own address that the provider sends it back to, and browser
// names the browser's session: whoever comes back with another one connects
// nothing. The error may be a [*SignInError].
func (c *Connector) StartCode(tenant *db.Tenant, callback, browser string) (address string, err error) {
	if c.Way != ByCode {
		return "", refuse(c.Name + " is not connected in a browser")
	}
	s := &codeSignIn{
		oauth: c.oauth, tenant: tenant.Hash(), browser: browser, callback: callback,
		verifier: oauth2.GenerateVerifier(), expires: time.Now().Add(codeTime),
	}
	if slices.Contains(c.oauth.provider.scopes, "openid") {
		s.nonce = rand.Text()
	}
	state := rand.Text()
	if !c.oauth.shared.codes.add(state, s) {
		return "", errTooMany
	}
	return s.address(state), nil
}

// replaces reports whether a sign-in takes the place of an old one: a browser has
// one for each service, so that no tenant takes the room of all.
func (s *codeSignIn) replaces(old *codeSignIn) bool {
	return old.tenant == s.tenant && old.browser == s.browser && old.oauth.connector.Service == s.oauth.connector.Service
}

// add makes room first; false: there is none.
func (c *codes) add(state string, s *codeSignIn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = make(map[string]*codeSignIn)
	}
	maps.DeleteFunc(c.of, func(_ string, old *codeSignIn) bool { return time.Now().After(old.expires) || s.replaces(old) })
	if len(c.of) >= maxCodes {
		return false
	}
	c.of[state] = s
	return true
}

// take returns a sign-in, and forgets it: an answer counts once.
func (c *codes) take(state string) *codeSignIn {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.of[state]
	delete(c.of, state)
	return s
}

// address is where the provider asks the person.
func (s *codeSignIn) address(state string) string {
	p := s.oauth.provider
	params := maps.Clone(p.quirk.params)
	if params == nil {
		params = make(map[string]string)
	}
	maps.Copy(params, p.ExtraParams)
	if s.nonce != "" {
		params["nonce"] = s.nonce
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(s.verifier)}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		options = append(options, oauth2.SetAuthURLParam(name, params[name]))
	}
	c := p.config(false)
	c.RedirectURL = s.callback
	return c.AuthCodeURL(state, options...)
}

// Finish ends the sign-in that answer, the query of the provider's answer,
// belongs to: once, within ten minutes, in the tenant and the browser's session
// that began it, if the tenant may still use the service. It returns the service's
// key, "" when it is not known. The error may be a [*SignInError]. What was
// redeemed is stored even when ctx ends.
func (c *Connections) Finish(ctx context.Context, tenant *db.Tenant, browser string, answer url.Values, may func(service string) bool) (service string, err error) {
	s, err := c.codes.answered(tenant, browser, answer)
	if err != nil {
		return "", err
	}
	service = s.oauth.connector.Service
	if !may(service) {
		return "", refuse("the service of this sign-in is not one that you can use any more; nothing was connected")
	}
	if err := s.checkAnswer(answer); err != nil {
		return service, err
	}
	done := make(chan error, 1)
	if !c.start(func(context.Context) { done <- s.redeem(tenant, answer.Get("code")) }) {
		return service, errNoSignIns
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		return service, ctx.Err()
	}
	if err != nil {
		return service, s.oauth.signInError(err)
	}
	return service, nil
}

// answered takes the sign-in that an answer belongs to, if it is the tenant's and
// the browser's.
func (c *codes) answered(tenant *db.Tenant, browser string, answer url.Values) (*codeSignIn, error) {
	for name, values := range answer {
		if len(values) > 1 {
			return nil, refuse("the provider's answer has several values for " + cleanCode(name)) // RFC 6749 §3.1
		}
	}
	s := c.take(answer.Get("state"))
	switch {
	case s == nil || time.Now().After(s.expires):
		return nil, refuse("this sign-in is not known here: it was completed already, another was started after it, " +
			"it took longer than ten minutes, or the server was restarted; start it anew")
	case !isEqual(s.browser, browser) || !isEqual(s.tenant, tenant.Hash()):
		return nil, refuse("this sign-in was begun in another browser or with another API token, and connects nothing here")
	}
	return s, nil
}

func isEqual(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// checkAnswer looks at who answers before it looks at what (RFC 9207 §2.4): with
// an issuer, a code may go to the provider that made it only.
func (s *codeSignIn) checkAnswer(answer url.Values) error {
	if issuer := s.oauth.provider.Issuer; issuer != "" && answer.Get("iss") != issuer {
		return refuse("the answer is not from the issuer that the configuration names; nothing was sent there")
	}
	code := answer.Get("error")
	switch {
	case code == "access_denied":
		return refuse("the sign-in was declined at the provider; nothing was connected")
	case code != "":
		return refuse("the provider refused the sign-in (" + cleanCode(code) + "); nothing was connected")
	case answer.Get("code") == "":
		return refuse("the provider's answer has no code")
	}
	return nil
}

// redeem exchanges the code, and stores what it brings.
func (s *codeSignIn) redeem(tenant *db.Tenant, code string) error {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	token, err := s.oauth.provider.ask(ctx, func(ctx context.Context, c *oauth2.Config) (*oauth2.Token, error) {
		c.RedirectURL = s.callback
		return c.Exchange(ctx, code, oauth2.VerifierOption(s.verifier))
	})
	if err != nil {
		return err
	}
	return s.oauth.connect(tenant, token, s.nonce)
}
