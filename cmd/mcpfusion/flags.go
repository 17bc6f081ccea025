package main

import (
	"cmp"
	"flag"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// options are the flags of the server, with the environment's values where a
// flag was not given.
type options struct {
	configs         []string
	listen          string
	dataDir         string
	adminSocket     string
	logFile         string
	logFormat       string
	debug           bool
	noAuth          bool
	demo            bool
	version         bool
	skipUnsupported bool
	noDeviceFlow    bool
	drain           time.Duration
	maxBody         int64
	maxResult       int
	maxUpstream     int64
	maxUpload       int64
	uploadDir       string
	downloadDir     string
	publicURL       *url.URL
	allowedHosts    []string
	allowedOrigins  []string
}

const usageHeader = `Usage: mcpfusion [flags]
       mcpfusion check [-skip-unsupported] FILE...
       mcpfusion call [-dry-run] TOOL [NAME=VALUE... | -json FILE]

Serves the APIs that JSON files describe as tools, over MCP at /mcp and over
REST at /api. 'check' reads such files and reports what is wrong with them;
'call' calls a tool of a running server. -help behind either says more.

Flags of the server:
`

const usageFooter = `
Environment, also read from /opt/mcpfusion/env and ~/.mcpfusion/env:
  MCP_FUSION_CONFIGS, MCP_FUSION_CONFIG   as -config
  MCP_FUSION_LISTEN                       as -listen
  MCP_FUSION_DB_DIR                       as -data-dir
  MCP_FUSION_LOGFILE                      log to this file as well
  MCP_FUSION_ALLOW_DESTRUCTIVE            true, yes or 1: allow destructive tools
  MCP_FUSION_UPLOAD_DIR                   folder of the files that tools may send, with
                                          one folder below for each tenant
  MCP_FUSION_DL_DIR                       folder in which binary answers are saved, with
                                          one folder below for each tenant
  MCP_FUSION_RECOVERY_PUBLIC_KEY          seal tenants' keys to this key as well, or off

Exit codes: 0 done, 1 failed, 2 wrong usage.
`

const defaultListen = "127.0.0.1:8888"

// parseFlags reads args. All its errors but flag.ErrHelp are usage errors.
func (p program) parseFlags(args []string) (options, error) {
	var o options
	var publicURL string
	flags := flag.NewFlagSet("mcpfusion", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.Var(listFlag{&o.configs}, "config", "configuration `files` or folders, separated by commas; may be repeated")
	flags.StringVar(&o.listen, "listen", p.fromEnv("MCP_FUSION_LISTEN", defaultListen), "`address` to listen on")
	flags.StringVar(&o.dataDir, "data-dir", "", "`folder` of the database")
	flags.StringVar(&o.adminSocket, "admin-socket", "", "`path` of the socket that mcpfusion-token manages a running server through, or "+adminOff+"\n(default mcpfusion.sock in the folder of the database)")
	flags.StringVar(&o.logFormat, "log-format", mlogger.FormatText, "format of the log: text or json")
	flags.BoolVar(&o.debug, "debug", false, "log more")
	flags.BoolVar(&o.noAuth, "no-auth", false, "serve one local tenant without a token; loopback listeners only")
	flags.BoolVar(&o.demo, "demo", false, "serve a demonstration with an API of its own; data in .demo")
	flags.BoolVar(&o.version, "version", false, "print the version and exit")
	flags.BoolVar(&o.skipUnsupported, "skip-unsupported", false, "skip what this version does not support, with a warning")
	flags.DurationVar(&o.drain, "drain", 15*time.Second, "how long running calls may take at the end")
	flags.Int64Var(&o.maxBody, "max-body", mcpserver.DefaultMaxBody, "limit of a request body, in `bytes`")
	flags.IntVar(&o.maxResult, "max-result", fusion.DefaultMaxResult, "limit of a result, in `bytes`")
	flags.Int64Var(&o.maxUpstream, "max-upstream", fusion.DefaultMaxUpstream, "limit of an API's answer, in `bytes`")
	flags.Int64Var(&o.maxUpload, "max-upload", fusion.DefaultMaxUpload, "limit of a file that a tool sends from MCP_FUSION_UPLOAD_DIR, in `bytes`")
	flags.StringVar(&publicURL, "public-url", "", "`URL` that clients know, when a proxy stands in front")
	flags.BoolVar(&o.noDeviceFlow, "no-device-flow", false, "forbid to connect an account by a code that is entered at its provider\n(whoever is talked into entering it gives an account of theirs to somebody else)")
	flags.Var(listFlag{&o.allowedHosts}, "allowed-hosts", "further `hosts` to answer to, separated by commas")
	flags.Var(listFlag{&o.allowedOrigins}, "allowed-origins", "further `origins` of web pages to serve, separated by commas")
	if err := p.parse(flags, args, usageHeader, usageFooter); err != nil {
		return o, err
	}
	return p.complete(o, publicURL, flags.Args())
}

// parse handles -help and turns flag's errors into usage errors.
func (p program) parse(flags *flag.FlagSet, args []string, header, footer string) error {
	return p.parsed(flags.Parse(args), flags, header, footer)
}

// parsed is parse for what package flag has said.
func (p program) parsed(err error, flags *flag.FlagSet, header, footer string) error {
	switch {
	case err == nil:
		return nil
	case err == flag.ErrHelp:
		_, _ = io.WriteString(p.stdout, header)
		flags.SetOutput(p.stdout)
		flags.PrintDefaults()
		_, _ = io.WriteString(p.stdout, footer)
		return err
	default:
		return usagef("%v", err)
	}
}

// complete checks the flags against each other and adds the environment.
func (p program) complete(o options, publicURL string, rest []string) (options, error) {
	var err error
	switch {
	case len(rest) > 0:
		return o, usagef("unexpected argument %q; allowed: flags, or the commands check and call", rest[0])
	case o.maxBody < fusion.MinMaxResult || o.maxResult < fusion.MinMaxResult || o.maxUpstream < fusion.MinMaxResult:
		return o, usagef("-max-body, -max-result and -max-upstream must be at least %d bytes", fusion.MinMaxResult)
	case o.maxUpload < 1:
		return o, usagef("-max-upload must be at least 1 byte")
	case o.drain < 0:
		return o, usagef("-drain must not be negative")
	case o.logFormat != mlogger.FormatText && o.logFormat != mlogger.FormatJSON:
		return o, usagef("unknown -log-format %q; allowed: text, json", o.logFormat)
	}
	if o.publicURL, err = parsePublicURL(publicURL); err != nil {
		return o, err
	}
	if err := parseDoors(o); err != nil {
		return o, err
	}
	if o.noAuth && (o.publicURL != nil || len(o.allowedHosts) > 0) {
		return o, usagef("-no-auth is for this machine alone; it does not go with -public-url or -allowed-hosts")
	}
	if len(o.configs) == 0 && !o.demo {
		o.configs = p.configsFromEnv()
	}
	if len(o.configs) == 0 && !o.demo && !o.version {
		return o, usagef("no configuration; give -config FILE, set MCP_FUSION_CONFIGS, or try -demo")
	}
	o.uploadDir = p.uploadDir()
	o.downloadDir = p.env.ExpandPath(p.fromEnv("MCP_FUSION_DL_DIR", ""))
	o.logFile = p.env.ExpandPath(p.fromEnv("MCP_FUSION_LOGFILE", ""))
	return o, nil
}

func (p program) uploadDir() string {
	return p.env.ExpandPath(p.fromEnv("MCP_FUSION_UPLOAD_DIR", ""))
}

func (p program) fromEnv(name, fallback string) string {
	value, _ := p.env.Lookup(name)
	return cmp.Or(value, fallback)
}

// parsePublicURL wants an origin: the gateway's paths begin at its root.
func parsePublicURL(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u := parseOrigin(raw)
	if u == nil {
		return nil, usagef("-public-url %q is not usable; allowed: http://host[:port] or https://host[:port]", raw)
	}
	return u, nil
}

// parseOrigin reads an origin of HTTP, and returns it as browsers write it: in
// lower case, without the scheme's own port. It is nil for what is none.
func parseOrigin(raw string) *url.URL {
	u, err := url.Parse(strings.TrimSuffix(raw, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil {
		return nil
	}
	port := u.Port()
	u.Host = strings.ToLower(u.Host)
	if port == "" || port == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	return u
}

// parseDoors refuses hosts and origins that no request could ever have, and
// rewrites the origins as requests have them.
func parseDoors(o options) error {
	for i, origin := range o.allowedOrigins {
		u := parseOrigin(origin)
		if u == nil {
			return usagef("-allowed-origins: %q is no origin; allowed: http://host[:port] or https://host[:port]", origin)
		}
		o.allowedOrigins[i] = u.String()
	}
	for _, host := range o.allowedHosts {
		if u, err := url.Parse("http://" + host); err != nil || u.Host != host {
			return usagef("-allowed-hosts: %q is no host; allowed: host or host:port", host)
		}
	}
	return nil
}

// listFlag collects comma-separated values over repeated flags.
type listFlag struct{ values *[]string }

func (f listFlag) String() string { return "" }

func (f listFlag) Set(value string) error {
	*f.values = append(*f.values, splitList(value)...)
	return nil
}

func splitList(s string) []string {
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}
