package main

import (
	"flag"
	"io"
	"slices"

	"github.com/PivotLLM/MCPFusion/cmd/internal/interleave"
)

// options are what the command line says.
type options struct {
	command string
	args    []string

	// given has the names of the flags that stand there.
	given map[string]bool

	dataDir, socket string
	debug           bool
	noColor         bool
	json            bool
	yes             bool
	help            bool

	tenant, service, kind, config string

	description, expires, services, tools, grace, recoveryFile string
	readOnly, join                                             bool
}

// parseArgs reads flags wherever they stand; "--" ends them. Together with an
// error it returns whether JSON was asked for.
func parseArgs(args []string) (options, error) {
	var o options
	flags := o.flags()
	words, err := interleave.Parse(flags, args)
	if err != nil {
		return options{json: asksForJSON(args)}, usageError("Wrong flags: " + err.Error())
	}
	if len(words) > 0 {
		o.command, o.args = words[0], words[1:]
	}
	o.given = map[string]bool{}
	flags.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
	return o, nil
}

func (o *options) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("mcpfusion-token", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.dataDir, "data-dir", "", "")
	flags.StringVar(&o.socket, "socket", "", "")
	flags.BoolVar(&o.debug, "debug", false, "")
	flags.BoolVar(&o.noColor, "no-color", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.BoolVar(&o.yes, "yes", false, "")
	flags.BoolVar(&o.help, "help", false, "")
	flags.BoolVar(&o.help, "h", false, "")
	flags.StringVar(&o.tenant, "tenant", "", "")
	flags.StringVar(&o.service, "service", "", "")
	flags.StringVar(&o.kind, "kind", "", "")
	flags.StringVar(&o.config, "config", "", "")
	flags.StringVar(&o.description, "description", "", "")
	flags.StringVar(&o.expires, "expires", "", "")
	flags.StringVar(&o.services, "services", "", "")
	flags.StringVar(&o.tools, "tools", "", "")
	flags.BoolVar(&o.readOnly, "read-only", false, "")
	flags.BoolVar(&o.join, "join", false, "")
	flags.StringVar(&o.grace, "grace", "", "")
	flags.StringVar(&o.recoveryFile, "recovery-key", "", "")
	return flags
}

// asksForJSON answers for a command line that could not be parsed.
func asksForJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "-json")
}
