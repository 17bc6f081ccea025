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
)

// What the call that meets a fault is told, and what the next one sees, a minute
// later.
func TestFaultsOfARenewal(t *testing.T) {
	refused := errors.New("connection refused")
	for name, c := range map[string]struct {
		fault     reply
		told      string // "" for none
		nextSends string // "" for none
		nextTold  string
		status    Status
	}{
		"none":                   {reply{}, "", "access-canary-1", "", Connected},
		"the provider is gone":   {reply{err: refused}, "cannot be renewed at the moment: the provider did not answer as it should", "access-canary-1", "", Connected},
		"it hangs":               {reply{hangs: true}, "cannot be renewed at the moment", "access-canary-1", "", Connected},
		"it answers 500":         {reply{status: 500, body: "canary"}, "the provider answered with status 500", "access-canary-1", "", Connected},
		"500 with invalid_grant": {reply{status: 500, body: `{"error":"invalid_grant"}`}, "the provider answered invalid_grant", "access-canary-1", "", Connected},
		"it is busy":             {reply{status: 429}, "the provider answered with status 429", "access-canary-1", "", Connected},
		"busy for long":          {reply{status: 429, retryAfter: "120"}, "status 429", "", "status 429", Connected},
		"no JSON":                {reply{status: 200, body: "canary <html>"}, "did not answer as it should", "access-canary-1", "", Connected},
		"no token":               {reply{status: 200, body: `{"id_token":"canary"}`}, "did not answer as it should", "access-canary-1", "", Connected},
		"a page instead":         {reply{status: 403, body: "canary"}, "status 403", "access-canary-1", "", Connected},
		"redeemed, answer lost":  {reply{lost: true}, "cannot be renewed at the moment", "", "has ended: the provider does not accept it any more (invalid_grant)", NeedsSignIn},
		"it has ended":           {reply{status: 400, body: `{"error":"invalid_grant","error_description":"canary"}`}, "has ended", "", "has ended", NeedsSignIn},
		"wrong client":           {reply{status: 401, body: `{"error":"invalid_client"}`}, "", "access-canary-1", "", Connected},
		"client not allowed":     {reply{status: 400, body: `{"error":"unauthorized_client"}`}, "operator of this server can mend", "access-canary-1", "", Connected},
		"a code that is none":    {reply{status: 400, body: `{"error":"canary canary"}`}, "status 400", "access-canary-1", "", Connected},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.connected(s.tenant, -time.Second)
				if c.fault != (reply{}) {
					s.idp.next(c.fault)
				}
				if c.told == "" {
					s.requireCall("access-canary-1")
				} else {
					s.requireRefused(c.told)
					asked := s.idp.count("refresh_token")
					s.requireRefused(c.told) // and does not ask again at once
					require.Equal(t, asked, s.idp.count("refresh_token"))
					require.NotEmpty(t, s.state().LastError)
				}
				time.Sleep(time.Minute)
				if c.nextSends != "" {
					s.requireCall(c.nextSends)
					require.Empty(t, s.state().LastError)
				} else {
					s.requireRefused(c.nextTold)
				}
				require.Equal(t, c.status, s.state().Status)
				require.Equal(t, "ann@example.com", s.state().Account, "nothing deletes a connection")
			})
		})
	}
}

// faultyStore fails once.
func (s *stage) faultyStore(before, after error) {
	real := s.shared.update
	s.shared.update = func(t *db.Tenant, service string, change func(*db.OAuthTokenData) (*db.OAuthTokenData, error)) error {
		s.shared.update = real
		if before != nil {
			return before
		}
		if err := real(t, service, change); err != nil {
			return err
		}
		return after
	}
}

// A token that was obtained and not stored is not lost: the refresh token that
// it came for counts no more.
func TestFaultsOfTheStore(t *testing.T) {
	full := errors.New("disk full")
	for name, fail := range map[string]func(*stage){
		"before writing": func(s *stage) { s.faultyStore(full, nil) },
		"after writing":  func(s *stage) { s.faultyStore(nil, full) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.connected(s.tenant, -time.Second)
				_, err := s.call(s.tenant) // binds it to its origins
				require.NoError(t, err)
				time.Sleep(time.Hour)
				fail(s)
				_, err = s.call(s.tenant)
				require.ErrorIs(t, err, full, "it is not used before it is stored")
				s.requireCall("access-canary-2")
				s.requireCall("access-canary-2")
				require.Equal(t, 2, s.idp.count("refresh_token"))
				require.Equal(t, Connected, s.state().Status)
			})
		})
	}
}

func TestWhatHappensMeanwhileCounts(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(*stage)
		told      string
		sent      string
	}{
		"the tenant is deleted": {func(s *stage) {
			require.NoError(s, s.db.DeleteAPIToken(s.tenant.TokenHash()))
		}, "tenant not found", ""},
		"it is disconnected": {func(s *stage) {
			require.NoError(s, s.tenant.DeleteOAuthToken("svc"))
		}, "you are not connected to Mail yet", ""},
		"it is connected anew": {func(s *stage) {
			require.NoError(s, s.tenant.StoreOAuthToken("svc", &db.OAuthTokenData{AccessToken: "newer", Origins: s.connector.oauth.origins}))
		}, "", "newer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.connected(s.tenant, -time.Second)
				real := s.shared.update
				s.shared.update = func(t *db.Tenant, service string, change func(*db.OAuthTokenData) (*db.OAuthTokenData, error)) error {
					if s.idp.count("refresh_token") > 0 {
						c.meanwhile(s)
					}
					return real(t, service, change)
				}
				if c.told == "" {
					s.requireCall(c.sent)
				} else {
					s.requireRefused(c.told)
				}
				list, err := s.db.Status()
				require.NoError(t, err)
				for _, status := range list {
					for _, connection := range status.Connections {
						require.Equal(t, c.sent, "newer", "%v came back", connection.Service)
					}
				}
			})
		})
	}
}

// However many wait, a provider is asked once for each tenant.
func TestOneRenewalForAllThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		tenants := []*db.Tenant{s.tenant}
		for range 49 {
			tenant, _ := s.newTenant()
			tenants = append(tenants, tenant)
		}
		for i, tenant := range tenants {
			s.connected(tenant, -time.Second)
			data, err := tenant.OAuthToken("svc")
			require.NoError(t, err)
			data.RefreshToken += string(rune('a' + i))
			data.AccessToken += string(rune('a' + i))
			s.idp.valid[data.RefreshToken] = true
			require.NoError(t, tenant.StoreOAuthToken("svc", data))
		}
		var mu sync.Mutex
		sent := map[string]map[string]bool{}
		var all sync.WaitGroup
		for i := range 200 + 50*10 {
			tenant := tenants[max(0, i-200)/10]
			all.Go(func() {
				token, err := s.call(tenant)
				if err != nil {
					token = err.Error()
				}
				mu.Lock()
				defer mu.Unlock()
				if sent[tenant.Hash()] == nil {
					sent[tenant.Hash()] = map[string]bool{}
				}
				sent[tenant.Hash()][token] = true
			})
		}
		all.Wait()
		require.Equal(t, 50, s.idp.count("refresh_token"))
		used := map[string]bool{}
		for _, tokens := range sent {
			require.Len(t, tokens, 1)
			for token := range tokens {
				require.Contains(t, token, "access-canary-")
				require.False(t, used[token], "two tenants got one token")
				used[token] = true
			}
		}
	})
}

// A good token is used while its renewal takes long, and one that cannot be
// renewed until it ends.
func TestAGoodTokenIsUsedWhileItsRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connected(s.tenant, time.Hour)
		s.requireCall("access-canary-0")
		require.Zero(t, s.idp.count("refresh_token"), "it is good for long")
		time.Sleep(55*time.Minute + time.Second)
		s.idp.next(reply{hangs: true})
		begun := time.Now()
		s.requireCall("access-canary-0")
		require.Equal(t, patience, time.Since(begun))
		time.Sleep(askTimeout)
		s.requireCall("access-canary-0") // the provider is left alone for a moment
		require.Equal(t, 1, s.idp.count("refresh_token"))
		time.Sleep(pause)
		s.requireCall("access-canary-1")
	})
}

// What an API does not take is renewed once, and not what is only a moment old.
func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connected(s.tenant, time.Hour)
		ctx := db.NewContext(t.Context(), s.tenant)
		apply := func() Sent {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://api.example/x", nil)
			require.NoError(t, err)
			sent, err := s.strategy.Apply(ctx, r)
			require.NoError(t, err)
			return sent
		}
		first, also := apply(), apply()
		renewed, err := first.Renew(ctx)
		require.NoError(t, err)
		require.False(t, renewed, "it is new")
		time.Sleep(pause + time.Second)
		for _, sent := range []Sent{first, also} {
			renewed, err := sent.Renew(ctx)
			require.NoError(t, err)
			require.True(t, renewed)
		}
		require.Equal(t, 1, s.idp.count("refresh_token"))
		s.requireCall("access-canary-1")
		renewed, err = apply().Renew(ctx)
		require.NoError(t, err)
		require.False(t, renewed)
	})
}

// A configuration that names other servers gets nothing.
func TestAConnectionIsBoundToItsOrigins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.connected(s.tenant, time.Hour)
		s.requireCall("access-canary-0")
		elsewhere := providerSettings
		elsewhere.TokenURL = "https://evil.example/token"
		s.configure("oauth2_code", elsewhere)
		s.requireRefused("you must connect to Mail anew: the configuration of the service names other servers than when it was connected")
		require.Equal(t, NeedsSignIn, s.state().Status)
		s.configure("oauth2_code", providerSettings) // by mistake, then
		s.requireCall("access-canary-0")
		require.Equal(t, Connected, s.state().Status)
		s.configure("oauth2_code", elsewhere)
		_, err := s.connector.oauth.disconnect(t.Context(), s.tenant)
		require.NoError(t, err)
		require.Empty(t, s.idp.requests)
		s.requireRefused("you are not connected to Mail yet")
	})
}

func TestWithoutARefreshTokenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		require.NoError(t, s.tenant.StoreOAuthToken("svc", &db.OAuthTokenData{AccessToken: "only", ExpiresAt: new(time.Now().Add(time.Minute))}))
		s.requireCall("only")
		time.Sleep(time.Minute)
		s.requireRefused("has expired, and the provider gave nothing to renew it with")
		require.Equal(t, NeedsSignIn, s.state().Status)
		require.Empty(t, s.idp.requests)
	})
}
