package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/cmd/internal/environ"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// settle is how long the files must have been quiet before they are read: an
// editor writes in several steps, and so does who copies several files.
const settle = 250 * time.Millisecond

// patience is how long that is waited for: something may write all the time.
const patience = 2 * time.Second

// reloader serves the configuration anew when it has changed.
type reloader struct {
	load    func() (*fusion.Fusion, error)
	server  *mcpserver.Server
	logger  global.Logger
	changes *watcher
	current *fusion.Fusion
}

// startReloading reloads on SIGHUP, and when a file of the configuration
// changes, until stop is called. stop waits for a reload that runs, and closes
// what is served by then.
func (p program) startReloading(o options, logger global.Logger, d demo, connections *auth.Connections, server *mcpserver.Server, first *fusion.Fusion) (stop func()) {
	r := &reloader{
		load:   func() (*fusion.Fusion, error) { return p.readAnew(o, logger, d, connections) },
		server: server, logger: logger, current: first,
	}
	var err error
	if r.changes, err = watch(p.expand(o.configs)); err != nil {
		logger.Warningf("changes of the configuration's files are not noticed, SIGHUP reads them anew: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.run(ctx, p.hangups)
	}()
	return func() {
		cancel()
		<-done
		r.changes.close()
		r.current.Close()
	}
}

// readAnew also reads the environment's files anew, which may hold what the
// configuration takes by ${NAME}.
func (p program) readAnew(o options, logger global.Logger, d demo, connections *auth.Connections) (*fusion.Fusion, error) {
	var err error
	if p.env, err = environ.Load(p.variables); err != nil {
		return nil, err
	}
	return p.read(o, logger, d, connections)
}

func (r *reloader) run(ctx context.Context, hangups <-chan os.Signal) {
	quiet := time.NewTimer(0)
	quiet.Stop()
	defer quiet.Stop()
	var since time.Time // of the first event; zero when nothing is waited for
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			quiet.Stop()
			since = time.Time{}
			r.changes.changed() // what is read now is no news any more
			r.reload()
		case <-r.changes.events:
			if since.IsZero() {
				since = time.Now()
			}
			quiet.Reset(min(settle, patience-time.Since(since)))
		case <-quiet.C:
			since = time.Time{}
			if r.changes.changed() {
				r.reload()
			}
		}
	}
}

// reload keeps what is served when the files cannot be used.
func (r *reloader) reload() {
	next, err := r.load()
	if err == nil {
		if err = r.server.Replace(next); err != nil {
			next.Close()
		}
	}
	if err != nil {
		r.server.Outdated()
		for line := range strings.SplitSeq(err.Error(), "\n") {
			r.logger.Errorf("configuration: %s", line)
		}
		r.logger.Error("the configuration has changed and cannot be used; the one before is served on")
		return
	}
	r.current = next
	for _, warning := range next.Warnings() {
		r.logger.Warning(warning.String())
	}
	r.logger.Noticef("the configuration was read anew: %d tools", len(next.Tools()))
}
