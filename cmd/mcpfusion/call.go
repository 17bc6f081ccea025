package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/PivotLLM/MCPFusion/cmd/internal/interleave"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

const callHeader = `Usage: mcpfusion call [-url URL] TOOL [NAME=VALUE... | -json FILE]
       mcpfusion call -dry-run [-config FILES] TOOL [NAME=VALUE... | -json FILE]

Calls a tool of a running server in the tenant of the API token that
MCPFUSION_TOKEN holds, and prints its result. With -dry-run, prints the request
that would be sent to the API, its credential redacted; that needs the
configuration and no server. A name that is given again makes an array.

Flags:
`

// callOptions are the flags and words of "call".
type callOptions struct {
	url     *url.URL
	dryRun  bool
	file    string
	configs []string
	tool    string
	values  []string
}

func (p program) parseCall(args []string) (callOptions, error) {
	var o callOptions
	var address string
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&address, "url", "http://"+p.fromEnv("MCP_FUSION_LISTEN", defaultListen), "`URL` of the server")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the request instead of calling the tool")
	flags.StringVar(&o.file, "json", "", "`file` with the arguments as a JSON object, - for standard input")
	flags.Var(listFlag{&o.configs}, "config", "configuration `files` or folders for -dry-run, separated by commas\n(default MCP_FUSION_CONFIGS)")
	words, err := interleave.Parse(flags, args)
	if err := p.parsed(err, flags, callHeader, ""); err != nil {
		return o, err
	}
	if len(words) == 0 {
		return o, usagef("call: no tool given")
	}
	o.tool, o.values = words[0], words[1:]
	if o.url = parseOrigin(address); o.url == nil {
		return o, usagef("-url %q is not usable; allowed: http://host[:port] or https://host[:port]", address)
	}
	if o.file != "" && len(o.values) > 0 {
		return o, usagef("call: give the arguments either as NAME=VALUE or with -json")
	}
	if len(o.configs) == 0 {
		o.configs = p.configsFromEnv()
	}
	return o, nil
}

// call runs "mcpfusion call".
func (p program) call(ctx context.Context, args []string) error {
	o, err := p.parseCall(args)
	if err != nil {
		return err
	}
	given, err := o.given(p.stdin)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if o.dryRun {
		return p.dryRun(ctx, o, given)
	}
	token := strings.TrimSpace(p.fromEnv("MCPFUSION_TOKEN", ""))
	if token == "" {
		return usagef("call: set MCPFUSION_TOKEN to an API token")
	}
	return gateway{o.url, global.NewSecret(token)}.call(ctx, o.tool, given, p.stdout, p.stderr)
}

// maxArguments bounds the arguments in a file, in bytes.
const maxArguments = 64 << 20

// given returns what makes the arguments, a JSON object, for a tool with that
// input schema.
func (o callOptions) given(stdin io.Reader) (func(schema []byte) ([]byte, error), error) {
	if o.file == "" {
		values, err := valuesOf(o.values)
		return values.object, err
	}
	content, err := o.content(stdin)
	return func([]byte) ([]byte, error) { return content, nil }, err
}

func (o callOptions) content(stdin io.Reader) ([]byte, error) {
	if o.file != "-" {
		file, err := os.Open(o.file)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		stdin = file
	}
	content, err := io.ReadAll(io.LimitReader(stdin, maxArguments+1))
	if err == nil && len(content) > maxArguments {
		err = fmt.Errorf("the arguments are over the limit of %d bytes", maxArguments)
	}
	return content, err
}

// values are those of NAME=VALUE, by name.
type values map[string][]string

func valuesOf(words []string) (values, error) {
	v := values{}
	for _, given := range words {
		name, value, ok := strings.Cut(given, "=")
		if !ok || name == "" {
			return nil, usagef("call: %q is no argument; allowed: NAME=VALUE", given)
		}
		v[name] = append(v[name], value)
	}
	return v, nil
}

// object makes texts of the values, which are read as what they are to be, and
// arrays of several, and of one for an array that is not written as JSON.
func (v values) object(schema []byte) ([]byte, error) {
	var input struct {
		Properties map[string]struct{ Type any }
	}
	if err := json.Unmarshal(schema, &input); err != nil {
		return nil, fmt.Errorf("the schema of the tool: %w", err)
	}
	object := map[string]any{}
	for name, texts := range v {
		object[name] = texts
		if len(texts) == 1 && (input.Properties[name].Type != "array" || strings.HasPrefix(texts[0], "[")) {
			object[name] = texts[0]
		}
	}
	return json.Marshal(object)
}

// dryRun prints the request as HTTP/1.1 would have it, with the whole URL.
func (p program) dryRun(ctx context.Context, o callOptions, given func(schema []byte) ([]byte, error)) error {
	if len(o.configs) == 0 {
		return usagef("call: -dry-run needs -config FILES, or MCP_FUSION_CONFIGS")
	}
	logger, err := mlogger.New(mlogger.WithWriter(p.stderr))
	if err != nil {
		return err
	}
	tools, err := p.load(p.optionsFor(o.configs), logger, demo{}, nil)
	if err != nil {
		return err
	}
	defer tools.Close()
	tool, ok := toolNamed(tools, o.tool)
	if !ok {
		return noTool(o.tool)
	}
	raw, err := given(tool.InputSchema)
	if err != nil {
		return err
	}
	arguments, err := fusion.ParseArguments(raw)
	if err != nil {
		return err
	}
	request, err := tools.DryRun(ctx, tool, arguments)
	if err != nil {
		return err
	}
	if request.Missing != "" {
		fmt.Fprintf(p.stderr, "mcpfusion: without a credential: %s\n", request.Missing)
	}
	return print(p.stdout, request)
}

func print(w io.Writer, request *fusion.Request) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", request.Method, request.URL)
	var header bytes.Buffer
	_ = request.Header.Write(&header) // to memory
	b.WriteString(strings.ReplaceAll(header.String(), "\r\n", "\n") + "\n")
	if len(request.Body) > 0 {
		b.Write(append(request.Body, '\n'))
	}
	_, err := b.WriteTo(w)
	return err
}

func toolNamed(tools *fusion.Fusion, name string) (*fusion.Tool, bool) {
	for _, tool := range tools.Tools() {
		if tool.Name == name {
			return tool, true
		}
	}
	return nil, false
}

func noTool(name string) error {
	return fmt.Errorf("there is no tool %q; GET /api lists the endpoints, whose tools are named <service>_<endpoint>", name)
}

// configsFromEnv are the files when none are given.
func (p program) configsFromEnv() []string {
	return splitList(cmp.Or(p.fromEnv("MCP_FUSION_CONFIGS", ""), p.fromEnv("MCP_FUSION_CONFIG", "")))
}
