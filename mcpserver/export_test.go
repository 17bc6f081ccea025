package mcpserver

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

// WithBodyTimeout shortens the time that a body may take.
func WithBodyTimeout(d time.Duration) Option { return func(s *Server) { s.bodyTimeout = d } }

// Around puts what is around every request around a handler of the test's.
func Around(s *Server, next http.Handler) http.Handler { return s.logged(next) }

// Reaches reports whether a body would be given to the MCP library.
func Reaches(body []byte) bool {
	message, wrong := peek(body)
	return wrong == nil && !isDropped(message.Method)
}

// Method is the method that peek finds.
func Method(body []byte) mcp.MCPMethod {
	message, _ := peek(body)
	return message.Method
}

// FixedTexts are the texts of a 401.
var FixedTexts = []string{textRequired, textMustBeBearer, textEmptyToken, textInvalidToken, textTokenExpired, textTokenDisabled}

// Guarded lets a handler of the test's answer a request that db.Admit let in.
func Guarded(s *Server, next http.HandlerFunc) http.Handler {
	return s.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.guarded(w, r, next, s.refuseTenant) }))
}

// Admitted lets a handler of the test's answer as the tenant of an API token.
func Admitted(s *Server, token string, next http.HandlerFunc, refused connect.Refused) http.Handler {
	return s.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.admit(w, r, global.NewSecret(token), next, refused)
	}))
}

// ConnectURL is the link to a service's page.
func ConnectURL(s *Server, service string) string { return s.connectURL(service) }

// Kept is how many scopes and views the server keeps now, and at most.
func Kept(s *Server) (scopes, views, mostScopes, mostViews int) {
	return s.tools.current.scopes.len(), s.tools.current.views.len(), maxScopes, maxViews
}

// Library is the MCP library that was told of the tools that a tenant's API
// token may see, with nothing of ours in front. It only lists.
func Library(s *Server, tenant *db.Tenant) (http.Handler, error) {
	v, err := s.tools.current.viewOf(tenant)
	if err != nil {
		return nil, err
	}
	var known []server.ServerTool
	for i, o := range s.tools.current.tools {
		if v.set.has(i) {
			known = append(known, server.ServerTool{Tool: o.served.Tool})
		}
	}
	return newLibrary(s.requests, known...), nil
}

// EndListening is what the end of a server begins with.
func EndListening(s *Server) { s.listeners.end() }

// HasCursor reads a request for tools as the MCP library does.
func HasCursor(body []byte) bool {
	var request mcp.ListToolsRequest
	err := json.Unmarshal(body, &request)
	return err == nil && request.Params.Cursor != ""
}
