package mcpserver

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// view is a set of tools, beyond which there are none for who sees it.
type view struct {
	visible map[*fusion.Tool]bool
	// library answers MCP. It has been told of no other tools, so that it can
	// tell of none.
	library func() http.Handler
	// list is the array of tools/list, for all protocol versions.
	list func() []byte
}

// newView makes the view of a set; what takes long, when it is asked for.
func (c *catalog) newView(set toolSet) *view {
	v := &view{visible: map[*fusion.Tool]bool{}}
	for i, tool := range c.tools {
		if set.has(i) {
			v.visible[tool] = true
		}
	}
	v.library = sync.OnceValue(func() http.Handler { return newLibrary(pick(c.known, set), c.log) })
	v.list = sync.OnceValue(func() []byte { return joinList(pick(c.listed, set)) })
	return v
}

// pick returns the items that are in the set.
func pick[T server.ServerTool | []byte](items []T, set toolSet) (picked []T) {
	for i, item := range items {
		if set.has(i) {
			picked = append(picked, item)
		}
	}
	return picked
}

func joinList(tools [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(tools, []byte{','})...), ']')
}

// endpoint finds a tool by the keys of its service and endpoint.
func (v *view) endpoint(tools *fusion.Fusion, service, endpoint string) (*fusion.Tool, bool) {
	tool, ok := tools.Endpoint(service, endpoint)
	return tool, ok && v.visible[tool]
}

// endpoints returns the keys of a service's endpoints.
func (v *view) endpoints(service *fusion.Service) (keys []string) {
	for _, tool := range service.Tools {
		if v.visible[tool] {
			keys = append(keys, tool.Endpoint)
		}
	}
	return keys
}
