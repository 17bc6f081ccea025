package auth

import "github.com/PivotLLM/MCPFusion/db"

// Kind is the kind under which a tenant's credential for the service is stored:
// db.KindOAuthTokens or a db.CredentialKind.
func (c *Connector) Kind() string {
	if c.oauth != nil {
		return db.KindOAuthTokens
	}
	return string(c.kind)
}
