package interop

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func TestProviderGivesTokensForACode(t *testing.T) {
	p := startProvider(t, providerSettings{Clients: providerClients})
	for _, client := range []string{"public", "basic", "post"} {
		t.Run(client, func(t *testing.T) {
			c := p.as(client)
			token := c.connect(t, "anna")
			status, who := c.me(t, token.AccessToken)
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, account{"anna", client, []string{"openid", "profile", "api:read"}}, who)
			require.Equal(t, "anna", claimsOf(t, token)["preferred_username"])
			require.NotEmpty(t, token.RefreshToken)

			p.advance(t, time.Hour)
			c.requireDead(t, token.AccessToken)
		})
	}
	require.Equal(t, []string{"ok", "ok", "ok"}, p.outcomes(t, grantCode))
}

func TestProviderRefuses(t *testing.T) {
	p := startProvider(t, providerSettings{Clients: providerClients})
	c := p.as("basic")
	verifier := oauth2.GenerateVerifier()
	withChallenge := c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))

	back, err := url.Parse(p.deny(t, withChallenge, "anna"))
	require.NoError(t, err)
	require.Equal(t, "access_denied", back.Query().Get("error"))
	require.Equal(t, p.Issuer, back.Query().Get("iss"))
	require.Contains(t, p.visit(t, c.AuthCodeURL("s")).left, "error=invalid_request", "without PKCE")

	back, err = url.Parse(p.signIn(t, withChallenge, "anna"))
	require.NoError(t, err)
	_, err = c.Exchange(c.ctx, back.Query().Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier()))
	requireCode(t, "invalid_grant", err)

	back, err = url.Parse(p.signIn(t, withChallenge, "anna"))
	require.NoError(t, err)
	p.advance(t, time.Minute)
	_, err = c.Exchange(c.ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	requireCode(t, "invalid_grant", err)

	c.ClientSecret = "wrong"
	_, err = c.Exchange(c.ctx, "any", oauth2.VerifierOption(verifier))
	requireCode(t, "invalid_client", err)
	last := p.requests(t)[2]
	require.Equal(t, providerRequest{Path: "/token", Grant: grantCode, Client: "basic", Status: 401, Error: "invalid_client"}, last)
}

func TestProviderRefreshTokensAreForOneUse(t *testing.T) {
	c := startProvided(t, "public")
	first := c.connect(t, "anna")
	second, err := c.refresh(first.RefreshToken)
	require.NoError(t, err)
	require.NotEqual(t, first.RefreshToken, second.RefreshToken)
	_, who := c.me(t, second.AccessToken)
	require.Equal(t, "anna", who.Sub)
	other := c.connect(t, "anna")

	_, err = c.refresh(first.RefreshToken)
	requireCode(t, "invalid_grant", err)
	c.requireDead(t, second.AccessToken)
	_, err = c.refresh(second.RefreshToken)
	requireCode(t, "invalid_grant", err)
	_, err = c.refresh(other.RefreshToken)
	require.NoError(t, err, "of another sign-in")
	require.Equal(t, []string{"ok", "invalid_grant", "invalid_grant", "ok"}, c.outcomes(t, grantRefresh))
	require.Equal(t, "anna", c.requests(t)[1].Account)
}

func TestProviderRefreshOnlyForOfflineAccess(t *testing.T) {
	p := startProvider(t, providerSettings{Clients: providerClients, OfflineAccess: true})
	c := p.as("basic")
	require.Empty(t, c.connect(t, "anna").RefreshToken)
	c.Scopes = append(c.Scopes, "offline_access")
	c.Endpoint.AuthURL += "?prompt=consent"
	require.NotEmpty(t, c.connect(t, "anna").RefreshToken)
}

func TestProviderRevokes(t *testing.T) {
	c := startProvided(t, "post")
	token := c.connect(t, "anna")
	form := url.Values{"client_id": {c.ClientID}, "client_secret": {c.ClientSecret}, "token": {token.RefreshToken}}
	response, err := http.PostForm(c.revocationURL(), form)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	_, err = c.refresh(token.RefreshToken)
	requireCode(t, "invalid_grant", err)
	c.requireDead(t, token.AccessToken)
}

func TestProviderClientCredentials(t *testing.T) {
	c := startProvided(t, "basic")
	own := clientcredentials.Config{ClientID: "basic", ClientSecret: "s3cret", TokenURL: c.Endpoint.TokenURL, Scopes: []string{"api:write"}}
	token, err := own.Token(c.ctx)
	require.NoError(t, err)
	_, who := c.me(t, token.AccessToken)
	require.Equal(t, account{Client: "basic", Scopes: []string{"api:write"}}, who)
	require.Empty(t, token.RefreshToken)
	own.ClientSecret = "wrong"
	_, err = own.Token(c.ctx)
	requireCode(t, "invalid_client", err)
}

func TestProviderDeviceFlow(t *testing.T) {
	c := startProvided(t, "public")
	for name, test := range map[string]struct {
		decide func(t *testing.T, userCode string)
		code   string // of the error; "" is none
	}{
		"approved": {func(t *testing.T, userCode string) { c.approveDevice(t, userCode, "anna") }, ""},
		"denied":   {func(t *testing.T, userCode string) { c.denyDevice(t, userCode, "anna") }, "access_denied"},
		"expired":  {func(t *testing.T, userCode string) { c.advance(t, 10*time.Minute) }, "expired_token"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(c.requests(t))
			synctest.Test(t, func(t *testing.T) {
				auth, err := c.DeviceAuth(c.ctx)
				require.NoError(t, err)
				began := time.Now()
				c.strike(t, 1, slowDown)
				var token *oauth2.Token
				polled := make(chan error, 1)
				go func() {
					var err error
					token, err = c.DeviceAccessToken(c.ctx, auth)
					polled <- err
				}()
				time.Sleep(16 * time.Second)
				test.decide(t, auth.UserCode)
				err = <-polled
				require.Equal(t, 25*time.Second, time.Since(began), "asked after 5, 15 and 25 seconds")
				if test.code != "" {
					requireCode(t, test.code, err)
					return
				}
				require.NoError(t, err)
				_, who := c.me(t, token.AccessToken)
				require.Equal(t, "anna", who.Sub)
			})
			asked := c.requests(t)[before:]
			require.Equal(t, "/device/auth", asked[0].Path)
			require.Equal(t, "answer", asked[1].Fault)
			require.Equal(t, "authorization_pending", asked[2].Error)
			require.Equal(t, test.code, asked[3].Error)
		})
	}
}

func TestProviderClientsCanChange(t *testing.T) {
	c := startProvided(t, "basic")
	token := c.connect(t, "anna")
	c.putClient(t, providerClient{ID: "basic", Secret: "n3w", RedirectURIs: []string{callbackURL + "/2"}})
	_, err := c.refresh(token.RefreshToken)
	requireCode(t, "invalid_client", err)
	require.Contains(t, c.visit(t, c.AuthCodeURL("s", oauth2.S256ChallengeOption("v"))).page, "redirect_uri")
	c.ClientSecret, c.RedirectURL = "n3w", callbackURL+"/2"
	_, err = c.refresh(token.RefreshToken)
	require.NoError(t, err)
	c.connect(t, "anna")
}

func TestProviderTellsAboutTokens(t *testing.T) {
	c := startProvided(t, "basic")
	token := c.connect(t, "anna")
	client := oauth2.NewClient(c.ctx, oauth2.StaticTokenSource(token))
	response, err := client.Get(c.Issuer + "/me")
	require.NoError(t, err)
	defer response.Body.Close()
	var who struct {
		Sub, Name string
		Username  string `json:"preferred_username"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&who))
	require.Equal(t, "anna Anna Example anna", who.Sub+" "+who.Name+" "+who.Username)

	require.True(t, c.introspect(t, token.AccessToken))
	c.advance(t, time.Hour)
	require.False(t, c.introspect(t, token.AccessToken))
}

// introspect asks whether a token is good (RFC 7662).
func (c *provided) introspect(t *testing.T, token string) bool {
	t.Helper()
	ask, err := http.NewRequest(http.MethodPost, c.Issuer+"/token/introspection", strings.NewReader(url.Values{"token": {token}}.Encode()))
	require.NoError(t, err)
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ask.SetBasicAuth(c.ClientID, c.ClientSecret)
	response, err := c.outside.RoundTrip(ask)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	var answer struct{ Active bool }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer.Active
}
