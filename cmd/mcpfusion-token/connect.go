package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

const (
	// patience is how long to wait for whoever holds the database without
	// answering on the socket: another command, or a server that just starts.
	patience = 2 * time.Second
	// retryPause is the time between two attempts.
	retryPause = 20 * time.Millisecond
)

// manager is what manages the tokens: the running server, or the database
// itself.
type manager interface {
	admin.Manager
	io.Closer
}

// manage runs fn with the manager. Without opts a database is created when
// there is neither a server nor a database.
func (p *program) manage(ctx context.Context, fn func(admin.Manager) error, opts ...db.Option) error {
	m, err := p.connect(ctx, opts)
	if err != nil {
		return err
	}
	return errors.Join(fn(m), m.Close())
}

// connect tries the socket, then the file, and then the socket again: a server
// may have started in between.
func (p *program) connect(ctx context.Context, opts []db.Option) (manager, error) {
	dir, err := p.env.DataDir(p.dataDir)
	if err != nil {
		return nil, err
	}
	opts = append(p.databaseOptions(dir), opts...)
	opts = append(opts, db.WithLockTimeout(1)) // connect does the waiting
	if p.given["socket"] {
		opts = append(opts, db.WithExisting()) // who names a server means no new database
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(retryPause) {
		client, err := admin.Dial(ctx, p.socketPath(dir))
		if err == nil {
			p.logger.Debugf("managing through the server at %s", p.socketPath(dir))
			return client, nil
		}
		if !errors.Is(err, admin.ErrNoServer) {
			return nil, err
		}
		d, err := db.New(opts...)
		switch {
		case err == nil:
			return d, nil
		case !errors.Is(err, db.ErrInUse) || time.Now().After(deadline):
			return nil, p.held(err, dir)
		}
	}
}

func (p *program) socketPath(dir string) string {
	return cmp.Or(p.env.ExpandPath(p.socket), filepath.Join(dir, admin.SocketName))
}

func (p *program) databaseOptions(dir string) []db.Option {
	recovery, _ := p.env.Lookup("MCP_FUSION_RECOVERY_PUBLIC_KEY")
	return []db.Option{db.WithLogger(p.logger), db.WithDataDir(dir), db.WithRecovery(recovery)}
}

// withFile runs fn with the options for the file itself, which no server must
// hold.
func (p *program) withFile(fn func(opts ...db.Option) error) error {
	dir, err := p.env.DataDir(p.dataDir)
	if err != nil {
		return err
	}
	err = fn(append(p.databaseOptions(dir), db.WithLockTimeout(patience))...)
	if errors.Is(err, db.ErrInUse) {
		err = fmt.Errorf("%w: %s needs the file for itself; stop the server, and try again", err, p.command)
	}
	return err
}

// held says what to do about a database that somebody else holds, when no
// server answers.
func (p *program) held(err error, dir string) error {
	switch {
	case errors.Is(err, db.ErrNoDatabase) && p.given["socket"]:
		return fmt.Errorf("no server answers at %s, and %w", p.socketPath(dir), err)
	case !errors.Is(err, db.ErrInUse):
		return err
	}
	return fmt.Errorf("%w, and no server answers at %s: if that process is the server, give its -admin-socket with --socket; "+
		"if it is another command, try again when it is done", err, p.socketPath(dir))
}

// find returns the tokens that ref may mean. Without a database there is none.
func (p *program) find(ctx context.Context, ref string) (found []db.APITokenMetadata, err error) {
	err = p.manage(ctx, func(m admin.Manager) error {
		found, err = m.FindAPITokens(ref)
		return err
	}, db.WithExisting())
	if errors.Is(err, db.ErrNoDatabase) {
		return nil, nil
	}
	return found, err
}
