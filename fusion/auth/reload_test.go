package auth

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// What a provider says of a mistaken configuration does not outlive it.
func TestAMistakenConfigurationIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connected(s.tenant, -time.Second)
		wrong := providerSettings
		wrong.ClientID = "typo"
		s.configure("oauth2_code", wrong)
		s.idp.next(reply{status: 400, body: `{"error":"invalid_grant"}`})
		s.requireRefused("has ended")
		s.configure("oauth2_code", providerSettings)
		s.requireCall("access-canary-1")
		require.Equal(t, Connected, s.state().Status)
	})
}

// A revocation endpoint ends no connection, and gets no token that was not made
// for its server.
func TestARevocationEndpointIsAdded(t *testing.T) {
	s := newStage(t)
	s.connected(s.tenant, time.Hour)
	s.requireCall("access-canary-0")
	with := providerSettings
	with.RevocationURL = "https://elsewhere.example/revoke"
	s.configure("oauth2_code", with)
	s.requireCall("access-canary-0")
	require.Equal(t, Connected, s.state().Status)
	revoked, err := s.connector.Disconnect(t.Context(), s.tenant)
	require.NoError(t, err)
	require.False(t, revoked)
	require.Empty(t, s.idp.requests)
}

// gated holds what is stored until the gate opens.
func (s *stage) gated() (open func()) {
	gate, real := make(chan struct{}), s.shared.update
	s.shared.update = func(t *db.Tenant, service string, change func(*db.OAuthTokenData) (*db.OAuthTokenData, error)) error {
		<-gate
		return real(t, service, change)
	}
	return func() { close(gate) }
}

// A call of a new configuration that waits for a renewal of the former one gets
// nothing that may not go where it goes.
func TestANewConfigurationWaitsForAnOldRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		everywhere := []string{"https://api.example:443", "https://api2.example:443", "https://idp.example:443"}
		require.NoError(t, s.tenant.StoreOAuthToken("svc", &db.OAuthTokenData{
			AccessToken: "access-canary-0", RefreshToken: "refresh-canary-0", ExpiresAt: new(time.Now().Add(-time.Second)), Origins: everywhere,
		}))
		open := s.gated()
		former, origins := s.strategy.(*oauth), s.connector.oauth.origins
		go func() { _, _ = former.usable(t.Context(), s.tenant) }()
		synctest.Wait()
		s.origin = "https://api2.example:443"
		s.configure("oauth2_code", providerSettings)
		told := make(chan error)
		go func() {
			_, err := s.call(s.tenant)
			told <- err
		}()
		synctest.Wait()
		require.NoError(t, s.tenant.StoreOAuthToken("svc", &db.OAuthTokenData{AccessToken: "access-canary-x", Origins: origins}))
		open()
		require.ErrorContains(t, <-told, "names other servers")
	})
}

// Who waits for a renewal is not told what became of the API token that began it.
func TestAnotherTokenWaitsForARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connected(s.tenant, time.Hour)
		s.requireCall("access-canary-0")
		other := s.joined()
		time.Sleep(2 * time.Hour)
		open := s.gated()
		first := make(chan error)
		go func() {
			_, err := s.call(s.tenant)
			first <- err
		}()
		synctest.Wait()
		sent := make(chan string)
		go func() {
			token, err := s.call(other)
			if err != nil {
				token = err.Error()
			}
			sent <- token
		}()
		synctest.Wait()
		require.NoError(t, s.db.DeleteAPIToken(s.tenant.TokenHash()))
		open()
		require.ErrorIs(t, <-first, db.ErrInvalidToken)
		require.Equal(t, "access-canary-1", <-sent)
		require.Equal(t, 1, s.idp.count("refresh_token"))
	})
}
