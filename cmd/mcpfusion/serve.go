package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// serve opens what the gateway needs, runs it until ctx ends, and closes
// everything again.
func (p program) serve(ctx context.Context, o options) error {
	logger, err := mlogger.New(mlogger.WithWriter(p.stderr), mlogger.WithFile(o.logFile),
		mlogger.WithFormat(o.logFormat), mlogger.WithDebug(o.debug))
	if err != nil {
		return err
	}
	defer logger.Close()
	demo, err := startDemo(o.demo)
	if err != nil {
		return err
	}
	defer demo.stop()
	connections := newConnections(o, logger)
	defer connections.Close() // serveOn closed them already, unless it was not reached
	tools, err := p.load(o, logger, demo, connections)
	if err != nil {
		return err
	}
	defer tools.Close()
	for _, warning := range tools.Warnings() {
		logger.Warning(warning.String())
	}
	listener, err := listen(o, logger)
	if err != nil {
		return err
	}
	defer listener.Close() // Serve closed it already, unless it was not reached
	return p.serveOn(ctx, o, logger, demo, connections, tools, listener)
}

// serveOn adds the database and answers requests. Closing the database writes
// what is still in memory, so its failure is the run's. Connections are closed
// before: what a provider answers at last is stored.
func (p program) serveOn(ctx context.Context, o options, logger *mlogger.Logger, d demo, connections *auth.Connections, tools *fusion.Fusion, listener net.Listener) (err error) {
	dir, err := p.dataDir(o)
	if err != nil {
		return err
	}
	tenants, err := db.New(db.WithLogger(logger), db.WithDataDir(dir),
		db.WithRecovery(p.fromEnv("MCP_FUSION_RECOVERY_PUBLIC_KEY", "")))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tenants.Close()) }()
	defer connections.Close()
	stopAdmin, err := p.startAdmin(o, dir, tenants, logger)
	if err != nil {
		return err
	}
	defer stopAdmin()
	if err := errors.Join(logProblems(tenants, logger), logRecovery(tenants, logger)); err != nil {
		return err
	}
	token, err := localTenant(o, tenants, dir)
	if err != nil {
		return err
	}
	server, err := newServer(o, logger, connections, tools, tenants, token, listener)
	if err != nil {
		return err
	}
	defer p.startReloading(o, logger, d, connections, server, tools)()
	if o.demo {
		printDemo(p.stdout, listener.Addr(), token)
	}
	logger.Noticef("mcpfusion %s serves %d tools on %s", global.Version, len(tools.Tools()), listener.Addr())
	err = server.Serve(ctx, listener, o.drain)
	logger.Notice("mcpfusion ends")
	return err
}

// logProblems says what is wrong with the database, before anybody is served
// with less than there should be. It goes on: what is sound can be used.
func logProblems(tenants *db.DB, logger global.Logger) error {
	problems, err := tenants.Verify()
	if len(problems) > 0 {
		logger.Errorf("the database has %d problems, the first: %s; 'mcpfusion-token verify' lists them; restore a backup, or ask for help",
			len(problems), problems[0])
	}
	return err
}

// logRecovery says at each start that somebody else holds a key to all
// secrets, if somebody does.
func logRecovery(tenants *db.DB, logger global.Logger) error {
	recovery, err := tenants.Recovery()
	switch {
	case recovery.IsOn:
		logger.Noticef("recovery is on: tenants' keys are sealed to %s as well", recovery.PublicKey)
	case recovery.PublicKey != "":
		logger.Warningf("the database names the recovery key %s, but MCP_FUSION_RECOVERY_PUBLIC_KEY is not set: nothing is sealed to it; set it to that key or to off", recovery.PublicKey)
	}
	return err
}

// localTenant returns the token of the tenant that -demo and -no-auth use.
func localTenant(o options, tenants *db.DB, dir string) (global.Secret, error) {
	if !o.demo && !o.noAuth {
		return global.Secret{}, nil
	}
	return localToken(tenants, dir)
}

func newConnections(o options, logger global.Logger) *auth.Connections {
	if o.noDeviceFlow {
		return auth.NewConnections(logger, auth.WithoutDeviceFlow())
	}
	return auth.NewConnections(logger)
}

func newServer(o options, logger *mlogger.Logger, connections *auth.Connections, tools *fusion.Fusion, tenants *db.DB, token global.Secret, listener net.Listener) (*mcpserver.Server, error) {
	opts := []mcpserver.Option{
		mcpserver.WithLogger(logger), mcpserver.WithRequestLog(logger.Slog()),
		mcpserver.WithDB(tenants), mcpserver.WithFusion(tools), mcpserver.WithMaxBody(o.maxBody),
		mcpserver.WithConnections(connections),
		mcpserver.WithAllowedHosts(o.allowedHosts...), mcpserver.WithAllowedOrigins(o.allowedOrigins...),
	}
	if o.noAuth {
		opts = append(opts, mcpserver.WithLocalTenant(token))
	}
	if o.publicURL != nil {
		opts = append(opts, mcpserver.WithPublicURL(o.publicURL))
	}
	if base := baseURL(o, listener.Addr()); base != nil {
		opts = append(opts, mcpserver.WithBaseURL(base))
	}
	if !isLoopback(listener.Addr()) {
		opts = append(opts, mcpserver.WithAnyHost())
	}
	return mcpserver.New(opts...)
}

// baseURL is the address that people reach the gateway at; nil when nobody knows
// it: only a loopback listener's is known to them without being told.
func baseURL(o options, addr net.Addr) *url.URL {
	switch {
	case o.publicURL != nil:
		return o.publicURL
	case isLoopback(addr):
		return parseOrigin("http://" + addr.String())
	default:
		return nil
	}
}

// dataDir is .demo for the demonstration, which must not get at a real
// database because of an environment variable.
func (p program) dataDir(o options) (string, error) {
	if o.demo && o.dataDir == "" {
		return ".demo", nil
	}
	return p.env.DataDir(o.dataDir)
}

// listen opens the port. It refuses -no-auth where others could reach it.
func listen(o options, logger global.Logger) (net.Listener, error) {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, fmt.Errorf("%w; -listen chooses another address", err)
	}
	loopback := isLoopback(listener.Addr())
	if o.noAuth && !loopback {
		return nil, errors.Join(usagef("-no-auth serves loopback listeners only, not %s", o.listen), listener.Close())
	}
	if !loopback && (o.publicURL == nil || o.publicURL.Scheme != "https") {
		logger.Warningf("%s can be reached by others, and tokens cross the network in the clear: put a proxy that ends TLS in front, and name it with -public-url", listener.Addr())
	}
	return listener, nil
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
