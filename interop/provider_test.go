package interop

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// providerSettings are those of oidc.mjs.
type providerSettings struct {
	// Host is localhost if it is empty: another site than 127.0.0.1, as a
	// provider is another than the gateway.
	Host    string           `json:"host,omitempty"`
	Clients []providerClient `json:"clients"`
	// TTL is in seconds, by kind: AccessToken, AuthorizationCode,
	// ClientCredentials, DeviceCode, RefreshToken.
	TTL map[string]int `json:"ttl,omitempty"`
	// Interval is how often to ask about a device code, in seconds.
	Interval int `json:"interval,omitempty"`
	// OfflineAccess gives refresh tokens only with the scope offline_access,
	// which in the code flow also wants prompt=consent.
	OfflineAccess bool `json:"offlineAccess,omitempty"`
}

// providerClient may use the device flow and refresh, with redirect URIs also
// codes, with a secret also client credentials.
type providerClient struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret,omitempty"`
	// AuthMethod is none, client_secret_basic (what a client with a secret
	// has otherwise) or client_secret_post.
	AuthMethod   string   `json:"token_endpoint_auth_method,omitempty"`
	RedirectURIs []string `json:"redirect_uris,omitempty"`
}

// provider is a certified OpenID provider, oidc-provider from npm: with PKCE,
// refresh tokens for one use, and an API of its own. Its methods may be used in
// a bubble of testing/synctest, if it was started outside.
type provider struct {
	Issuer  string
	outside outside
}

func startProvider(t *testing.T, settings providerSettings) *provider {
	t.Helper()
	p := &provider{outside: newOutside(t)}
	startPeer(t, "oidc.mjs", settings, p)
	return p
}

func (p *provider) endpoint() oauth2.Endpoint {
	return oauth2.Endpoint{
		AuthURL: p.Issuer + "/auth", TokenURL: p.Issuer + "/token", DeviceAuthURL: p.Issuer + "/device/auth",
	}
}

func (p *provider) revocationURL() string { return p.Issuer + "/token/revocation" }

// api answers GET with what the bearer's token stands for, as an account.
func (p *provider) api() string { return p.Issuer + "/api/me" }

// account is what the provider's API says of a token.
type account struct {
	Sub, Client string
	Scopes      []string
}

// control carries out one of the commands of oidc/control.mjs.
func (p *provider) control(t *testing.T, command string, argument, result any) {
	t.Helper()
	body, err := json.Marshal(argument)
	require.NoError(t, err)
	client := &http.Client{Transport: p.outside}
	response, err := client.Post(p.Issuer+"/test/"+command, "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.NoError(t, json.NewDecoder(response.Body).Decode(&result))
}

// putClient adds a client, or replaces it: say, when it is known where the
// gateway listens.
func (p *provider) putClient(t *testing.T, client providerClient) {
	t.Helper()
	p.control(t, "client", client, nil)
}

// advance puts the provider's clock forward.
func (p *provider) advance(t *testing.T, by time.Duration) {
	t.Helper()
	p.control(t, "advance", int(by.Seconds()), nil)
}

// providerRequest is a request that a client has made, and that has ended.
type providerRequest struct {
	Path string // of the endpoint: /token, /token/revocation, /device/auth, /api/me, ...
	// Grant, Client and Account (whose user name) are empty if the provider
	// got no further.
	Grant, Client, Account string
	Status                 int    // 0: there was no answer
	Error                  string // the code, such as invalid_grant
	Fault                  string // the kind of the fault that struck
	Gone                   bool   // held until its client had gone: nothing was done
}

// requests are all so far, in the order in which they ended.
func (p *provider) requests(t *testing.T) (list []providerRequest) {
	t.Helper()
	p.control(t, "requests", nil, &list)
	return list
}

// outcomes are the requests for tokens by a grant, each as "ok", its error, or
// the fault that left it without an answer.
func (p *provider) outcomes(t *testing.T, grant string) (list []string) {
	t.Helper()
	for _, r := range p.requests(t) {
		switch {
		case r.Path != "/token" || r.Grant != grant:
		case r.Status == http.StatusOK:
			list = append(list, "ok")
		case r.Error != "":
			list = append(list, r.Error)
		default:
			list = append(list, r.Fault)
		}
	}
	return list
}

const (
	grantCode        = "authorization_code"
	grantRefresh     = "refresh_token"
	grantDevice      = "urn:ietf:params:oauth:grant-type:device_code"
	grantCredentials = "client_credentials"
)
