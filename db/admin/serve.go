package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// Limits of a connection. How long an operation takes has no limit: to seal
// anew or to verify a large database takes as long as it takes.
const (
	readHeaderTimeout = 10 * time.Second
	bodyTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

// Serve lets programs of this user, and of root, manage m over the socket until
// ctx ends. Then it takes no new requests, lets running ones finish for up to
// drain, and cuts the connections that are left. When it returns, nothing of m
// is running on its behalf, and l is closed.
//
// It logs who did what, and never with what.
func Serve(ctx context.Context, l *Listener, m Manager, logger global.Logger, drain time.Duration) error {
	d := newDoor(l, logger)
	var connections sync.WaitGroup
	server := &http.Server{
		Handler:           handler{m, logger},
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(debugWriter{logger}, "", 0),
		ConnContext:       withCaller,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed: // its goroutine ends
				d.leave()
				connections.Done()
			}
		},
		// net/http would answer OPTIONS * itself.
		DisableGeneralOptionsHandler: true,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(d) }()
	select {
	case <-ctx.Done():
		stop(server, logger, drain)
	case err := <-ended:
		ended <- fmt.Errorf("management: %w", err)
		_ = server.Close()
	}
	err := <-ended // all connections have begun
	connections.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func stop(server *http.Server, logger global.Logger, drain time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		logger.Warningf("management: connections that were busy for another %s were cut", drain)
		_ = server.Close()
	}
}

type callerKey struct{}

func withCaller(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, conn.(*caller).uid)
}

// debugWriter takes what net/http has to say, which is about broken
// connections.
type debugWriter struct{ logger global.Logger }

func (w debugWriter) Write(line []byte) (int, error) {
	w.logger.Debugf("management: %s", bytes.TrimSpace(line))
	return len(line), nil
}
