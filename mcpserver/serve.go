package mcpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. There is no limit on writing: it would cut calls
// that take long.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// Serve answers requests on l until ctx ends. Then it takes no new ones, ends
// listen streams, lets running requests finish for up to drain, cancels those
// that are left, and returns nil. It closes l, and can be called once.
func (s *Server) Serve(ctx context.Context, l net.Listener, drain time.Duration) error {
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(errShutdown)
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          newErrorLog(s.logger),
		// net/http would answer OPTIONS * itself, past every check and the log.
		DisableGeneralOptionsHandler: true,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
		s.listeners.end() // they would last as long as the drain, and so would waits
		return s.drain(server, cancel, drain)
	}
}

// errShutdown is the cause of a call's end when the server's end cut it off.
var errShutdown = errors.New("the server is shutting down")

// cancelGrace is what calls cancelled after the drain get to write their
// answer and their log line.
const cancelGrace = time.Second

func (s *Server) drain(server *http.Server, cancel context.CancelCauseFunc, limit time.Duration) error {
	ctx, stop := context.WithTimeout(context.Background(), limit)
	defer stop()
	err := server.Shutdown(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.logger.Warningf("calls still running after %s were cancelled", limit)
	cancel(errShutdown)
	ctx, stop = context.WithTimeout(context.Background(), cancelGrace)
	defer stop()
	if server.Shutdown(ctx) != nil {
		return server.Close()
	}
	return nil
}
