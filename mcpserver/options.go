package mcpserver

import (
	"log/slog"
	"net/url"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
)

// DefaultMaxBody is the size limit of a request body in bytes, unless
// WithMaxBody says otherwise.
const DefaultMaxBody = 1 << 20

// Option changes what New builds.
type Option func(*Server)

// WithLogger takes the server's own messages. It is required.
func WithLogger(l global.Logger) Option { return func(s *Server) { s.logger = l } }

// WithRequestLog takes one structured event for each request. Without it
// requests are not logged.
func WithRequestLog(l *slog.Logger) Option { return func(s *Server) { s.requests = l } }

// WithDB gives the tenants. It is required.
func WithDB(d *db.DB) Option { return func(s *Server) { s.tenants = d } }

// WithFusion gives the tools. It is required.
func WithFusion(f *fusion.Fusion) Option { return func(s *Server) { s.first = f } }

// WithMaxBody limits request bodies to n bytes; the default is 1 MiB.
func WithMaxBody(n int64) Option { return func(s *Server) { s.maxBody = n } }

// WithLocalTenant lets requests without an Authorization header in as the
// tenant of this API token. A header that is present is checked as always.
// Only for listeners that nobody else reaches.
func WithLocalTenant(token global.Secret) Option { return func(s *Server) { s.localToken = token } }

// WithAnyHost takes every Host header, as a listener must that is not on a
// loopback address. Without it only loopback names, the public URL's host and
// WithAllowedHosts are served, so that a web page cannot reach the gateway by
// rebinding its name to 127.0.0.1.
func WithAnyHost() Option { return func(s *Server) { s.doors.anyHost = true } }

// WithPublicURL is the address that clients know, when a proxy stands in
// front, written as for WithBaseURL.
func WithPublicURL(u *url.URL) Option {
	return func(s *Server) {
		s.doors.hosts = append(s.doors.hosts, u.Host)
		s.doors.origins = append(s.doors.origins, u.Scheme+"://"+u.Host)
	}
}

// WithBaseURL is the gateway's address for the links that are given out, as
// scheme://host[:port], in lower case and without the scheme's own port, as
// browsers write origins; with https the cookies of the pages under /connect need
// TLS. It is never taken from a request, whose sender could choose it. Without it
// there are no links, and no sign-in that has to come back to the gateway.
func WithBaseURL(u *url.URL) Option { return func(s *Server) { s.baseURL = u } }

// WithConnections ends the sign-ins that browsers come back from. It must be
// those that the tools have.
func WithConnections(c *auth.Connections) Option { return func(s *Server) { s.connections = c } }

// WithAllowedHosts admits further Host headers: "name" for any port, or
// "name:port".
func WithAllowedHosts(hosts ...string) Option {
	return func(s *Server) { s.doors.hosts = append(s.doors.hosts, hosts...) }
}

// WithAllowedOrigins admits web pages of further origins, written as for
// WithBaseURL.
func WithAllowedOrigins(origins ...string) Option {
	return func(s *Server) { s.doors.origins = append(s.doors.origins, origins...) }
}
