package mcpserver

import (
	"context"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// toolConnections is the gateway's own tool that says what
// GET /api/connections does.
const toolConnections = "connections"

func describeConnections() mcp.Tool {
	yes, no := true, false
	return mcp.Tool{
		Name:  toolConnections,
		Title: "Connections",
		Description: "Says to which services the user is connected, as whom, since and until when, and where to connect. " +
			"In state missing or needs_sign_in the user has to connect at connect_url, or to enter the user_code at the " +
			"verification_uri of pending; give address and code exactly as they are. In state connected, configured or " +
			"not_needed there is nothing to do.",
		RawInputSchema: json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`),
		Annotations: mcp.ToolAnnotation{
			Title: "Connections", ReadOnlyHint: &yes, DestructiveHint: &no, IdempotentHint: &yes, OpenWorldHint: &no,
		},
	}
}

// connections returns the handler of the tool.
func (c toolCaller) connections(tools *catalog) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		recordOf(ctx).tool = toolConnections
		list, err := c.listConnections(ctx, tools, request)
		settle(ctx, err)
		if err != nil {
			return c.failure(ctx, err)
		}
		return &mcp.CallToolResult{Content: []mcp.Content{mcp.NewTextContent(string(plainJSON(list)))}}, nil
	}
}

func (c toolCaller) listConnections(ctx context.Context, tools *catalog, request mcp.CallToolRequest) (list connections, err error) {
	if string(canonical(request.Params.RawArguments)) != "{}" {
		return list, &fusion.ArgumentError{Problems: []fusion.ArgumentProblem{{Detail: toolConnections + " takes no arguments"}}}
	}
	v, err := tools.viewOf(tenantOf(ctx))
	if err != nil {
		return list, err
	}
	return c.link.connections(ctx, c.logger, v)
}
