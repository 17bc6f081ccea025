package mcpserver

import (
	"net/http"
	"slices"
)

// What a page of an allowed origin may send and read (the CORS protocol of the
// Fetch standard). The token comes in a header, never in a cookie, so no
// credentials mode is needed.
const (
	corsMethods = "GET, POST"
	corsHeaders = "Authorization, Content-Type, Mcp-Protocol-Version, Mcp-Method, Mcp-Name"
	corsExposed = "X-Request-Id, X-Mcpfusion-Note, WWW-Authenticate"
	corsMaxAge  = "600" // seconds
)

// shared answers browsers that ask whether a page of an allowed origin may
// call, and lets such pages read answers. A preflight carries no token and
// tells nothing but what the operator has allowed.
func (d doors) shared(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if !d.isAllowed(origin) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Origin")
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", corsExposed)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			w.Header().Set("Access-Control-Allow-Methods", corsMethods)
			w.Header().Set("Access-Control-Allow-Headers", corsHeaders)
			w.Header().Set("Access-Control-Max-Age", corsMaxAge)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isAllowed reports whether an operator has named the origin.
func (d doors) isAllowed(origin string) bool { return slices.Contains(d.origins, origin) }
