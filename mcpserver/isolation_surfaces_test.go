package mcpserver_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/PivotLLM/MCPFusion/global"
)

// surfaces build a call of the tool s_echo, and the whole body of its answer.
var surfaces = []func(id int, value string) (*http.Request, string){mcpBefore2026, restGet, mcpOf2026, restPost}

func mcpBefore2026(id int, value string) (*http.Request, string) {
	request := postRequest("/mcp", rpc(id, "tools/call", echoParams(value)))
	return request, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"{\"v\":\"%s\"}"}]}}`+"\n", id, value)
}

func mcpOf2026(id int, value string) (*http.Request, string) {
	request := postRequest("/mcp", modern(id, "tools/call", echoParams(value)))
	modernHeaders("tools/call", "s_echo")(request)
	return request, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcpfusion","version":%q}},`+
		`"content":[{"type":"text","text":"{\"v\":\"%s\"}"}],"resultType":"complete"}}`+"\n", id, global.Version, value)
}

func restGet(_ int, value string) (*http.Request, string) {
	return httptest.NewRequest(http.MethodGet, "http://localhost/api/s/echo?v="+value, nil), fmt.Sprintf(`{"v":%q}`, value)
}

func restPost(_ int, value string) (*http.Request, string) {
	body := fmt.Sprintf(`{"v":%q}`, value)
	return postRequest("/api/s/echo", body), body
}

func postRequest(path, body string) *http.Request {
	request := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(body))
	asJSON(request)
	request.Header.Set("Mcp-Session-Id", "shared")
	return request
}

func echoParams(value string) string { return toolParams("s_echo", fmt.Sprintf(`{"v":%q}`, value)) }

// tenantLog keeps of each request line whose request it was. It is read after
// the server's end.
type tenantLog struct {
	mu      sync.Mutex
	tenants map[string]string // by request id
}

// Handle implements slog.Handler.
func (l *tenantLog) Handle(_ context.Context, record slog.Record) error {
	var id, tenant string
	record.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "id":
			id = a.Value.String()
		case "tenant":
			tenant = a.Value.String()
		}
		return true
	})
	if id != "" {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.tenants[id] = tenant
	}
	return nil
}

// Enabled implements slog.Handler.
func (l *tenantLog) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs implements slog.Handler.
func (l *tenantLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *tenantLog) WithGroup(string) slog.Handler { return l }
