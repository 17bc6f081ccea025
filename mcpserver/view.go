package mcpserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// view is a set of tools, beyond which there are none for who sees it.
type view struct {
	catalog *catalog
	set     toolSet
	// list is the array of tools/list, for all protocol versions.
	list func() []byte
}

// newView makes the view of a set; the list, when it is asked for.
func (c *catalog) newView(set toolSet) *view {
	return &view{c, set, sync.OnceValue(func() []byte { return c.joinList(set) })}
}

func (c *catalog) joinList(set toolSet) []byte {
	var tools [][]byte
	for i, tool := range c.listed {
		if set.has(i) {
			tools = append(tools, tool)
		}
	}
	return append(append([]byte{'['}, bytes.Join(tools, []byte{','})...), ']')
}

// sees reports whether a tool of the catalog is in the view.
func (v *view) sees(tool *fusion.Tool) bool { return v.set.has(v.catalog.index[tool.Name]) }

// library answers the message, unless that concerns lists.
func (v *view) library(message envelope, body []byte) http.Handler {
	if message.Method == mcp.MethodToolsCall {
		if i, ok := v.catalog.index[calledTool(body)]; ok && v.set.has(i) {
			return v.catalog.callers[i]()
		}
	}
	return v.catalog.none
}

// calledTool reads the name as the library does. Should the two ever disagree,
// then the library does not know the tool that it finds.
func calledTool(body []byte) string {
	var request mcp.CallToolRequest
	_ = json.Unmarshal(body, &request) // what cannot be read names no tool
	return request.Params.Name
}

// endpoint finds a tool by the keys of its service and endpoint.
func (v *view) endpoint(service, endpoint string) (*fusion.Tool, bool) {
	tool, ok := v.catalog.fusion.Endpoint(service, endpoint)
	return tool, ok && v.sees(tool)
}

// tool finds a tool by its name; not one of the gateway's own.
func (v *view) tool(name string) (*fusion.Tool, bool) {
	i, ok := v.catalog.index[name]
	if !ok || !v.set.has(i) {
		return nil, false
	}
	tool := v.catalog.tools[i].tool
	return tool, tool != nil
}

// services returns those of which there is a tool in the view.
func (v *view) services() (seen []*fusion.Service) {
	for _, service := range v.catalog.fusion.Services() {
		if slices.ContainsFunc(service.Tools, v.sees) {
			seen = append(seen, service)
		}
	}
	return seen
}

// tools returns a service's tools, sorted by name.
func (v *view) tools(service *fusion.Service) (seen []*fusion.Tool) {
	for _, tool := range service.Tools {
		if v.sees(tool) {
			seen = append(seen, tool)
		}
	}
	return seen
}

// endpoints returns the keys of a service's endpoints.
func (v *view) endpoints(service *fusion.Service) (keys []string) {
	for _, tool := range v.tools(service) {
		keys = append(keys, tool.Endpoint)
	}
	return keys
}
