package mcpserver

import (
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
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
	return s.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.guarded(w, r, next) }))
}
