package auth

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

func (s *stage) disable() {
	s.Helper()
	require.NoError(s, s.db.ChangeAPIToken(s.tenant.TokenHash(), db.TokenChange{Disabled: new(true)}))
}

// begin starts a sign-in and returns the query of the provider's address.
func (s *stage) begin() url.Values {
	s.Helper()
	address, err := s.connector.StartCode(s.tenant, "https://gateway.example/oauth/callback", "browser")
	require.NoError(s, err)
	u, err := url.Parse(address)
	require.NoError(s, err)
	require.Equal(s, "idp.example/authorize", u.Host+u.Path)
	return u.Query()
}

func (s *stage) finish(answer url.Values) error {
	_, err := s.shared.Finish(s.Context(), s.tenant, "browser", answer, anything)
	return err
}

func anything(string) bool { return true }

func answerOf(query url.Values) url.Values {
	return url.Values{"state": {query.Get("state")}, "code": {"code-canary"}}
}

func TestASignInInTheBrowser(t *testing.T) {
	s := newStage(t)
	query := s.begin()
	require.Equal(t, "S256", query.Get("code_challenge_method"))
	require.Equal(t, "https://gateway.example/oauth/callback", query.Get("redirect_uri"))
	require.Equal(t, "a b", query.Get("scope"))
	require.Empty(t, query.Get("nonce"))
	require.NoError(t, s.finish(answerOf(query)))
	s.requireCall("access-canary-1")
	form := s.idp.requests[0]
	require.Equal(t, "code-canary", form.Get("code"))
	require.Equal(t, "https://gateway.example/oauth/callback", form.Get("redirect_uri"))
	require.NotEmpty(t, form.Get("code_verifier"))
	require.ErrorContains(t, s.finish(answerOf(query)), "completed already", "an answer counts once")
	require.Len(t, s.idp.requests, 1)
}

// What a provider sends back, to whom, and when.
func TestAnswersThatConnectNothing(t *testing.T) {
	const other = "in another browser or with another API token"
	for name, c := range map[string]struct {
		do   func(s *stage, answer url.Values) error
		want string
	}{
		"another browser": {func(s *stage, answer url.Values) error {
			_, err := s.shared.Finish(s.Context(), s.tenant, "another", answer, anything)
			return err
		}, other},
		"another tenant": {func(s *stage, answer url.Values) error {
			tenant, _ := s.newTenant()
			_, err := s.shared.Finish(s.Context(), tenant, "browser", answer, anything)
			return err
		}, other},
		"an unknown state": {func(s *stage, answer url.Values) error {
			answer.Set("state", "guessed")
			return s.finish(answer)
		}, "not known here"},
		"no state": {func(s *stage, answer url.Values) error {
			answer.Del("state")
			return s.finish(answer)
		}, "not known here"},
		"two states": {func(s *stage, answer url.Values) error {
			answer.Add("state", "another")
			return s.finish(answer)
		}, "several values for state"},
		"too late": {func(s *stage, answer url.Values) error {
			time.Sleep(codeTime + time.Second)
			return s.finish(answer)
		}, "longer than ten minutes"},
		"declined": {func(s *stage, answer url.Values) error {
			answer.Del("code")
			answer.Set("error", "access_denied")
			answer.Set("error_description", "canary")
			return s.finish(answer)
		}, "declined at the provider"},
		"refused": {func(s *stage, answer url.Values) error {
			answer.Set("error", "invalid_scope")
			return s.finish(answer)
		}, "refused the sign-in (invalid_scope)"},
		"no code": {func(s *stage, answer url.Values) error {
			answer.Del("code")
			return s.finish(answer)
		}, "has no code"},
		"a spent code": {func(s *stage, answer url.Values) error {
			s.idp.next(reply{status: 400, body: `{"error":"invalid_grant","error_description":"canary"}`})
			return s.finish(answer)
		}, "does not accept the sign-in (invalid_grant)"},
		"a deleted tenant": {func(s *stage, answer url.Values) error {
			require.NoError(s, s.db.DeleteAPIToken(s.tenant.TokenHash()))
			return s.finish(answer)
		}, "is not let in any more"},
		"a disabled token": {func(s *stage, answer url.Values) error {
			s.disable()
			return s.finish(answer)
		}, "is not let in any more"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				answer := answerOf(s.begin())
				err := c.do(s, maps.Clone(answer))
				require.IsType(t, &SignInError{}, err)
				require.ErrorContains(t, err, c.want)
				require.NotContains(t, err.Error(), "canary")
				list, err := s.db.Status()
				require.NoError(t, err)
				require.Empty(t, list, "nothing is connected")
			})
		})
	}
}

// idToken is one that says so. Nobody looks at its signature.
func idToken(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".canary"
}

func withOpenID(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	settings := providerSettings
	settings.Scope, settings.Issuer = "openid mail", "https://idp.example"
	s.configure("oauth2_code", settings)
	return s
}

func TestWhoIsConnected(t *testing.T) {
	s := withOpenID(t)
	query := s.begin()
	s.idp.idToken = idToken(fmt.Sprintf(`{"iss":"https://idp.example","aud":["client"],"nonce":%q,"exp":%d,"sub":"17","preferred_username":"\u202eana","name":7,"email":"ann@example.com"}`,
		query.Get("nonce"), time.Now().Add(time.Hour).Unix()))
	answer := answerOf(query)
	answer.Set("iss", "https://idp.example")
	require.NoError(t, s.finish(answer))
	require.Equal(t, "ann@example.com", s.state().Account)
}

func TestWhoAnswersIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		issuer, payload string
		want            string
	}{
		"mixed up":         {"https://evil.example", `{}`, "not from the issuer"},
		"no issuer":        {"", `{}`, "not from the issuer"},
		"no ID token":      {"https://idp.example", ``, "did not say who has signed in"},
		"no JSON":          {"https://idp.example", `canary`, "cannot be read"},
		"another's":        {"https://idp.example", `{"iss":"https://evil.example","aud":"client","nonce":"%s"}`, "another issuer's"},
		"another client's": {"https://idp.example", `{"iss":"https://idp.example","aud":["x"],"nonce":"%s"}`, "another client"},
		"nobody's":         {"https://idp.example", `{"iss":"https://idp.example","aud":7,"nonce":"%s"}`, "another client"},
		"no expiry":        {"https://idp.example", `{"iss":"https://idp.example","aud":"client","nonce":"%s"}`, "has expired"},
		"expired":          {"https://idp.example", `{"iss":"https://idp.example","aud":"client","nonce":"%s","exp":1000}`, "has expired"},
		"another sign-in":  {"https://idp.example", `{"iss":"https://idp.example","aud":"client","nonce":"x%s","exp":9999999999}`, "another sign-in"},
		"no nonce":         {"https://idp.example", `{"iss":"https://idp.example","aud":"client","exp":9999999999}`, "another sign-in"},
	} {
		t.Run(name, func(t *testing.T) {
			s := withOpenID(t)
			query := s.begin()
			if c.payload != "" {
				s.idp.idToken = idToken(strings.ReplaceAll(c.payload, "%s", query.Get("nonce")))
			}
			answer := answerOf(query)
			if c.issuer != "" {
				answer.Set("iss", c.issuer)
			}
			require.ErrorContains(t, s.finish(answer), c.want)
			require.Equal(t, Missing, s.state().Status)
		})
	}
}

// What the large providers want beyond the RFCs needs no configuration.
func TestQuirks(t *testing.T) {
	for tokenURL, want := range map[string]url.Values{
		"https://oauth2.googleapis.com/token":                              {"access_type": {"offline"}, "prompt": {"none"}, "scope": {"a b"}},
		"https://login.microsoftonline.com/common/oauth2/v2.0/token":       {"scope": {"a b offline_access"}, "prompt": {"none"}},
		"https://LOGIN.microsoftonline.com:443/common/oauth2/v2.0/token":   {"scope": {"a b offline_access"}},
		"https://login.microsoftonline.com.evil.example/oauth2/v2.0/token": {"scope": {"a b"}, "access_type": nil},
	} {
		s := newStage(t)
		settings := providerSettings
		settings.TokenURL, settings.ExtraParams = tokenURL, map[string]string{"prompt": "none"}
		s.configure("oauth2_code", settings)
		query := s.begin()
		for name, values := range want {
			require.Equal(t, values, query[name], "%s of %s", name, tokenURL)
		}
	}
	p := newProvider(&config.OAuth2{TokenURL: "https://github.com/login/oauth/access_token"}, nil)
	require.Equal(t, []string{"bad_refresh_token"}, p.quirk.ended)
}
