package mcpserver

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
)

// What a catalog keeps. A view of 1,000 tools takes about 2 MB.
const (
	maxViews  = 64
	maxScopes = 1024
)

// catalog is one configuration as the callers see it: each through the view
// that its API token's scope leaves. It is safe for concurrent use.
type catalog struct {
	tools []*fusion.Tool // sorted by name
	// known are the tools as the MCP library knows them, and listed as it lists
	// them, both in the order of tools.
	known  []server.ServerTool
	listed [][]byte
	log    *slog.Logger
	all    *view
	none   http.Handler // the MCP library without a tool
	frames *frames

	mu     sync.Mutex                // guards the fields below; held for moments only
	scopes *bounded[string, toolSet] // by the scope's key
	views  *bounded[string, *view]   // by the set
}

// newCatalog prepares the tools. It fails when the MCP library does not list
// them as expected.
func newCatalog(tools *fusion.Fusion, logger global.Logger, log *slog.Logger) (*catalog, error) {
	c := &catalog{
		tools: tools.Tools(), log: log, none: newLibrary(nil, log), frames: newFrames(),
		scopes: newBounded[string, toolSet](maxScopes),
		views:  newBounded[string, *view](maxViews),
	}
	caller := toolCaller{tools, logger}
	for _, tool := range c.tools {
		c.known = append(c.known, server.ServerTool{Tool: describe(tool), Handler: caller.handler(tool)})
	}
	var err error
	if c.listed, err = listAll(newLibrary(c.known, log), len(c.known)); err != nil {
		return nil, err
	}
	c.all = c.newView(c.admitted(db.Scope{}))
	return c, nil
}

// viewOf returns what the caller may see, or answers 500.
func (s *Server) viewOf(w http.ResponseWriter, r *http.Request) (*view, bool) {
	v, err := s.catalog.viewOf(tenantOf(r.Context()))
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
	set, ok := c.setOf(key)
	if !ok {
		scope, err := tenant.Scope()
		if err != nil {
			return nil, err // never taken for "all"
		}
		set = c.admitted(scope) // takes a while with many patterns
	}
	return c.keep(key, set), nil
}

func (c *catalog) setOf(scope string) (toolSet, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.scopes.get(scope)
}

// keep returns the view of a set of tools, and remembers that the scope leads
// to it.
func (c *catalog) keep(scope string, set toolSet) *view {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.scopes.get(scope); !ok {
		c.scopes.put(scope, set)
	}
	v, ok := c.views.get(string(set))
	if !ok {
		v = c.newView(set)
		c.views.put(string(set), v)
	}
	return v
}

// toolSet has a bit for each tool of a catalog. It is not changed once it is
// made.
type toolSet []byte

func (s toolSet) add(i int)      { s[i/8] |= 1 << (i % 8) }
func (s toolSet) has(i int) bool { return s[i/8]&(1<<(i%8)) != 0 }

// admitted returns the tools that a scope leaves. Tools of the gateway's own,
// once there are any, are to be in every set.
func (c *catalog) admitted(scope db.Scope) toolSet {
	set := make(toolSet, len(c.tools)/8+1)
	for i, tool := range c.tools {
		if scope.Admits(tool.Name, tool.Service, tool.Hints.ReadOnly) {
			set.add(i)
		}
	}
	return set
}
