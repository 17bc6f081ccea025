package fusion

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

func parseURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func TestOptionsAreChecked(t *testing.T) {
	_, err := New()
	require.ErrorContains(t, err, "a logger is required")
	_, err = New(WithLogger(&recorder{}), WithMaxResult(10))
	require.ErrorContains(t, err, "at least 64 bytes")
	_, err = New(WithLogger(&recorder{}), WithMaxUpstream(0))
	require.ErrorContains(t, err, "must be positive")
	_, err = New(WithLogger(&recorder{}), WithMaxUpload(0))
	require.ErrorContains(t, err, "upload must be positive")
	_, err = New(WithLogger(&recorder{}), WithUploadDir(filepath.Join(t.TempDir(), "missing")))
	require.ErrorContains(t, err, "the folder for uploads: stat ")
	_, err = New(WithLogger(&recorder{}), WithDownloadDir(filepath.Join(t.TempDir(), "missing")))
	require.ErrorContains(t, err, "the folder for downloads")
	_, err = New(WithLogger(&recorder{}), WithUploadDir(os.Args[0]))
	require.ErrorContains(t, err, "is no folder")
	f, err := New(WithLogger(&recorder{}))
	require.NoError(t, err)
	require.Empty(t, f.Tools())
}

func TestToolsAreFoundByTheirWholeName(t *testing.T) {
	f := loadServices(t, `{
		"z_b":{"name":"ZB","baseURL":"http://h","endpoints":[{"id":"c","name":"C","method":"GET","path":"/"}]},
		"a":{"name":"A","baseURL":"http://h","auth":{"type":"bearer","config":{"token":"t"}},"endpoints":[
			{"id":"y","name":"Why","description":"Because","method":"PUT","path":"/","connection":{"timeout":"3s"}},
			{"id":"b_c","name":"C","method":"HEAD","path":"/"}]}}`)
	var names []string
	for _, tool := range f.Tools() {
		names = append(names, tool.Name)
	}
	require.Equal(t, []string{"a_b_c", "a_y", "z_b_c"}, names)
	tool, ok := f.Endpoint("z_b", "c")
	require.True(t, ok)
	require.Same(t, f.tool("z_b_c"), tool)
	_, ok = f.Endpoint("z", "b_c")
	require.False(t, ok)

	y := f.tool("a_y")
	require.Equal(t, []any{"Why", "Because", "a", "y", "PUT", 3 * time.Second},
		[]any{y.Title, y.Description, y.Service, y.Endpoint, y.Method, y.Timeout})
	require.Equal(t, config.Hints{Idempotent: true, OpenWorld: true}, y.Hints)
	require.Equal(t, "C", f.tool("a_b_c").Description, "a model needs something to choose by")

	services := f.Services()
	require.Len(t, services, 2)
	require.Equal(t, []any{"z_b", "ZB", "none"}, []any{services[0].Key, services[0].Name, services[0].AuthType})
	require.Equal(t, []*Tool{f.tool("a_b_c"), f.tool("a_y")}, services[1].Tools)
	require.Equal(t, "bearer", services[1].AuthType)
}

func TestDestructiveToolsNeedTheOperatorsWord(t *testing.T) {
	const doomed = `{"id":"e","name":"E","method":"DELETE","path":"/"}`
	_, err := loadEndpoints(t, "http://127.0.0.1:1", doomed).call("s_e", ``)
	require.Equal(t, &DestructiveError{"s_e may destroy data, and this server does not allow such calls; " +
		"its operator can allow them with MCP_FUSION_ALLOW_DESTRUCTIVE=true"}, err)
	_, err = loadEndpoints(t, "http://127.0.0.1:1", doomed, WithAllowDestructive(true)).call("s_e", ``)
	require.IsType(t, &UpstreamError{}, err)
}

func TestNothingIsSentWithoutACredential(t *testing.T) {
	f := loadServices(t, `{"s":{"name":"S","baseURL":"http://127.0.0.1:1","auth":{"type":"bearer","config":{}},
		"endpoints":[{"id":"e","name":"E","method":"GET","path":"/"}]}}`)
	_, err := f.call("s_e", ``)
	missing, ok := errors.AsType[*auth.CredentialError](err)
	require.True(t, ok, err)
	require.Contains(t, missing.Detail, "no credential for this tenant yet")
}

func TestABadConfigurationIsReportedWhole(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.json")
	const service = `{"services":{"s":{"name":"S","baseURL":"http://h","endpoints":[{"id":"e","name":"E","method":"GET","path":"/"}]}}}`
	require.NoError(t, os.WriteFile(file, []byte(service), 0o600))

	_, err := New(WithLogger(&recorder{}), WithJSONConfig(file), WithEmbedded("b.json", []byte(service)))
	bad, ok := errors.AsType[*config.Error](err)
	require.True(t, ok, err)
	require.Len(t, bad.Problems, 2)
	require.Contains(t, bad.Error(), "b.json:1:")
	require.Contains(t, bad.Error(), `the service key "s" is in `+file)
	require.Contains(t, bad.Error(), `the tool name "s_e" is taken by services.s.endpoints[0] (`+file)

	_, err = New(WithLogger(&recorder{}), WithEmbedded("x.json", []byte(`{`)), WithEmbedded("y.json", []byte(`{"services":1}`)))
	bad, ok = errors.AsType[*config.Error](err)
	require.True(t, ok, err)
	require.Contains(t, bad.Error(), "x.json")
	require.Contains(t, bad.Error(), "y.json")
}

func TestVariablesComeFromTheLookup(t *testing.T) {
	lookup := func(name string) (string, bool) { return "http://from." + name, name == "BASE" }
	f := loadServices(t, `{"s":{"name":"S","baseURL":"${BASE}","endpoints":[{"id":"e","name":"E","method":"GET","path":"/"}]}}`, WithLookup(lookup))
	require.Equal(t, "http://from.BASE/", f.tool("s_e").target.base.String()+"/")
}

// TestPeoplesFilesCompile loads files that people have, and holds each
// published schema against the independent validator's reading.
func TestPeoplesFilesCompile(t *testing.T) {
	dir := os.Getenv("COMPAT_CONFIGS")
	if dir == "" {
		t.Skip("COMPAT_CONFIGS is not set: people's files were not tried")
	}
	lookup := func(name string) (string, bool) {
		if strings.HasSuffix(name, "_URL") {
			return "https://api.example", true
		}
		return "some-value", true
	}
	f, err := New(WithLogger(&recorder{}), WithJSONConfig(dir), WithLookup(lookup))
	require.NoError(t, err)
	defer f.Close()
	require.NotEmpty(t, f.Tools())
	for _, tool := range f.Tools() {
		schema := compileSchema(t, tool)
		for name := range tool.shown {
			for _, s := range samples {
				compareVerdicts(t, tool, schema, name, decode(t, []byte(s)))
			}
		}
		_, err := tool.prepare(Arguments{}, noon)
		require.Equal(t, schema.Validate(map[string]any{}) == nil, err == nil, tool.Name)
	}
}
