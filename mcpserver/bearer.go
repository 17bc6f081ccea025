package mcpserver

import (
	"errors"
	"net/http"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// admit returns the request with the caller's tenant in its context, or
// answers 401 and returns nil. There is no anonymous caller: without a header
// only the local tenant, where one is configured, gets in.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) *http.Request {
	token, refusal := bearerToken(r.Header)
	if refusal == textRequired && !s.localToken.IsEmpty() {
		token, refusal = s.localToken, ""
	}
	if refusal != "" {
		refuseToken(w, r, refusal)
		return nil
	}
	tenant, err := s.tenants.Authenticate(token.Reveal())
	if err != nil {
		s.refuseTenant(w, r, err)
		return nil
	}
	recordOf(r.Context()).tenant = tenant.ShortID()
	return r.WithContext(db.NewContext(r.Context(), tenant))
}

func (s *Server) refuseTenant(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, db.ErrInvalidToken) {
		refuseToken(w, r, textInvalidToken)
		return
	}
	s.logger.Errorf("request %s: authenticate: %v", recordOf(r.Context()).id, err)
	refuse(w, r, http.StatusInternalServerError, textInternalError)
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
