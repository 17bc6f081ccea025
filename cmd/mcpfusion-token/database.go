package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// lockTimeout is long enough for another command to end, and short enough for
// somebody who waits for an answer.
const lockTimeout = time.Second

// withDB opens the database, runs fn, and closes it again.
func (p *program) withDB(fn func(*db.DB) error, opts ...db.Option) error {
	dir, err := p.env.DataDir(p.dataDir)
	if err != nil {
		return err
	}
	recovery, _ := p.env.Lookup("MCP_FUSION_RECOVERY_PUBLIC_KEY")
	opts = append(opts, db.WithLogger(p.logger), db.WithDataDir(dir), db.WithLockTimeout(lockTimeout), db.WithRecovery(recovery))
	d, err := db.New(opts...)
	if err != nil {
		return inUse(err)
	}
	return errors.Join(fn(d), d.Close())
}

// inUse says what to do about a database that somebody else holds.
func inUse(err error) error {
	if errors.Is(err, db.ErrInUse) {
		return fmt.Errorf("%w: a running server or another command holds it; stop it, or try again when it is done", err)
	}
	return err
}

// find returns the tokens that ref may mean. Without a database there is none.
func (p *program) find(ref string) (found []db.APITokenMetadata, err error) {
	err = p.withDB(func(d *db.DB) error {
		found, err = d.FindAPITokens(ref)
		return err
	}, db.WithExisting())
	if errors.Is(err, db.ErrNoDatabase) {
		return nil, nil
	}
	return found, err
}
