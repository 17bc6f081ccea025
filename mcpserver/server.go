// Package mcpserver is the HTTP side of the gateway: it lets callers in,
// answers MCP and REST from the same tools, and logs each request once.
//
// A request passes, in this order: request id and log, Host and Origin, bearer
// token, route, content type, body limit, and only then the protocol. What is
// not let in is told so in RFC 9457 problem JSON with a fixed text; nothing
// that went wrong inside reaches a client but "Internal server error" and the
// request's id.
package mcpserver

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

// Server answers the gateway's HTTP requests. It is safe for concurrent use.
type Server struct {
	tenants     *db.DB
	first       *fusion.Fusion // what New begins with
	logger      global.Logger
	requests    *slog.Logger
	doors       doors
	maxBody     int64
	bodyTimeout time.Duration
	localToken  global.Secret
	tools       tools
	outdated    atomic.Bool
	listeners   *listeners
	waits       *waits
	baseURL     *url.URL // nil when nobody knows
	connections *auth.Connections
	pages       *connect.Pages
}

// New returns a server. It fails without a logger, a database or the tools, and
// with a limit that admits nothing.
func New(opts ...Option) (*Server, error) {
	s := &Server{
		maxBody: DefaultMaxBody, bodyTimeout: defaultBodyTimeout,
		requests: slog.New(slog.DiscardHandler), listeners: newListeners(),
	}
	s.waits = &waits{ended: s.listeners.ended, of: map[string]int{}}
	for _, opt := range opts {
		opt(s)
	}
	switch {
	case s.logger == nil:
		return nil, errors.New("mcpserver: a logger is required")
	case s.tenants == nil:
		return nil, errors.New("mcpserver: a database is required")
	case s.first == nil:
		return nil, errors.New("mcpserver: the tools are required")
	case s.maxBody <= 0:
		return nil, errors.New("mcpserver: the limit of a body must be greater than zero")
	}
	first := s.first
	s.first = nil // kept for no longer than it is served
	if err := s.Replace(first); err != nil {
		return nil, err
	}
	s.pages = connect.New(connect.Options{
		Gateway: behindPages{s}, Base: s.baseURL, Local: s.localToken, Connections: s.connections,
	})
	return s, nil
}

// Handler returns the whole gateway as one handler.
func (s *Server) Handler() http.Handler {
	return s.logged(s.hurried(s.doors.guard(s.doors.shared(http.HandlerFunc(s.route)))))
}
