package main

import (
	"flag"
	"fmt"
	"io"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

const checkHeader = `Usage: mcpfusion check [-skip-unsupported] FILE...

Reads configuration files, or folders of them, and prints a line for each
service. Problems and warnings go to standard error.

Flags:
`

// check reads the files as the server would, without starting anything.
func (p program) check(args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	skip := flags.Bool("skip-unsupported", false, "skip what this version does not support, with a warning")
	if err := p.parse(flags, args, checkHeader, ""); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return usagef("check: no file given")
	}
	logger, err := mlogger.New(mlogger.WithWriter(p.stderr))
	if err != nil {
		return err
	}
	o := p.optionsFor(flags.Args())
	o.skipUnsupported = *skip
	tools, err := p.load(o, logger, demo{}, nil)
	if err != nil {
		return err
	}
	defer tools.Close()
	return p.report(tools)
}

// optionsFor are those of a server for these files, as far as they matter
// without one.
func (p program) optionsFor(configs []string) options {
	return options{
		configs: configs, uploadDir: p.uploadDir(),
		maxResult: fusion.DefaultMaxResult, maxUpstream: fusion.DefaultMaxUpstream, maxUpload: fusion.DefaultMaxUpload,
	}
}

func (p program) report(tools *fusion.Fusion) error {
	for _, warning := range tools.Warnings() {
		fmt.Fprintf(p.stderr, "warning: %s\n", warning)
	}
	for _, service := range tools.Services() {
		if _, err := fmt.Fprintf(p.stdout, "%s: %d tools\n", service.Key, len(service.Tools)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(p.stdout, "%d services, %d tools, %d warnings\n",
		len(tools.Services()), len(tools.Tools()), len(tools.Warnings()))
	return err
}
