package mcpserver

import (
	"bytes"
	"context"
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

// newLibrary returns the protocol library's handler for the tools, for all
// protocol versions at once. It is stateless and has no GET stream, so that a
// restart loses no session; its own localhost check is off, because it refuses
// calls through a proxy on the same host and doors does that job.
func newLibrary(log *slog.Logger, tools ...server.ServerTool) http.Handler {
	hooks := &server.Hooks{}
	hooks.AddAfterDiscover(promiseChanges)
	s := server.NewMCPServer("mcpfusion", global.Version,
		server.WithToolCapabilities(false),
		server.WithHooks(hooks),
		server.WithCacheHints(listTTL, mcp.CacheScopePrivate),
	)
	s.AddTools(tools...)
	return server.NewStreamableHTTPServer(s,
		server.WithStateLess(true),
		server.WithDisableStreaming(true),
		server.WithDisableLocalhostProtection(true),
		server.WithStreamableHTTPLogger(log),
	)
}

// promiseChanges promises to tell of changed tools, to the clients of 2026-07-28
// alone: they ask with server/discover, and can listen.
func promiseChanges(_ context.Context, _ any, _ *mcp.DiscoverRequest, result *mcp.DiscoverResult) {
	if result.Capabilities.Tools != nil {
		result.Capabilities.Tools.ListChanged = true
	}
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

// reply is an answer of the library that was not sent.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// ask has the library answer a request, without sending that.
func ask(library http.Handler, r *http.Request, body []byte) *reply {
	answer := &reply{header: http.Header{}}
	library.ServeHTTP(answer, withBody(r, body))
	return answer
}

// withBody returns the request with the body, which was read before.
func withBody(r *http.Request, body []byte) *http.Request {
	r = r.WithContext(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// Header implements http.ResponseWriter.
func (a *reply) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *reply) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *reply) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// send sends the answer as it is; nothing, if the library gave none.
func (a *reply) send(w http.ResponseWriter) {
	if a.status == 0 {
		return
	}
	a.sendHeader(w)
	_, _ = a.body.WriteTo(w) // a failure is the client's
}

func (a *reply) sendHeader(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
}
