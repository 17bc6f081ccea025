// Command mcpfusion-token manages the API tokens of an mcpfusion.
//
// Results go to standard output; questions, errors and logs to standard error.
// With --json, standard output is one JSON value, and an error is one on
// standard error. See usage.go for commands, flags and exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/PivotLLM/MCPFusion/cmd/internal/environ"
	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// systemDir is another one in tests only.
var systemDir = db.SystemDir

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// program is one run: what it was asked for, and the streams that it got.
type program struct {
	options
	env            *environ.Env
	logger         global.Logger
	stdin          io.Reader
	stdout, stderr io.Writer
	// color says that stdout may be coloured.
	color bool
}

// run is the whole program; it returns the exit code. When ctx ends while a
// question is open, the answer is no.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr}
	var err error
	p.options, err = parseArgs(args)
	if err == nil {
		err = p.dispatch(ctx, env)
	}
	return p.exitCode(err)
}

func (p *program) dispatch(ctx context.Context, env []string) error {
	if p.help || p.command == "help" {
		return p.print(usage)
	}
	command, known := commands[p.command]
	switch {
	case p.command == "":
		return usageError("No command given")
	case !known:
		return usageError("Unknown command: " + p.command)
	}
	if err := command.check(p.options); err != nil {
		return err
	}
	if err := p.setUp(env); err != nil {
		return err
	}
	defer p.logger.Close()
	return command.run(p, ctx)
}

func (p *program) setUp(env []string) (err error) {
	if p.env, err = environ.LoadFrom(systemDir, env); err != nil {
		return err
	}
	p.color = p.mayColor()
	p.logger, err = mlogger.New(mlogger.WithPrefix("TOKEN"), mlogger.WithWriter(p.stderr),
		mlogger.WithLevel(slog.LevelWarn), mlogger.WithDebug(p.debug))
	return err
}

// exitCode reports an error in the form that was asked for.
func (p *program) exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	e := exitError{code: exitFailed, message: err.Error()}
	prefix := "mcpfusion-token: "
	if errors.As(err, &e) {
		prefix = ""
	}
	if p.json {
		_ = writeJSON(p.stderr, e)
	} else {
		_, _ = fmt.Fprintf(p.stderr, "%s%s\n%s", prefix, e.message, e.details)
	}
	return e.code
}
