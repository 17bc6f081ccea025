package mcpserver

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
)

// What a catalog keeps. A view is little more than its list of tools.
const (
	maxViews  = 64
	maxScopes = 1024
)

// catalog is one configuration as the callers see it: each through the view
// that its API token's scope leaves. It is safe for concurrent use.
type catalog struct {
	fusion *fusion.Fusion
	users  sync.WaitGroup // the requests that began with it
	tools  []offer        // sorted by name
	index  map[string]int // of tools, by the name
	// listed are the tools as the MCP library lists them, in the order of tools,
	// and callers what answers a call of each. That is the library which was
	// told of this tool alone, so that it can tell of no other.
	listed  [][]byte
	callers []func() http.Handler
	none    http.Handler // the MCP library without a tool, which answers all else
	all     *view
	frames  *bounded[string, *frame]
	scopes  *bounded[string, toolSet] // by the scope's key
	views   *bounded[string, *view]   // by the set
}

// offer is a tool that is offered to callers.
type offer struct {
	tool   *fusion.Tool // nil for one of the gateway's own
	served server.ServerTool
}

// newCatalog prepares the tools. It fails when the MCP library does not list
// them as expected.
func newCatalog(tools *fusion.Fusion, logger global.Logger, log *slog.Logger, link linker, waits *waits) (*catalog, error) {
	c := &catalog{
		fusion: tools, index: map[string]int{}, none: newLibrary(log),
		frames: newBounded[string, *frame](maxFrames),
		scopes: newBounded[string, toolSet](maxScopes),
		views:  newBounded[string, *view](maxViews),
	}
	caller := toolCaller{tools, logger, link, waits}
	c.tools = []offer{
		{served: server.ServerTool{Tool: describeReadMore(), Handler: caller.readMore(c)}},
		{served: server.ServerTool{Tool: describeConnections(), Handler: caller.connections(c)}},
	}
	for _, tool := range tools.Tools() {
		c.tools = append(c.tools, offer{tool, server.ServerTool{Tool: describe(tool), Handler: caller.handler(tool)}})
	}
	slices.SortFunc(c.tools, func(a, b offer) int { return cmp.Compare(a.served.Tool.Name, b.served.Tool.Name) })
	var known []server.ServerTool
	for i, o := range c.tools {
		c.index[o.served.Tool.Name] = i
		known = append(known, o.served)
		c.callers = append(c.callers, sync.OnceValue(func() http.Handler { return newLibrary(log, o.served) }))
	}
	var err error
	if c.listed, err = listAll(newLibrary(log, known...), len(known)); err != nil {
		return nil, err
	}
	c.all = c.newView(c.admitted(db.Scope{}))
	return c, nil
}

// viewOf returns what the caller may see, or answers 500.
func (s *Server) viewOf(w http.ResponseWriter, r *http.Request) (*view, bool) {
	v, err := leaseOf(r.Context()).viewOf(tenantOf(r.Context()))
	if err != nil {
		s.fail(w, r, fmt.Errorf("the scope of the API token: %w", err))
	}
	return v, err == nil
}

// viewOf returns what the tenant's API token may see. Tokens whose scopes leave
// the same tools share it.
func (c *catalog) viewOf(tenant *db.Tenant) (*view, error) {
	key := tenant.ScopeKey()
	if key == "" {
		return c.all, nil
	}
	set, ok := c.scopes.get(key)
	if !ok {
		scope, err := tenant.Scope()
		if err != nil {
			return nil, err // never taken for "all"
		}
		set = c.scopes.put(key, c.admitted(scope)) // takes a while with many patterns
	}
	v, ok := c.views.get(string(set))
	if !ok {
		v = c.views.put(string(set), c.newView(set))
	}
	return v, nil
}

// toolSet has a bit for each tool of a catalog. It is not changed once it is
// made.
type toolSet []byte

func (s toolSet) add(i int)      { s[i/8] |= 1 << (i % 8) }
func (s toolSet) has(i int) bool { return s[i/8]&(1<<(i%8)) != 0 }

// admitted returns the tools that a scope leaves, to which those of the
// gateway's own always belong: what they reach has the scope's limits.
func (c *catalog) admitted(scope db.Scope) toolSet {
	set := make(toolSet, len(c.tools)/8+1)
	for i, o := range c.tools {
		if o.tool == nil || scope.Admits(o.tool.Name, o.tool.Service, o.tool.Hints.ReadOnly) {
			set.add(i)
		}
	}
	return set
}
