package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// The texts of a service that needs a sign-in.
const (
	textNotConnected = "you are not connected to this service, and this version of mcpfusion cannot connect you yet"
	textExpired      = "your connection to this service has expired, and this version of mcpfusion cannot renew it yet"
)

// connected sends the access token of the tenant's own connection (RFC 6750
// §2.1). There is nothing to share.
type connected struct{ service string }

// Apply implements Strategy.
func (s connected) Apply(ctx context.Context, r *http.Request) ([]global.Secret, error) {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		return nil, &CredentialError{textNotConnected}
	}
	token, err := tenant.OAuthToken(s.service)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return nil, &CredentialError{textNotConnected}
	case err != nil:
		return nil, unusable(err)
	case token.ExpiresAt != nil && !time.Now().Before(*token.ExpiresAt):
		return nil, &CredentialError{textExpired}
	}
	return newBearer(&config.Bearer{Token: global.NewSecret(token.AccessToken)}).Apply(ctx, r)
}
