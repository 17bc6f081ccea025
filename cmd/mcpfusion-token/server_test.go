package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/PivotLLM/MCPFusion/cmd/internal/environ"
	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// needsFile has the commands that do not work beside a server.
var needsFile = map[string]bool{"restore": true, "compact": true, "migrate": true}

// startServer manages the database that the command line means over its
// socket, as a running server does, until stop is called. Where there is none
// yet, or it cannot be opened, or the command needs it for itself, it starts
// nothing.
func startServer() (stop func()) {
	nothing := func() {}
	o, err := parseArgs(os.Args[1:])
	if err != nil || needsFile[o.command] {
		return nothing
	}
	env, err := environ.LoadFrom(systemDir, os.Environ())
	if err != nil {
		return nothing
	}
	dir, err := env.DataDir(o.dataDir)
	if err != nil {
		return nothing
	}
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	if err != nil {
		panic(err)
	}
	recovery, _ := env.Lookup("MCP_FUSION_RECOVERY_PUBLIC_KEY")
	d, err := db.New(db.WithLogger(logger), db.WithDataDir(dir), db.WithExisting(), db.WithLockTimeout(1), db.WithRecovery(recovery))
	if err != nil {
		return nothing
	}
	stopServing, err := serveAdmin(d, filepath.Join(dir, admin.SocketName), logger)
	if err != nil {
		panic(err)
	}
	return func() {
		stopServing()
		if err := d.Close(); err != nil {
			panic(err)
		}
	}
}

func serveAdmin(m admin.Manager, path string, logger *mlogger.Logger) (stop func(), err error) {
	l, err := admin.Listen(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- admin.Serve(ctx, l, m, logger, time.Second) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			panic(err)
		}
	}, nil
}
