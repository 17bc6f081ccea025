package mcpserver

import (
	"bytes"
	"encoding/json"
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

// serveMCP closes the library's gaps in front of it: it bounds the body, drops
// what would reach across tenants, and takes away the session header, which
// means nothing here but names a key inside the library.
func (s *Server) serveMCP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, r, http.MethodPost)
		return
	}
	body, ok := s.readJSONBody(w, r)
	if !ok {
		return
	}
	message := peek(body)
	recordOf(r.Context()).rpc = string(message.Method)
	switch message.Method {
	case mcp.MethodNotificationCancelled:
		// The library finds the call to cancel by its id alone, whoever's it
		// is. Over HTTP a client cancels by closing the request.
		w.WriteHeader(http.StatusAccepted)
	case mcp.MethodSubscriptionsListen:
		refuseListening(w, message.ID)
	default:
		r.Header.Del(server.HeaderKeySessionID)
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mcp.ServeHTTP(w, r)
	}
}

// envelope is what we read of a message before the library does.
type envelope struct {
	Method mcp.MCPMethod   `json:"method"`
	ID     json.RawMessage `json:"id"`
}

// peek reads a message with the decoder that the library uses, so that the two
// never disagree about it. The envelope is empty for what is no JSON object;
// the library answers that.
func peek(body []byte) (message envelope) {
	if json.Unmarshal(body, &message) != nil {
		return envelope{}
	}
	return message
}

// refuseListening says that there is nothing to listen to, which is what the
// capabilities say as well. The library would open a stream and close it at
// once, and a client would try again.
func refuseListening(w http.ResponseWriter, id json.RawMessage) {
	if id == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	writeJSON(w, http.StatusNotFound, "application/json", mcp.JSONRPCError{
		JSONRPC: mcp.JSONRPC_VERSION,
		ID:      mcp.NewRequestId(id),
		Error:   mcp.NewJSONRPCErrorDetails(mcp.METHOD_NOT_FOUND, "subscriptions/listen is not supported: no capability has changes to tell", nil),
	})
}
