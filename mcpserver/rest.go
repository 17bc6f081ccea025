package mcpserver

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// serveEndpoint answers GET and POST /api/{service}/{endpoint}; rest is what
// follows /api/.
func (s *Server) serveEndpoint(w http.ResponseWriter, r *http.Request, rest string) {
	v, ok := s.viewOf(w, r)
	if !ok {
		return
	}
	service, endpoint, _ := strings.Cut(rest, "/")
	tool, ok := v.endpoint(s.fusion, service, endpoint)
	if !ok {
		refuse(w, r, http.StatusNotFound, textNotFound+": no such service or endpoint; GET /api lists them")
		return
	}
	recordOf(r.Context()).tool = tool.Name
	arguments, ok := s.restArguments(w, r, tool)
	if !ok {
		return
	}
	result, err := s.fusion.Call(r.Context(), tool, arguments)
	if err != nil {
		s.failCall(w, r, err)
		return
	}
	settle(r.Context(), nil)
	writeResult(w, result)
}

// restArguments reads the arguments from the query of a GET or the body of a
// POST. Any method but POST is for tools that only read: links, prefetching
// and crawlers must not change anything.
func (s *Server) restArguments(w http.ResponseWriter, r *http.Request, tool *fusion.Tool) (fusion.Arguments, bool) {
	switch {
	case r.Method == http.MethodGet && tool.Hints.ReadOnly:
		return queryArguments(w, r)
	case r.Method == http.MethodPost:
		return s.bodyArguments(w, r)
	case tool.Hints.ReadOnly:
		refuseMethod(w, r, "GET, POST")
	default:
		refuseMethod(w, r, http.MethodPost)
	}
	return fusion.Arguments{}, false
}

// queryArguments refuses a query that is only read in part: a call without the
// rest would be another call.
func queryArguments(w http.ResponseWriter, r *http.Request) (fusion.Arguments, bool) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refuse(w, r, http.StatusBadRequest, "Query cannot be read; write name=value&name=value, percent-encoded")
		return fusion.Arguments{}, false
	}
	return fusion.QueryArguments(query), true
}

func (s *Server) bodyArguments(w http.ResponseWriter, r *http.Request) (fusion.Arguments, bool) {
	if r.URL.RawQuery != "" {
		refuse(w, r, http.StatusBadRequest, "Arguments of a POST belong in its JSON body, not in the query")
		return fusion.Arguments{}, false
	}
	body, ok := s.readJSONBody(w, r)
	if !ok {
		return fusion.Arguments{}, false
	}
	arguments, err := fusion.ParseArguments(body)
	if err != nil {
		s.failCall(w, r, err)
		return fusion.Arguments{}, false
	}
	return arguments, true
}

// writeResult passes the API's content on. What was left out is said in a
// header, since the body is the API's.
func writeResult(w http.ResponseWriter, result *fusion.Result) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// A page that an API sends must not act with the gateway's own origin.
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if result.ContentType != "" {
		w.Header().Set("Content-Type", result.ContentType)
	}
	if result.Note != "" {
		w.Header().Set("X-Mcpfusion-Note", result.Note)
	}
	w.WriteHeader(result.Status)
	_, _ = w.Write(result.Content) // a failure is the client's
}
