package auth

import (
	"context"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// session sends the token of a session that it logs in for.
type session struct{}

func newSession(s Service, settings *config.SessionJWT) Strategy { return &session{} }

func (*session) Apply(ctx context.Context, r *http.Request) (Sent, error) { return Sent{}, errNotYet }
