package mcpserver

import (
	"context"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

// connectURL is the address of the page on which people connect a service, or of
// all services for "". It is "" when nobody knows the gateway's address.
func (s *Server) connectURL(service string) string {
	if s.baseURL == nil {
		return ""
	}
	return s.baseURL.JoinPath("connect", service).String()
}

// behindPages is the server as the pages see it.
type behindPages struct{ *Server }

// Serve implements connect.Gateway.
func (b behindPages) Serve(w http.ResponseWriter, r *http.Request, token global.Secret, next http.HandlerFunc, refused connect.Refused) {
	b.admit(w, r, token, next, refused)
}

// Services implements connect.Gateway.
func (b behindPages) Services(ctx context.Context) (seen []*fusion.Service, err error) {
	v, err := leaseOf(ctx).viewOf(tenantOf(ctx))
	if err != nil {
		return nil, err
	}
	return v.services(), nil
}

// Refuse implements connect.Gateway.
func (b behindPages) Refuse(ctx context.Context, reason string) { recordOf(ctx).reason = reason }

// Fail implements connect.Gateway.
func (b behindPages) Fail(ctx context.Context, err error) (id string) {
	id = recordOf(ctx).id
	b.logger.Errorf("request %s: %v", id, err)
	return id
}
