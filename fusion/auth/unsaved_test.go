package auth

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// joined returns the tenant as another API token of it opens it.
func (s *stage) joined() *db.Tenant {
	s.Helper()
	added, err := s.db.JoinAPIToken(db.Proof{Token: global.NewSecret(s.token)}, db.TokenSettings{})
	require.NoError(s, err)
	tenant, err := s.db.Authenticate(added.Token.Reveal())
	require.NoError(s, err)
	return tenant
}

// revoking is a stage whose provider takes tokens back, with a connection that is
// an hour past its renewal.
func revoking(t *testing.T) *stage {
	s := newStage(t)
	settings := providerSettings
	settings.RevocationURL = "https://idp.example/revoke"
	s.configure("oauth2_code", settings)
	s.connected(s.tenant, -time.Second)
	s.requireCall("access-canary-1")
	time.Sleep(time.Hour)
	return s
}

// unsaved has a renewal whose token cannot be stored.
func (s *stage) unsaved() {
	full := errors.New("disk full")
	s.faultyStore(full, nil)
	_, err := s.call(s.tenant)
	require.ErrorIs(s, err, full)
}

func TestCloseStoresWhatCouldNotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := revoking(t)
		s.unsaved()
		s.shared.Close()
		token, err := s.tenant.OAuthToken("svc")
		require.NoError(t, err)
		require.Equal(t, "refresh-canary-2", token.RefreshToken)
	})
}

// Nothing that the provider has given lives on after a disconnection.
func TestWhatCannotBeStoredIsTakenBack(t *testing.T) {
	for name, do := range map[string]func(*stage){
		"disconnected after it": func(s *stage) {
			s.unsaved()
			revoked, err := s.connector.Disconnect(s.Context(), s.tenant)
			require.NoError(s, err)
			require.True(s, revoked)
		},
		"disconnected meanwhile": func(s *stage) {
			open := s.gated()
			go func() { _, _ = s.call(s.tenant) }()
			synctest.Wait()
			_, err := s.connector.Disconnect(s.Context(), s.tenant)
			require.NoError(s, err)
			open()
		},
		"deleted meanwhile": func(s *stage) {
			open := s.gated()
			go func() { _, _ = s.call(s.tenant) }()
			synctest.Wait()
			require.NoError(s, s.db.DeleteAPIToken(s.tenant.TokenHash()))
			open()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := revoking(t)
				do(s)
				synctest.Wait()
				require.Empty(t, s.idp.valid)
				list, err := s.db.Status()
				require.NoError(t, err)
				require.Empty(t, list)
			})
		})
	}
}

// Tokens that are put in anew are tried anew, whatever they look like.
func TestTokensArePutInAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		put := func(refresh string) {
			require.NoError(t, s.tenant.StoreOAuthToken("svc", &db.OAuthTokenData{
				AccessToken: "none", RefreshToken: refresh, ExpiresAt: new(time.Now().Add(-time.Second)), Scope: []string{"a"},
			}))
		}
		put("wrong")
		s.requireRefused("has ended")
		put("refresh-canary-0")
		s.requireCall("access-canary-1")
		require.Equal(t, []string{"a"}, s.state().Scope, "a renewal that names none gives as much as before")
	})
}

// A provider whose access tokens stay the same is asked once for all who wait, and
// no call is repeated with what was refused.
func TestTheSameAccessTokenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		require.NoError(t, s.tenant.StoreOAuthToken("svc", &db.OAuthTokenData{AccessToken: "same", RefreshToken: "refresh-canary-0"}))
		s.requireCall("same")
		time.Sleep(time.Minute)
		s.idp.next(reply{status: 200, body: `{"access_token":"same"}`})
		ctx := db.NewContext(t.Context(), s.tenant)
		var all sync.WaitGroup
		for range 10 {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://api.example/x", nil)
			require.NoError(t, err)
			sent, err := s.strategy.Apply(ctx, r)
			require.NoError(t, err)
			all.Go(func() {
				renewed, err := sent.Renew(ctx)
				if renewed || err != nil {
					t.Errorf("renewed: %v, %v", renewed, err)
				}
			})
		}
		all.Wait()
		require.Equal(t, 1, s.idp.count("refresh_token"))
	})
}

// A scope is shown to people, who are to see it as it is.
func TestScopesThatDoNotShowAreLeftOut(t *testing.T) {
	require.Equal(t, []string{"a", "b"}, granted("a \x1b[31mred \u202eevil b"))
	require.Equal(t, []string{"a"}, granted([]any{"a", "\u009b", 7}))
}

// What providers say in place of invalid_grant, each in its own way.
func TestOtherWordsForTheEnd(t *testing.T) {
	for address, answer := range map[string]reply{
		"https://auth.atlassian.com/oauth/token":                     {status: 403, body: `{"error":"unauthorized_client"}`},
		"https://login.microsoftonline.com/common/oauth2/v2.0/token": {status: 400, body: `{"error":"interaction_required"}`},
		"https://slack.com/api/oauth.v2.access":                      {status: 200, body: `{"ok":false,"error":"invalid_refresh_token"}`},
		"https://github.com/login/oauth/access_token":                {status: 200, body: `{"error":"bad_refresh_token"}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			settings := providerSettings
			settings.TokenURL = address
			s.configure("oauth2_code", settings)
			s.connected(s.tenant, -time.Second)
			s.idp.next(answer)
			s.requireRefused("has ended")
			require.Equal(t, NeedsSignIn, s.state().Status)
		})
	}
}

// A provider that wants the client's secret in the header says so in several ways.
func TestTheClientIsNamedInTheHeader(t *testing.T) {
	for _, body := range []string{`{"error":"invalid_client"}`, `{"error":"unauthorized_client"}`, `<html>`} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			s.connected(s.tenant, -time.Second)
			s.idp.next(reply{status: 401, body: body})
			s.requireCall("access-canary-1")
			require.Equal(t, "secret-canary", s.idp.requests[0].Get("client_secret"))
			require.Empty(t, s.idp.requests[1].Get("client_secret"))
			require.True(t, s.connector.oauth.provider.inHeader.Load())
		})
	}
}

func TestAClientOfItsOwnHasNoRefreshToken(t *testing.T) {
	s := newStage(t)
	s.configure("oauth2_client_credentials", config.OAuth2{
		ClientID: "client", ClientSecret: global.NewSecret("secret-canary"), Scope: "https://graph.microsoft.com/.default",
		TokenURL: "https://login.microsoftonline.com/x/oauth2/v2.0/token", Audience: "graph",
	})
	s.requireCall("access-canary-1")
	require.Equal(t, "https://graph.microsoft.com/.default", s.idp.requests[0].Get("scope"))
	require.Equal(t, "graph", s.idp.requests[0].Get("audience"))
}

// One tenant cannot take the room for sign-ins that all need.
func TestABrowserHasOneSignInForEachService(t *testing.T) {
	s := newStage(t)
	first := s.begin()
	for range 100 {
		s.begin()
	}
	require.Len(t, s.shared.codes.of, 1)
	require.ErrorContains(t, s.finish(answerOf(first)), "not known here")
	require.NoError(t, s.finish(answerOf(s.begin())))
}

func TestNoSignInEndsAfterClose(t *testing.T) {
	s := newStage(t)
	answer := answerOf(s.begin())
	s.shared.Close()
	err := s.finish(answer)
	require.Equal(t, &SignInError{"this server is being stopped", true}, err)
}

// A sign-in that is refused because its API token has ended takes nothing from the
// tenant's others, whose connection may be of the same account.
func TestARefusedSignInRevokesNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := revoking(t)
		other := s.joined()
		answer := answerOf(s.begin())
		require.NoError(t, s.db.DeleteAPIToken(s.tenant.TokenHash()))
		require.ErrorContains(t, s.finish(answer), "not let in any more")
		synctest.Wait()
		require.NotContains(t, s.idp.asked(), "/revoke")
		sent, err := s.call(other)
		require.NoError(t, err)
		require.NotEmpty(t, sent)
	})
}

// A stray 401 does not teach the wrong way to name the client.
func TestAStray401TeachesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connected(s.tenant, -time.Second)
		s.idp.next(reply{status: 401, body: "<html>"}, reply{status: 400, body: `{"error":"invalid_request"}`})
		s.requireRefused("invalid_request")
		require.False(t, s.connector.oauth.provider.inHeader.Load())
		time.Sleep(time.Minute)
		s.requireCall("access-canary-1")
	})
}
