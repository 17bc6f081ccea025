package mcpserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// statusClientGone is logged, never sent, for a client that went away before
// anything was written. The number is the one proxies log for it.
const statusClientGone = 499

// record collects what the one log line of a request says. Each request has
// its own, and only the request's goroutine touches it.
type record struct {
	id     string
	tenant string // short id, "" until the bearer token was accepted
	reason string // why the request was refused
	rpc    string // JSON-RPC method
	tool   string
	failed bool // the tool's result is an error
}

type recordKey struct{}

// recordOf returns the request's record; outside a request an empty one.
func recordOf(ctx context.Context) *record {
	if rec, ok := ctx.Value(recordKey{}).(*record); ok {
		return rec
	}
	return &record{}
}

// logged gives the request its id and its record, answers 500 for a panic and
// 503 for a call that the end of the server cut off, and writes the log line.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &record{id: newRequestID()}
		r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
		out := &countingWriter{ResponseWriter: w}
		out.Header().Set("X-Request-Id", rec.id)
		defer func() {
			cut := s.recovered(out, r, recover())
			s.logRequest(r, rec, out, time.Since(start))
			if cut {
				panic(http.ErrAbortHandler) // or the client would take half an answer for all of it
			}
		}()
		next.ServeHTTP(out, r)
		if out.status == 0 && errors.Is(context.Cause(r.Context()), errShutdown) {
			refuse(out, r, http.StatusServiceUnavailable, textShutdown)
		}
	})
}

func newRequestID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(id[:])
}

// recovered turns a panic into a 500, unless the answer had begun: then it
// reports that it is cut, as it does for http.ErrAbortHandler. The panic's value
// is logged only when the Go runtime made it: another's text may hold a secret.
func (s *Server) recovered(w *countingWriter, r *http.Request, value any) (cut bool) {
	if value == nil {
		return false
	}
	if value == http.ErrAbortHandler { // on purpose
		return true
	}
	text := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		text = err.Error()
	}
	s.logger.Errorf("request %s: panic: %s\n%s", recordOf(r.Context()).id, text, debug.Stack())
	if w.status != 0 {
		return true
	}
	refuse(w, r, http.StatusInternalServerError, textInternalError)
	return false
}

func (s *Server) logRequest(r *http.Request, rec *record, w *countingWriter, took time.Duration) {
	status := w.status
	if status == 0 {
		status = statusClientGone
	}
	attrs := []slog.Attr{
		slog.String("id", rec.id),
		slog.String("client", clientOf(r)),
		slog.String("method", shorten(r.Method)),
		slog.String("path", shorten(r.URL.Path)),
		slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", w.bytes),
	}
	attrs = appendText(attrs, "tenant", rec.tenant)
	attrs = appendText(attrs, "rpc", rec.rpc)
	attrs = appendText(attrs, "tool", rec.tool)
	attrs = appendText(attrs, "reason", rec.reason)
	if rec.failed {
		attrs = append(attrs, slog.Bool("tool_error", true))
	}
	s.requests.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}

func appendText(attrs []slog.Attr, key, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(key, shorten(value)))
}

// shorten bounds what a client can put into a log line. An API token that the
// cut goes through is taken away whole, because the log would not know the
// rest of it for one.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.TrimRight(s[:most], "0123456789abcdefABCDEF") + "…"
}

// clientOf returns the peer's address without its port. Forwarding headers are
// not believed.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// countingWriter remembers the status and counts the bytes of an answer.
type countingWriter struct {
	http.ResponseWriter
	status int // 0 until the header was written
	bytes  int64
}

func (w *countingWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Flush lets listen streams through.
func (w *countingWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves http.ResponseController.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
