package interop

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// put stores a connection that was made elsewhere, as one whose access token has
// expired.
func (s *signing) put(t *testing.T, apiToken string, token *oauth2.Token) {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"access_token": token.AccessToken, "refresh_token": token.RefreshToken, "expires_at": time.Now().Add(-time.Minute).Format(time.RFC3339),
	})
	require.NoError(t, err)
	command, _, errs := s.terminal(t, "credential", "set", "--tenant", apiToken[:8], "--service", "desk", "--kind", "oauth_tokens")
	command.Stdin = strings.NewReader(string(data))
	require.NoError(t, command.Run(), errs)
}

// However many calls wait for it, the provider is asked once for each tenant, and
// nobody acts as somebody else.
func TestOneRenewalAtTheProvider(t *testing.T) {
	s := startSigning(t)
	var users, tokens []string
	for i := range 50 {
		users = append(users, "user"+string(rune('a'+i/26))+string(rune('a'+i%26)))
		tokens = append(tokens, testgateway.AddToken(t, s.data, users[i]))
		s.put(t, tokens[i], s.as("public").connect(t, users[i]))
	}
	var calls sync.WaitGroup
	for i := range 200 + 50*10 {
		tenant := max(0, i-200) / 10
		calls.Go(func() {
			status, body := s.get(t, tokens[tenant], "/api/desk/me")
			assert.Equal(t, http.StatusOK, status, body)
			assert.Contains(t, body, `"sub":"`+users[tenant]+`"`)
		})
	}
	calls.Wait()
	require.Equal(t, slicesOf("ok", 50), s.outcomes(t, grantRefresh))
}

func slicesOf(text string, n int) (list []string) {
	for range n {
		list = append(list, text)
	}
	return list
}

// What ends at the provider ends here, and says so.
func TestAConnectionThatWasTakenBack(t *testing.T) {
	s := startSigning(t)
	token := s.as("public").connect(t, "anna")
	s.put(t, s.token, token)
	_, err := s.as("public").refresh(token.RefreshToken) // so that the gateway comes second
	require.NoError(t, err)
	for range 3 {
		status, body := s.get(t, s.token, "/api/desk/me")
		require.Equal(t, http.StatusConflict, status, body)
		require.Contains(t, body, "has ended: the provider does not accept it any more (invalid_grant)")
	}
	require.Equal(t, []string{"ok", "invalid_grant"}, s.outcomes(t, grantRefresh), "it is asked once")
	command, out, errs := s.terminal(t, "status", "--json")
	require.NoError(t, command.Run(), errs)
	require.Contains(t, out.String(), `"needs_sign_in":true`)
	require.Contains(t, out.String(), `"last_error":"the provider answered invalid_grant"`)
}
