package mcpserver

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
)

// listTTL is how long a 2026-07-28 client may keep the list of tools, in
// milliseconds.
const listTTL = 60_000

// newMCPHandler returns the protocol library's handler for the tools, for all
// protocol versions at once. It is stateless and has no GET stream, so that a
// restart loses no session; its own localhost check is off, because it refuses
// calls through a proxy on the same host and doors does that job.
func newMCPHandler(tools *fusion.Fusion, logger global.Logger, log *slog.Logger) http.Handler {
	s := server.NewMCPServer("mcpfusion", global.Version,
		// Nobody is told of changed tools, so nobody is promised to be.
		server.WithToolCapabilities(false),
		server.WithCacheHints(listTTL, mcp.CacheScopePrivate),
	)
	caller := toolCaller{tools, logger}
	for _, tool := range tools.Tools() {
		s.AddTool(describe(tool), caller.handler(tool))
	}
	return server.NewStreamableHTTPServer(s,
		server.WithStateLess(true),
		server.WithDisableStreaming(true),
		server.WithDisableLocalhostProtection(true),
		server.WithStreamableHTTPLogger(log),
	)
}

// describe publishes a tool with all four hints set: a client takes an absent
// hint for the worst.
func describe(tool *fusion.Tool) mcp.Tool {
	hints := tool.Hints
	return mcp.Tool{
		Name:           tool.Name,
		Title:          tool.Title,
		Description:    tool.Description,
		RawInputSchema: tool.InputSchema,
		Annotations: mcp.ToolAnnotation{
			Title:           tool.Title,
			ReadOnlyHint:    &hints.ReadOnly,
			DestructiveHint: &hints.Destructive,
			IdempotentHint:  &hints.Idempotent,
			OpenWorldHint:   &hints.OpenWorld,
		},
	}
}

// serveMCP closes the library's gaps in front of it: it bounds the body,
// refuses what is no message, drops what would reach across tenants, and takes
// away the session header, which means nothing here but names a key inside the
// library.
func (s *Server) serveMCP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, r, http.MethodPost)
		return
	}
	body, ok := s.readJSONBody(w, r)
	if !ok {
		return
	}
	message, wrong := peek(body)
	recordOf(r.Context()).rpc = string(message.Method)
	switch {
	case wrong != nil:
		refuseMessage(w, r, http.StatusBadRequest, message, wrong)
	case !isDropped(message.Method):
		r.Header.Del(server.HeaderKeySessionID)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mcp.ServeHTTP(w, r)
	case given(message.ID):
		refuseMessage(w, r, http.StatusNotFound, message, &mcp.JSONRPCErrorDetails{
			Code: mcp.METHOD_NOT_FOUND, Message: string(message.Method) + " is not supported",
		})
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

// isDropped names what must not reach the library. It finds the call to cancel
// by its id alone, whoever's it is; over HTTP a client cancels by closing the
// request. And it would open a stream of changes, which the capabilities do
// not promise, and close it at once, so that a client would try again.
func isDropped(method mcp.MCPMethod) bool {
	return method == mcp.MethodNotificationCancelled || method == mcp.MethodSubscriptionsListen
}
