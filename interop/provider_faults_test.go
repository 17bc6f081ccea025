package interop

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// TestProviderFaults shows what each fault makes of a refresh, and whether the
// refresh token is still good after it.
func TestProviderFaults(t *testing.T) {
	p := startProvider(t, providerSettings{Clients: providerClients})
	for name, test := range map[string]struct {
		fault
		stillGood bool
	}{
		"failing": {failing, true},
		"busy":    {busy, true},
		"closing": {closing, true},
		"losing":  {losing, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := p.as("basic")
			token := c.connect(t, "anna")
			p.strike(t, 1, test.fault)
			_, err := c.refresh(token.RefreshToken)
			require.Error(t, err)
			all := p.requests(t)
			struck := all[len(all)-1]
			require.Equal(t, grantRefresh, struck.Grant)
			require.Equal(t, "basic", struck.Client)
			require.Equal(t, test.Kind, struck.Fault)
			require.Equal(t, test.Status, struck.Status)
			if answered, ok := err.(*oauth2.RetrieveError); ok {
				require.Equal(t, test.Status, answered.Response.StatusCode)
				require.Equal(t, test.Headers["Retry-After"], answered.Response.Header.Get("Retry-After"))
			} else {
				require.Zero(t, test.Status, "%s", err)
			}

			_, err = c.refresh(token.RefreshToken)
			if test.stillGood {
				require.NoError(t, err)
			} else {
				requireCode(t, "invalid_grant", err)
			}
		})
	}
}

func TestProviderStrikesTheNextRequestsOfAnEndpoint(t *testing.T) {
	c := startProvided(t, "public")
	token := c.connect(t, "anna")
	atAPI := failing
	atAPI.Path = "/api/me"
	c.strike(t, 2, atAPI)
	refreshed, err := c.refresh(token.RefreshToken)
	require.NoError(t, err)
	for _, want := range []int{500, 500, 200} {
		require.Equal(t, want, c.apiStatus(t, refreshed.AccessToken))
	}
	c.strike(t, 1, atAPI)
	c.release(t)
	require.Equal(t, 200, c.apiStatus(t, refreshed.AccessToken))
}

// apiStatus is that of an answer of any kind.
func (c *provided) apiStatus(t *testing.T, accessToken string) int {
	t.Helper()
	client := oauth2.NewClient(c.ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: accessToken}))
	response, err := client.Get(c.api())
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestProviderHolds(t *testing.T) {
	c := startProvided(t, "public")
	first, second := c.connect(t, "anna"), c.connect(t, "ben")
	c.strike(t, 2, holding)

	impatient, leave := context.WithCancel(t.Context())
	refreshed := make(chan error, 1)
	go func() {
		_, err := c.TokenSource(impatient, &oauth2.Token{RefreshToken: first.RefreshToken}).Token() // not from outside: it can leave
		refreshed <- err
	}()
	c.awaitHeld(t, 1)
	leave()
	require.ErrorIs(t, <-refreshed, context.Canceled)

	go func() {
		_, err := c.refresh(second.RefreshToken)
		refreshed <- err
	}()
	c.awaitHeld(t, 2)
	require.Empty(t, c.outcomes(t, grantRefresh))
	c.release(t)
	require.NoError(t, <-refreshed)
	require.ElementsMatch(t, []providerRequest{
		{Path: "/token", Fault: "hold", Gone: true},
		{Path: "/token", Fault: "hold", Grant: grantRefresh, Client: "public", Account: "ben", Status: http.StatusOK},
	}, c.requests(t)[2:])
	_, err := c.refresh(first.RefreshToken)
	require.NoError(t, err, "nothing was done with it")
}
