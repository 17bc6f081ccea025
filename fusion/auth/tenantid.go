package auth

import (
	"context"

	"github.com/PivotLLM/MCPFusion/db"
)

// TenantID names the tenant of ctx, for what is kept in memory for each tenant
// apart. It is "" without a tenant, and no secret.
func TenantID(ctx context.Context) string {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		return ""
	}
	return tenant.Hash()
}
