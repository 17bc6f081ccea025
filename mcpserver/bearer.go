package mcpserver

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

// serveTenant lets the caller in for as long as its API token does, or answers
// 401. There is no anonymous caller: without a header only the local tenant,
// where one is configured, gets in.
func (s *Server) serveTenant(w http.ResponseWriter, r *http.Request) {
	token, refusal := bearerToken(r.Header)
	if refusal == textRequired && !s.localToken.IsEmpty() {
		token, refusal = s.localToken, ""
	}
	if refusal != "" {
		refuseToken(w, r, refusal)
		return
	}
	s.admit(w, r, token, s.routeTenant, s.refuseTenant)
}

// admit lets next answer for as long as the API token is let in; when it is not,
// or not any more, refused does.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, token global.Secret, next http.HandlerFunc, refused connect.Refused) {
	ctx, leave, err := s.tenants.Admit(r.Context(), token.Reveal())
	if err != nil {
		refused(w, r, err)
		return
	}
	defer leave()
	ctx, end := s.tools.withLease(ctx)
	defer end()
	r = r.WithContext(ctx)
	recordOf(ctx).tenant = tenantOf(ctx).ShortID()
	s.guarded(w, r, next, refused)
}

// tenantOf returns the tenant of a request that was let in.
func tenantOf(ctx context.Context) *db.Tenant {
	tenant, ok := db.FromContext(ctx)
	if !ok {
		panic(errors.New("mcpserver: a request without a tenant"))
	}
	return tenant
}

// refuseTenant answers for an API token that is not let in, or not any more.
func (s *Server) refuseTenant(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, db.ErrInvalidToken):
		refuseToken(w, r, textInvalidToken)
	case errors.Is(err, db.ErrTokenExpired):
		refuseToken(w, r, textTokenExpired)
	case errors.Is(err, db.ErrTokenDisabled):
		refuseToken(w, r, textTokenDisabled)
	default:
		s.fail(w, r, err)
	}
}

// bearerToken reads exactly one Authorization header (RFC 6750 §2.1). The
// second result is the text of the refusal, "" when there is a token, whose
// form nobody has checked yet.
func bearerToken(h http.Header) (global.Secret, string) {
	values := h.Values("Authorization")
	switch len(values) {
	case 0:
		return global.Secret{}, textRequired
	case 1:
		return parseBearer(strings.Fields(values[0]))
	default:
		return global.Secret{}, textMustBeBearer
	}
}

func parseBearer(words []string) (global.Secret, string) {
	switch {
	case len(words) == 0 || len(words) > 2 || !strings.EqualFold(words[0], "Bearer"):
		return global.Secret{}, textMustBeBearer
	case len(words) == 1:
		return global.Secret{}, textEmptyToken
	default:
		return global.NewSecret(words[1]), ""
	}
}
