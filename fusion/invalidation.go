package fusion

import (
	"context"
	"net/http"
	"slices"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// renewal decides what follows when an API has refused the credential.
type renewal struct {
	rules      config.Invalidation
	idempotent bool
}

// isRefusal reports whether an answer means that the credential no longer works.
func (r renewal) isRefusal(f fault) bool {
	return slices.Contains(r.rules.StatusCodes, f.status)
}

// repeats reports whether the call may be sent again after such an answer. With
// 401 (RFC 9110 §15.5.2) an API has done nothing, unless it had taken the call
// and pointed elsewhere; of any other status nobody knows.
func (r renewal) repeats(f fault) bool {
	return r.rules.RetryOnInvalidation && (r.idempotent || f.status == http.StatusUnauthorized && !f.redirected)
}

// renewed gets another credential in place of the one that the API has refused,
// and reports whether to call again with it. Where the call is not repeated, the
// next one has it.
func (c *call) renewed(ctx context.Context, got outcome) bool {
	repeats := c.tool.renewal.repeats(got.fault) && wait(ctx, c.tool.renewal.rules.RetryDelay)
	other, err := c.renew(ctx)
	if err != nil && !is[*auth.CredentialError](err) && ctx.Err() == nil {
		c.tool.sender.log.Warningf("calling %s: the credential that was refused could not be renewed: %s",
			c.tool.Name, got.redact.text(err.Error()))
	}
	return repeats && other && err == nil && ctx.Err() == nil
}
