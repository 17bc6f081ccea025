package main

import (
	"io"
	"net"
	"net/http"
	"text/template"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/PivotLLM/MCPFusion/global"
)

// demoURL is the variable by which configs/demo.json finds its API.
const demoURL = "MCPFUSION_DEMO_URL"

// demo is a REST API inside this process. The zero value is none.
type demo struct {
	server *http.Server
	url    string
}

// startDemo starts the API on a free loopback port.
func startDemo(wanted bool) (demo, error) {
	if !wanted {
		return demo{}, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return demo{}, err
	}
	server := &http.Server{Handler: httpbin.New().Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with stop
	return demo{server, "http://" + listener.Addr().String()}, nil
}

func (d demo) running() bool { return d.server != nil }

func (d demo) stop() {
	if d.running() {
		_ = d.server.Close() // nobody is left to answer
	}
}

// lookup adds the API's address to the environment.
func (d demo) lookup(next func(string) (string, bool)) func(string) (string, bool) {
	if !d.running() {
		return next
	}
	return func(name string) (string, bool) {
		if name == demoURL {
			return d.url, true
		}
		return next(name)
	}
}

var demoText = template.Must(template.New("demo").Parse(`
mcpfusion demonstration

  MCP    {{.URL}}/mcp
  REST   {{.URL}}/api
  Token  {{.Token}}

Call a tool over REST:

  curl -H 'Authorization: Bearer {{.Token}}' '{{.URL}}/api/demo/get_echo?message=hello'

Call it over MCP:

  curl -H 'Authorization: Bearer {{.Token}}' -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"demo_get_echo","arguments":{"message":"hello"}}}' {{.URL}}/mcp

Give it to an AI client:

  {
    "mcpServers": {
      "mcpfusion": {
        "type": "http",
        "url": "{{.URL}}/mcp",
        "headers": {"Authorization": "Bearer {{.Token}}"}
      }
    }
  }

Ctrl-C ends it.

`))

// printDemo shows how to reach the demonstration. It goes to standard output,
// never to the log: it holds the token.
func printDemo(w io.Writer, addr net.Addr, token global.Secret) {
	_ = demoText.Execute(w, map[string]string{"URL": "http://" + reachable(addr), "Token": token.Reveal()})
}

// reachable names a listener on all addresses by one that can be called.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
