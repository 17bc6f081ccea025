package mcpserver

import (
	"context"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// fromParameter says over REST where to read on, unless the tool has an argument
// of that name.
const fromParameter = "_from"

// maxLink is the longest query that a Link header gets, in bytes.
const maxLink = 8 << 10

// callREST calls a tool, from the beginning or from where it is told to.
func (c *catalog) callREST(ctx context.Context, tool *fusion.Tool, arguments fusion.Arguments) (*fusion.Result, error) {
	from, given := arguments.Get(fromParameter)
	if !given || tool.Takes(fromParameter) {
		return c.fusion.Call(ctx, tool, arguments)
	}
	text, _ := from.(string)
	return c.fusion.ReadMore(ctx, tool, arguments.Without(fromParameter), text)
}

// linkRest says where the rest of a result is: as a link (RFC 8288) to a GET, and
// by itself for who cannot use that.
func linkRest(w http.ResponseWriter, r *http.Request, arguments fusion.Arguments, result *fusion.Result) {
	if result.From == "" {
		return
	}
	w.Header().Set("X-Mcpfusion-From", result.From)
	query := arguments.Query()
	query.Set(fromParameter, result.From)
	if text := query.Encode(); len(text) <= maxLink {
		w.Header().Set("Link", "<"+r.URL.EscapedPath()+"?"+text+`>; rel="next"`)
	}
}
