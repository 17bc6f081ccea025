package fusion

import (
	"cmp"
	"slices"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// Fusion is one loaded configuration. It never changes and may be used
// concurrently; to reload, make another one.
type Fusion struct {
	log        global.Logger
	tools      []*Tool
	byEndpoint map[endpointKey]*Tool
	services   []*Service
	warnings   []config.Problem
	senders    *senders
	maxResult  int
	cache      *cache
	// downloadDir is "" where answers are not saved.
	downloadDir string
	now         func() time.Time
}

type endpointKey struct{ service, endpoint string }

// New loads and compiles the configuration. It does not call the services.
//
// A configuration that cannot be used is a [*config.Error].
func New(opts ...Option) (*Fusion, error) {
	o := &options{maxResult: DefaultMaxResult, maxUpstream: DefaultMaxUpstream, maxUpload: DefaultMaxUpload}
	for _, opt := range opts {
		opt(o)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	cfg, err := load(o)
	if err != nil {
		return nil, err
	}
	if o.connections == nil {
		o.connections = auth.NewConnections(o.log)
	}
	return newFusion(o, cfg)
}

// newFusion compiles what was loaded.
func newFusion(o *options, cfg *config.Config) (*Fusion, error) {
	f := &Fusion{
		log:         o.log,
		byEndpoint:  make(map[endpointKey]*Tool),
		warnings:    slices.Clone(cfg.Warnings),
		senders:     newSenders(o.log, o.maxUpstream),
		maxResult:   o.maxResult,
		downloadDir: o.downloadDir,
		now:         time.Now,
		cache:       newCache(),
	}
	for _, service := range cfg.Services {
		if err := f.addService(o, service); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(f.tools, compareTools)
	return f, nil
}

// addService compiles one service with its endpoints.
func (f *Fusion) addService(o *options, from *config.Service) error {
	c, err := newCompiler(o, f.senders, from)
	if err != nil {
		return err
	}
	service := &Service{Key: from.Key, Name: from.Name, AuthType: from.Auth.Type, Connector: c.connector}
	for _, endpoint := range from.Endpoints {
		tool := c.tool(endpoint)
		f.byEndpoint[endpointKey{tool.Service, tool.Endpoint}] = tool
		service.Tools = append(service.Tools, tool)
	}
	f.tools = append(f.tools, service.Tools...)
	slices.SortFunc(service.Tools, compareTools)
	f.services = append(f.services, service)
	return nil
}

func compareTools(a, b *Tool) int { return cmp.Compare(a.Name, b.Name) }

// Tools returns all tools, sorted by name. The slice is shared: do not change
// it.
func (f *Fusion) Tools() []*Tool { return f.tools }

// Endpoint finds a tool by the keys of its service and endpoint.
func (f *Fusion) Endpoint(service, endpoint string) (*Tool, bool) {
	t, ok := f.byEndpoint[endpointKey{service, endpoint}]
	return t, ok
}

// Services returns the services in the order of the configuration. The slice
// is shared: do not change it.
func (f *Fusion) Services() []*Service { return f.services }

// Warnings returns the loader's warnings. The slice is shared: do not change it.
func (f *Fusion) Warnings() []config.Problem { return f.warnings }

// Close drops the idle connections to the services. Calls that still run
// finish, so that a configuration can be replaced under them.
func (f *Fusion) Close() { f.senders.close() }
