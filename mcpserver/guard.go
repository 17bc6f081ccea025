package mcpserver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/mcpserver/connect"
)

// guarded lets next answer as long as the caller's API token is let in. When
// it ends before anything was written, refused answers whatever next does,
// which may be nothing: the MCP library leaves a call whose context has ended
// unanswered. Later, the connection is cut.
func (s *Server) guarded(w http.ResponseWriter, r *http.Request, next http.HandlerFunc, refused connect.Refused) {
	g := &guard{ResponseWriter: w, ctx: r.Context(), before: w.Header().Clone()}
	stop := context.AfterFunc(g.ctx, g.cut)
	defer stop()
	defer g.end()
	r.Body = guardedBody{r.Body, g}
	next(g, r)
	cause := endOfToken(g.ctx)
	switch {
	case cause == nil:
	case g.end():
		recordOf(g.ctx).reason = cause.Error()
		panic(http.ErrAbortHandler) // or the client would take half an answer for all of it
	default:
		g.forget()
		w.Header().Set("Connection", "close")
		refused(w, r, cause)
	}
}

// endOfToken is what ended the request of an API token that is not let in any
// more, and nil while it is, also when the request has ended otherwise.
func endOfToken(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil || errors.Is(cause, context.Canceled) || errors.Is(cause, errShutdown) {
		return nil
	}
	return cause
}

// errTokenEnded is what a handler gets that reads or writes on.
var errTokenEnded = errors.New("the API token of this request is not let in any more")

// guard stands between a handler and its client. Once the API token has ended,
// it lets nothing through.
type guard struct {
	http.ResponseWriter
	ctx    context.Context
	before http.Header // the header when the handler began

	mu      sync.Mutex // guards the fields below
	reading bool       // the handler is reading the body
	begun   bool       // the answer has
	over    bool       // the handler has returned: the connection is not ours any more
}

// begin reports whether the handler may write.
func (g *guard) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if endOfToken(g.ctx) != nil {
		return false
	}
	g.begun = true
	return true
}

// cut wakes a handler that waits for a slow client.
func (g *guard) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over || endOfToken(g.ctx) == nil {
		return
	}
	// A writer without deadlines, as tests have, makes nobody wait.
	controller := http.NewResponseController(g.ResponseWriter)
	if g.reading {
		_ = controller.SetReadDeadline(time.Unix(1, 0))
	}
	if g.begun {
		_ = controller.SetWriteDeadline(time.Unix(1, 0))
	}
}

// end marks the handler's return, and reports whether the answer has begun.
func (g *guard) end() (begun bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	return g.begun
}

// forget takes back what the handler wanted to say in the header.
func (g *guard) forget() {
	header := g.Header()
	clear(header)
	for name, values := range g.before {
		header[name] = values
	}
}

// WriteHeader implements http.ResponseWriter.
func (g *guard) WriteHeader(status int) {
	if g.begin() {
		g.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (g *guard) Write(p []byte) (int, error) {
	if !g.begin() {
		return 0, errTokenEnded
	}
	return g.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController. There is no Flush: the MCP library,
// which would stream if it could, answers each request with one message.
func (g *guard) Unwrap() http.ResponseWriter { return g.ResponseWriter }

// guardedBody is a body whose reader need not wait for a slow client when the
// API token ends.
type guardedBody struct {
	io.ReadCloser
	guard *guard
}

// Read implements io.Reader.
func (b guardedBody) Read(p []byte) (int, error) {
	if !b.guard.read(true) {
		return 0, errTokenEnded
	}
	defer b.guard.read(false)
	return b.ReadCloser.Read(p)
}

// read marks the beginning and the end of a read, and reports whether the
// token is still let in.
func (g *guard) read(reading bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reading = reading
	return endOfToken(g.ctx) == nil
}
