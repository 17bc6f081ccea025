package fusion

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// upload is a file in the tenant's folder.
const upload = "report 1.txt"

// TestPeoplesToolsSendWhatTheyAreToSend calls each tool of the files that
// people have, once with all arguments and once with as few as can be. It
// compares what reaches a server with what the file says.
func TestPeoplesToolsSendWhatTheyAreToSend(t *testing.T) {
	dir := os.Getenv("COMPAT_CONFIGS")
	if dir == "" {
		t.Skip("COMPAT_CONFIGS is not set: people's tools were not called")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { callAll(t, file) })
	}
}

// callAll calls each tool of a file.
func callAll(t *testing.T, file string) {
	ctx, uploads, own := tenantFolder(t)
	write(t, filepath.Join(own, upload), "content of the file")
	f, err := New(WithLogger(&recorder{}), WithJSONConfig(file), WithLookup(compatVariable),
		WithAllowDestructive(true), WithUploadDir(uploads))
	require.NoError(t, err)
	t.Cleanup(f.Close)
	server := newWitness(t)
	for key, service := range readOracle(t, file) {
		for _, endpoint := range service.Endpoints {
			tool, ok := f.Endpoint(key, endpoint.ID)
			require.True(t, ok, endpoint.ID)
			c := compatCall{t, ctx, f, tool, service, endpoint, server}
			c.satisfy()
			c.check(c.arguments(false))
			c.check(c.arguments(true))
		}
	}
}

func compatVariable(name string) (string, bool) {
	if strings.HasSuffix(name, "_URL") {
		return "https://api.example:8443/base", true
	}
	return "some-value", true
}

// witness is a server that stands for all others, and keeps a request until
// somebody asks.
type witness struct {
	transport http.RoundTripper
	requests  chan *http.Request // with their body in memory
}

func newWitness(t *testing.T) *witness {
	t.Helper()
	w := &witness{requests: make(chan *http.Request, 1)}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		w.requests <- r
		out.Header().Set("Content-Type", "application/json")
		_, _ = out.Write([]byte(`{}`))
	}))
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}
	transport := &http.Transport{DialContext: dial, DialTLSContext: dial}
	w.transport = transport
	t.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	return w
}

// compatCall is the call of one tool.
type compatCall struct {
	t        *testing.T
	ctx      context.Context
	f        *Fusion
	tool     *Tool
	service  oracleService
	endpoint oracleEndpoint
	server   *witness
}

// satisfy gives the tool the witness to talk to, and a credential. Types that
// sign in somewhere get a bearer token.
func (c compatCall) satisfy() {
	if c.tool.sender.client.Transport != c.server.transport {
		c.tool.sender.client.Transport = c.server.transport
	}
	c.tool.caching = nil // each call is to be seen
	switch c.service.Auth.Type {
	case "none", "bearer", "basic", "api_key":
	case "user_credentials":
		tenant, _ := db.FromContext(c.ctx)
		data := map[string]any{}
		for _, field := range c.service.Auth.Config.Fields {
			data[field.Name] = "own-" + field.Name
		}
		require.NoError(c.t, tenant.StoreCredentials(db.UserCredentials, c.tool.Service,
			&db.ServiceCredentials{Type: string(db.UserCredentials), Data: data}))
	default:
		var err error
		c.tool.auth, _, err = auth.New(auth.Service{Key: c.tool.Service, Auth: config.Auth{Type: "bearer", Settings: &config.Bearer{Token: global.NewSecret("some-value")}}}, nil)
		require.NoError(c.t, err)
	}
}

// arguments finds a value for each parameter, or for those that are required,
// which the published schema admits.
func (c compatCall) arguments(few bool) map[string]any {
	schema := compileSchema(c.t, c.tool)
	args := map[string]any{}
	for _, p := range c.endpoint.Parameters {
		if p.hidden(c.endpoint) || few && (!p.Required || p.Default != nil) {
			continue
		}
		args[p.shown()] = c.admitted(schema, p)
	}
	require.NoError(c.t, schema.Validate(args), "%s", marshal(args))
	return args
}

// admitted is the most difficult value that a parameter takes.
func (c compatCall) admitted(schema *jsonschema.Schema, p *oracleParam) any {
	candidates := []any{"a b/ü&=+?#%2e\"'", "2025-01-31T10:00:00Z", "http://h/?a=b", "-75.5,45,-74,46.25", "12"}
	if p.Location == "filepath" {
		candidates = []any{upload}
	}
	candidates = append(candidates, decode(c.t, []byte(`17.50`)), decode(c.t, []byte(`7`)), true,
		decode(c.t, []byte(`{"a":{"b":[1.0,"é"]}}`)), decode(c.t, []byte(`[{"a":1.0}]`)), []any{"x y", "&"}, []any{decode(c.t, []byte(`7`))})
	for _, v := range slices.Concat(candidates, p.Examples, p.Enum, p.Validation.Enum, []any{p.Default}) {
		if schema.Properties[p.shown()].Validate(v) == nil {
			return v
		}
	}
	c.t.Fatalf("%s: no value for %s", c.tool.Name, p.shown())
	return nil
}
