package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// notSent is an error before anything was sent.
type notSent struct{ error }

func (e notSent) Unwrap() error { return e.error }

func dial(ctx context.Context, path string) (net.Conn, error) {
	conn, err := connect(ctx, path)
	if err != nil {
		return nil, notSent{err}
	}
	return conn, nil
}

// connect connects, and checks who is there.
func connect(ctx context.Context, path string) (net.Conn, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("%s: %w: a socket's path has at most %d bytes", path, ErrNoServer, maxPath)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case isAny(err, syscall.ENOENT, syscall.ENOTDIR, syscall.ECONNREFUSED, syscall.ENOTSOCK):
		return nil, fmt.Errorf("%s: %w", path, ErrNoServer)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: %w: it belongs to another user: run this as that user, or as root", path, syscall.EACCES)
	case err != nil:
		return nil, err
	}
	server, err := peerOf(conn.(*net.UnixConn))
	if err == nil {
		err = checkServer(path, server, os.Geteuid())
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func isAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
