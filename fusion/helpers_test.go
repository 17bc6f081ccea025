package fusion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time in all tests that need one.
var noon = time.Date(2025, 1, 15, 12, 30, 45, 678, time.UTC)

// recorder keeps what is logged.
type recorder struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (r *recorder) Debug(msg string)   { r.add(msg) }
func (r *recorder) Info(msg string)    { r.add(msg) }
func (r *recorder) Notice(msg string)  { r.add(msg) }
func (r *recorder) Warning(msg string) { r.add(msg) }
func (r *recorder) Error(msg string)   { r.add(msg) }
func (r *recorder) Fatal(msg string)   { r.add(msg) }

func (r *recorder) Debugf(format string, v ...any)   { r.add(fmt.Sprintf(format, v...)) }
func (r *recorder) Infof(format string, v ...any)    { r.add(fmt.Sprintf(format, v...)) }
func (r *recorder) Noticef(format string, v ...any)  { r.add(fmt.Sprintf(format, v...)) }
func (r *recorder) Warningf(format string, v ...any) { r.add(fmt.Sprintf(format, v...)) }
func (r *recorder) Errorf(format string, v ...any)   { r.add(fmt.Sprintf(format, v...)) }
func (r *recorder) Fatalf(format string, v ...any)   { r.add(fmt.Sprintf(format, v...)) }
func (r *recorder) Close()                           {}

func (r *recorder) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.lines, "\n")
}

// fixture is a configuration under test, with what it logs.
type fixture struct {
	*Fusion
	t   testing.TB
	log *recorder
}

// loadServices is a fixture of services in the language of the configuration.
func loadServices(t testing.TB, services string, opts ...Option) *fixture {
	t.Helper()
	log := &recorder{}
	opts = append([]Option{WithLogger(log), WithEmbedded("test.json", []byte(`{"services":`+services+`}`))}, opts...)
	f, err := New(opts...)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	f.now = func() time.Time { return noon }
	return &fixture{f, t, log}
}

// loadEndpoints is a fixture of one service "s" without auth.
func loadEndpoints(t testing.TB, baseURL, endpoints string, opts ...Option) *fixture {
	t.Helper()
	return loadServices(t, fmt.Sprintf(`{"s":{"name":"S","baseURL":%q,"endpoints":[%s]}}`, baseURL, endpoints), opts...)
}

// loadParameters is the tool of one endpoint "e" with those parameters in the
// query.
func loadParameters(t testing.TB, parameters string) *Tool {
	t.Helper()
	f := loadEndpoints(t, "http://127.0.0.1:1", `{"id":"e","name":"E","method":"GET","path":"/","parameters":[`+parameters+`]}`)
	return f.tool("s_e")
}

func (f *fixture) tool(name string) *Tool {
	f.t.Helper()
	i := slices.IndexFunc(f.Tools(), func(t *Tool) bool { return t.Name == name })
	require.GreaterOrEqual(f.t, i, 0, name)
	return f.Tools()[i]
}

// call calls a tool with arguments in JSON.
func (f *fixture) call(name, arguments string) (*Result, error) {
	f.t.Helper()
	return f.Call(context.Background(), f.tool(name), parse(f.t, arguments))
}

// readAll calls a tool and reads on to the end. It returns all contents.
func (f *fixture) readAll(name, arguments string) (contents []string, notes []string) {
	f.t.Helper()
	result, err := f.call(name, arguments)
	for {
		require.NoError(f.t, err)
		contents, notes = append(contents, string(result.Content)), append(notes, result.Note)
		if result.From == "" {
			return contents, notes
		}
		require.Less(f.t, len(contents), 1000, "reading on has no end")
		result, err = f.ReadMore(context.Background(), f.tool(name), parse(f.t, arguments), result.From)
	}
}

func parse(t testing.TB, arguments string) Arguments {
	t.Helper()
	args, err := ParseArguments([]byte(arguments))
	require.NoError(t, err)
	return args
}

// decode reads JSON for comparing.
func decode(t testing.TB, raw []byte) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v), string(raw))
	return v
}

// discard is for servers whose complaints are expected.
var discard = log.New(io.Discard, "", 0)

// stub answers each request with the same JSON, without a network.
type stub string

func (s stub) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(string(s))),
	}, nil
}

// requireUpstream compares what clients see of an error.
func requireUpstream(t *testing.T, want *UpstreamError, err error) {
	t.Helper()
	got, ok := errors.AsType[*UpstreamError](err)
	require.True(t, ok, "%v", err)
	require.Less(t, len(got.Cause), 3000)
	shown := *got
	shown.Cause, shown.Connector = "", nil
	require.Equal(t, want, &shown)
}
