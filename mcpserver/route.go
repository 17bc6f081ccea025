package mcpserver

import (
	"net/http"
	"strings"

	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

// route answers the open paths, asks everybody else for a token, and finds the
// surface that was meant. Without a valid token every other path is 401, so
// that an unknown caller does not learn which paths exist.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/healthz":
		s.healthz(w, r)
	case path == "/readyz":
		s.readyz(w, r)
	case isPage(path):
		s.pages.ServeHTTP(w, r)
	case strings.HasPrefix(path, "/.well-known/"):
		// A client that looks for OAuth metadata (RFC 9728, RFC 8414) must see
		// that there is none.
		refuse(w, r, http.StatusNotFound, textNotFound)
	default:
		s.serveTenant(w, r)
	}
}

// isPage reports whether a path is for people, who have no header to show an API
// token in.
func isPage(path string) bool {
	return path == "/connect" || strings.HasPrefix(path, "/connect/") || path == connect.CallbackPath
}

func (s *Server) routeTenant(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case path == "/mcp":
		s.serveMCP(w, r)
	case path == "/api":
		s.listServices(w, r)
	case path == "/api/openapi.json":
		s.describeAPI(w, r)
	case path == "/api/connections":
		s.listConnections(w, r)
	case strings.HasPrefix(path, "/api/"):
		s.routeService(w, r, strings.TrimPrefix(path, "/api/"))
	default:
		refuse(w, r, http.StatusNotFound, textNotFound)
	}
}

// routeService answers /api/{service} and /api/{service}/{endpoint}; rest is
// what follows /api/.
func (s *Server) routeService(w http.ResponseWriter, r *http.Request, rest string) {
	if service, endpoint, called := strings.Cut(rest, "/"); called {
		s.serveEndpoint(w, r, service, endpoint)
	} else {
		s.listEndpoints(w, r, service)
	}
}
