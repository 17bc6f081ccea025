package mcpserver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// manyTools are 1,000 in ten services.
func manyTools() string {
	var services []string
	for s := range 10 {
		var endpoints []string
		for e := range 100 {
			endpoints = append(endpoints, fmt.Sprintf(`{"id":"endpoint_%d","name":"Endpoint %d","description":"Reads what there is to be read of number %d","method":"GET","path":"/x/{id}",
				"parameters":[{"name":"id","type":"string","required":true,"location":"path"},{"name":"filter","type":"string","description":"What to leave out","location":"query"},
				{"name":"limit","type":"integer","location":"query","validation":{"minimum":1,"maximum":100}}]}`, e, e, e))
		}
		services = append(services, fmt.Sprintf(`"service%d":{"name":"Service %d","baseURL":"http://127.0.0.1:1","endpoints":[%s]}`, s, s, strings.Join(endpoints, ",")))
	}
	return `{"services":{` + strings.Join(services, ",") + `}}`
}

// patterns are as many as a scope may have; the last one admits all tools.
func patterns() []string {
	var list []string
	for i := range 99 {
		list = append(list, fmt.Sprintf("service*_x%d*", i))
	}
	return append(list, "*")
}

// BenchmarkListBesideRaw takes turns between a bare net/http handler that
// writes the bytes of a list of 1,000 tools, and the gateway before 2026 and of
// 2026, over loopback. The MCP library would leave garbage to the others.
func BenchmarkListBesideRaw(b *testing.B) {
	tools, _ := withTools(b, &lockedBuffer{}, manyTools(), nil)
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(b, tools, mcpserver.WithLogger(discardLogger(b)), mcpserver.WithRequestLog(discardLogger(b).Slog()))
	token := g.scoped(b, db.Scope{Tools: patterns()}).Token.Reveal()
	plain, dressed := rpc(1, "tools/list", "{}"), modern(1, "tools/list", "{}")
	bytes := g.post(server.Handler(), token, dressed, listHeaders["2026-07-28"]).Body.Bytes()
	raw := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", fmt.Sprint(len(bytes)))
		_, _ = w.Write(bytes)
	})
	turns := []struct {
		name    string
		handler http.Handler
		body    string
		headers map[string]string
	}{
		{"raw", raw, dressed, listHeaders["2026-07-28"]},
		{"before_2026", server.Handler(), plain, nil},
		{"2026", server.Handler(), dressed, listHeaders["2026-07-28"]},
	}
	took := make([][]time.Duration, len(turns))
	fronts := make([]*httptest.Server, len(turns))
	for i, turn := range turns {
		fronts[i] = httptest.NewServer(turn.handler)
		defer fronts[i].Close()
		require.NoError(b, listOnce(fronts[i].URL, token, turn.body, turn.headers, len(bytes)/2))
	}
	b.ResetTimer()
	for range b.N {
		for i, turn := range turns {
			start := time.Now()
			if err := listOnce(fronts[i].URL, token, turn.body, turn.headers, len(bytes)/2); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	b.ReportMetric(float64(len(bytes)), "bytes")
	for i, turn := range turns {
		b.ReportMetric(float64(median(took[i]).Microseconds()), turn.name+"_µs")
		b.ReportMetric(median(took[i]).Seconds()/median(took[0]).Seconds(), turn.name+"/raw")
	}
}

// median is what is left of times when others use the machine as well.
func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func listOnce(url, token, body string, headers map[string]string, atLeast int) error {
	request, err := http.NewRequest(http.MethodPost, url+"/mcp", strings.NewReader(body))
	if err != nil {
		return err
	}
	asJSON(request)
	bearer(token)(request)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err == nil && int(n) < atLeast {
		err = fmt.Errorf("only %d bytes", n)
	}
	return err
}

// BenchmarkFirstListOfAScope is what the first list of a new scope costs with
// 1,000 tools and 100 patterns, beside the MCP library's list of them.
func BenchmarkFirstListOfAScope(b *testing.B) {
	tools, _ := withTools(b, &lockedBuffer{}, manyTools(), nil)
	g := &gateway{log: &lockedBuffer{}}
	server := g.newServer(b, tools, mcpserver.WithLogger(discardLogger(b)), mcpserver.WithRequestLog(discardLogger(b).Slog()))
	handler, token := server.Handler(), g.scoped(b, db.Scope{})
	tenant, err := g.database.Authenticate(token.Token.Reveal())
	require.NoError(b, err)
	library, err := mcpserver.Library(server, tenant)
	require.NoError(b, err)
	list := rpc(1, "tools/list", "{}")
	took := map[string][]time.Duration{}
	timed := func(name string, handler http.Handler, body string) {
		start := time.Now()
		g.post(handler, token.Token.Reveal(), body, nil)
		took[name] = append(took[name], time.Since(start))
	}
	for i := range b.N {
		// More sets than are kept: each view is made anew.
		g.rescope(b, token, db.Scope{Tools: append(patterns()[1:99], "service[0-8]_*", fmt.Sprintf("service9_endpoint_%d", i%100))})
		timed("first", handler, list)
		timed("again", handler, list)
		timed("library", library, list)
	}
	for name, times := range took {
		b.ReportMetric(float64(median(times).Microseconds()), name+"_µs")
	}
}
