package main

import (
	"context"
	"path/filepath"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/global"
)

// adminOff is what -admin-socket says for none.
const adminOff = "off"

// startAdmin lets mcpfusion-token manage the database until stop is called,
// which waits until nothing works on the database any more: as long as the
// server holds it, also while it ends. Only whoever holds the database may call
// it; that makes a socket that is there already a left-over.
func (p program) startAdmin(o options, dir string, tenants *db.DB, logger global.Logger) (stop func(), err error) {
	if o.adminSocket == adminOff {
		logger.Notice("no admin socket: mcpfusion-token works only while this server does not run")
		return func() {}, nil
	}
	path := filepath.Join(dir, admin.SocketName)
	if o.adminSocket != "" {
		path = p.env.ExpandPath(o.adminSocket)
	}
	socket, err := admin.Listen(path)
	if err != nil {
		return nil, err
	}
	logger.Noticef("mcpfusion-token manages this server through %s", socket.Path())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := admin.Serve(ctx, socket, tenants, logger, o.drain); err != nil {
			logger.Errorf("%v: tokens cannot be managed until the next start", err)
		}
	}()
	return func() {
		cancel()
		<-ended
	}, nil
}
