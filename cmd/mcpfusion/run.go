package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/PivotLLM/MCPFusion/cmd/internal/environ"
	"github.com/PivotLLM/MCPFusion/global"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a call that cannot be meant as it was written.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, v ...any) error { return usageError{fmt.Sprintf(format, v...)} }

// program is one run: the environment and the streams that it got.
type program struct {
	variables      []string // of the process
	env            *environ.Env
	stdin          io.Reader
	stdout, stderr io.Writer
	hangups        chan os.Signal // SIGHUP, which asks for a reload
}

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args, environment []string, stdin io.Reader, stdout, stderr io.Writer) int {
	env, err := environ.Load(environment)
	if err != nil {
		fmt.Fprintf(stderr, "mcpfusion: %v\n", err)
		return exitFailed
	}
	p := program{environment, env, stdin, stdout, stderr, make(chan os.Signal, 1)}
	switch {
	case len(args) > 0 && args[0] == "check":
		return p.exitCode(p.check(args[1:]))
	case len(args) > 0 && args[0] == "call":
		return p.exitCode(p.call(ctx, args[1:]))
	case len(args) > 0 && args[0] == "help":
		args = []string{"-help"}
	}
	return p.exitCode(p.server(ctx, args))
}

// server runs the gateway until ctx ends, or SIGINT or SIGTERM asks it to. A
// second signal ends the process at once.
func (p program) server(ctx context.Context, args []string) error {
	opts, err := p.parseFlags(args)
	if err != nil {
		return err
	}
	if opts.version {
		_, err := fmt.Fprintln(p.stdout, "mcpfusion", global.Version)
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	signal.Notify(p.hangups, syscall.SIGHUP) // early: it would end what cannot reload yet
	defer signal.Stop(p.hangups)
	return p.serve(ctx, opts)
}

func (p program) exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(p.stderr, "mcpfusion: %v\nRun 'mcpfusion -help' for the flags.\n", err)
		return exitUsage
	case errors.Is(err, errReported):
		return exitFailed
	default:
		fmt.Fprintf(p.stderr, "mcpfusion: %v\n", err)
		return exitFailed
	}
}

// errReported ends a run whose problems were printed already.
var errReported = errors.New("reported")
