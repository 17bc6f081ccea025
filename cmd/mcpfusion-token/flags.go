package main

import (
	"flag"
	"io"
	"slices"
)

// options are what the command line says.
type options struct {
	command string
	args    []string

	dataDir string
	debug   bool
	noColor bool
	json    bool
	yes     bool
	help    bool

	tenant, service, kind string
}

// parseArgs reads flags wherever they stand; "--" ends them. Together with an
// error it returns whether JSON was asked for.
func parseArgs(args []string) (options, error) {
	var o options
	words, err := parseInterleaved(o.flags(), args)
	if err != nil {
		return options{json: asksForJSON(args)}, usageError("Wrong flags: " + err.Error())
	}
	if len(words) > 0 {
		o.command, o.args = words[0], words[1:]
	}
	return o, nil
}

func (o *options) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("mcpfusion-token", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.dataDir, "data-dir", "", "")
	flags.BoolVar(&o.debug, "debug", false, "")
	flags.BoolVar(&o.noColor, "no-color", false, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.BoolVar(&o.yes, "yes", false, "")
	flags.BoolVar(&o.help, "help", false, "")
	flags.BoolVar(&o.help, "h", false, "")
	flags.StringVar(&o.tenant, "tenant", "", "")
	flags.StringVar(&o.service, "service", "", "")
	flags.StringVar(&o.kind, "kind", "", "")
	return flags
}

// parseInterleaved returns the words between the flags. Package flag stops at
// the first of them, so it is started again behind each.
func parseInterleaved(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		rest := flags.Args()
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(words, rest...), nil
		}
		if len(rest) == 0 {
			return words, nil
		}
		words, args = append(words, rest[0]), rest[1:]
	}
}

// asksForJSON answers for a command line that could not be parsed.
func asksForJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "-json")
}
