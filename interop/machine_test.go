package interop

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// The gateway signs in as itself, once for all tenants, and anew when the provider
// has taken a token back.
func TestTheGatewaySignsInAsItself(t *testing.T) {
	s := startSigning(t)
	other := testgateway.AddToken(t, s.data, "another")
	var calls sync.WaitGroup
	for i := range 50 {
		calls.Go(func() {
			status, body := s.get(t, []string{s.token, other}[i%2], "/api/machine/me")
			assert.Equal(t, http.StatusOK, status, body)
			assert.Contains(t, body, `"client":"post"`)
		})
	}
	calls.Wait()
	require.Equal(t, []string{"ok"}, s.outcomes(t, grantCredentials))
	s.strike(t, 1, fault{Kind: "answer", Path: "/api/me", Status: http.StatusUnauthorized, Body: "no"})
	status, body := s.get(t, s.token, "/api/machine/me")
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, []string{"ok", "ok"}, s.outcomes(t, grantCredentials))
}

func TestTheGatewayIsNotKnown(t *testing.T) {
	s := startSigning(t)
	s.putClient(t, providerClient{ID: "post", Secret: "another", AuthMethod: "client_secret_post"})
	status, body := s.get(t, s.token, "/api/machine/me")
	require.Equal(t, http.StatusConflict, status, body)
	require.Contains(t, body, "the provider answered invalid_client")
	require.NotContains(t, body, "s3cret")
	require.NotContains(t, s.gateway.Log.String(), "s3cret")
}
