package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// clientCredentials sends a token that the gateway gets as itself (RFC 6749
// §4.4): one for the service, which all tenants share.
type clientCredentials struct {
	service  string
	provider *provider
	shared   *shared
}

func newClientCredentials(service string, p *provider, connections *Connections) Strategy {
	c := &clientCredentials{service: service, provider: p}
	c.shared = &shared{connections: connections, obtain: c.obtain}
	return c
}

// Apply implements Strategy.
func (c *clientCredentials) Apply(ctx context.Context, r *http.Request) (Sent, error) {
	held, err := c.shared.get(ctx)
	if err != nil {
		return Sent{}, err
	}
	sent, err := newBearer(&config.Bearer{Token: held.token}).Apply(ctx, r)
	sent.Renew = func(ctx context.Context) (bool, error) { return c.shared.renew(ctx, held) }
	return sent, err
}

// obtain is that of shared. There is nothing to renew a token with but the client
// itself.
func (c *clientCredentials) obtain(ctx context.Context, _ *lease, _ bool) (*lease, error) {
	token, err := c.provider.ask(ctx, func(ctx context.Context, o *oauth2.Config) (*oauth2.Token, error) {
		client := clientcredentials.Config{
			ClientID: o.ClientID, ClientSecret: o.ClientSecret, TokenURL: o.Endpoint.TokenURL, AuthStyle: o.Endpoint.AuthStyle, Scopes: o.Scopes,
		}
		if c.provider.Audience != "" {
			client.EndpointParams = url.Values{"audience": {c.provider.Audience}}
		}
		return client.Token(ctx)
	})
	if err != nil {
		return nil, c.failed(err)
	}
	l := &lease{token: global.NewSecret(token.AccessToken)}
	if !token.Expiry.IsZero() {
		l.life = time.Until(token.Expiry)
	}
	return l, nil
}

func (c *clientCredentials) failed(err error) error {
	refusal, ok := errors.AsType[*providerError](err)
	if !ok {
		return err
	}
	c.shared.connections.log.Warningf("service %s: no token for the client: %s", c.service, refusal.forLog())
	if refusal.Temporary {
		return &CredentialError{Detail: "this service's provider gives no token at the moment: " + refusal.Error(), Temporary: true}
	}
	return &CredentialError{Detail: "this service's provider gives the operator's client no token (" + refusal.Error() + ")" + operatorsTurn}
}
