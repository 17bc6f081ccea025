package mcpserver_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

const panicCanary = "c4nary-in-a-panic"

// canaryError prints what it holds in every format.
type canaryError struct{ Secret string }

func (e canaryError) Error() string   { return e.Secret }
func (e canaryError) String() string  { return e.Secret }
func panicsInside(secret string) bool { panic(secret) }

// TestAPanicTellsNothing lets a handler panic with a secret, in all the ways
// that Go code does.
func TestAPanicTellsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		panics func(w http.ResponseWriter, secret string)
		want   string // of the log, "" for the answer that was begun before
	}{
		"text":          {func(_ http.ResponseWriter, s string) { panic(s) }, "panic: string"},
		"deep below":    {func(_ http.ResponseWriter, s string) { _ = panicsInside(s) }, "panic: string"},
		"error":         {func(_ http.ResponseWriter, s string) { panic(errors.New(s)) }, "panic: *errors.errorString"},
		"wrapped":       {func(_ http.ResponseWriter, s string) { panic(fmt.Errorf("x: %w", canaryError{s})) }, "panic: *fmt.wrapError"},
		"value":         {func(_ http.ResponseWriter, s string) { panic(canaryError{s}) }, "panic: mcpserver_test.canaryError"},
		"map":           {func(_ http.ResponseWriter, s string) { panic(map[string]string{s: s}) }, "panic: map[string]string"},
		"runtime":       {func(_ http.ResponseWriter, s string) { _ = s[len(s):][0] }, "index out of range"},
		"assertion":     {func(_ http.ResponseWriter, s string) { _ = any(s).(int) }, "interface conversion"},
		"in the middle": {func(w http.ResponseWriter, s string) { fmt.Fprint(w, "begun"); panic(s) }, "panic: string"},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{log: &lockedBuffer{}}
			handler := mcpserver.Around(g.newServer(t), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.panics(w, panicCanary) }))
			answer := httptest.NewRecorder()
			serve := func() { handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil)) }
			if name == "in the middle" {
				require.PanicsWithValue(t, http.ErrAbortHandler, serve, "half an answer must not look like a whole one")
			} else {
				serve()
			}
			require.NotContains(t, answer.Body.String()+fmt.Sprint(answer.Header()), panicCanary)
			require.NotContains(t, g.log.String(), panicCanary)
			require.Contains(t, g.log.String(), c.want)
			require.Contains(t, g.log.String(), "secrecy_log_test.go", "the log must say where")
			if name == "in the middle" {
				require.Equal(t, "begun", answer.Body.String())
				return
			}
			require.Equal(t, http.StatusInternalServerError, answer.Code)
			require.Contains(t, answer.Body.String(), `"detail":"Internal server error"`)
		})
	}
}

// requireNoToken looks for the token, and for any part of it that is longer
// than what people know it by.
func requireNoToken(t *testing.T, where, seen, token string) {
	t.Helper()
	const part = 12
	for i := 0; i+part <= len(token); i++ {
		require.NotContains(t, strings.ToLower(seen), token[i:i+part], where)
	}
}

// TestATokenInTheWrongPlaceIsNotLogged lets a client put its token wherever it
// can, also where the log cuts what is too long.
func TestATokenInTheWrongPlaceIsNotLogged(t *testing.T) {
	for _, format := range []string{mlogger.FormatText, mlogger.FormatJSON} {
		log := &lockedBuffer{}
		logger, err := mlogger.New(mlogger.WithWriter(log), mlogger.WithDebug(true), mlogger.WithFormat(format))
		require.NoError(t, err)
		g := newServing(t, mcpserver.WithLogger(logger), mcpserver.WithRequestLog(logger.Slog()))
		for _, token := range []string{g.alice, strings.ToUpper(g.alice)} {
			for before := range 205 {
				spot := long(before) + token
				g.get(t, "/"+spot, bearer(g.alice))
				if before%20 != 0 {
					continue
				}
				g.get(t, "/api/"+spot+"?k="+spot, bearer(g.alice))
				g.get(t, "/api/bin/get?"+spot+"=x&value="+spot, bearer(g.alice))
				g.postJSON(t, "/mcp", rpc(1, spot, `{}`), bearer(g.alice))
				g.postJSON(t, "/mcp", rpc(1, "tools/call", toolParams(spot, `{}`)), bearer(g.alice))
				g.postJSON(t, "/mcp", rpc(1, "tools/call", toolParams("bin_get", `{"value":"`+spot+`"}`)), bearer(g.alice))
				g.postJSON(t, "/mcp", modern(1, spot, `{}`), bearer(g.alice), modernHeaders(spot, spot))
				g.postJSON(t, "/mcp", spot, bearer(g.alice))
				g.get(t, "/", header("Authorization", "Bearer "+spot))
				g.get(t, "/", header("Origin", "http://"+spot), host(spot))
				g.raw(t, spot+" /api HTTP/1.1\r\nHost: localhost\r\nUser-Agent: "+spot+"\r\n"+spot+": x\r\nConnection: close\r\n\r\n")
				g.raw(t, "GET "+spot+" HTTP/1.1\r\n"+spot+"\r\n\r\n")
			}
		}
		requireNoToken(t, format, log.String(), g.alice)
		require.Contains(t, log.String(), g.alice[:8], "its beginning is how people know it")
	}
}
