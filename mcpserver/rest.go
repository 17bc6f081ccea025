package mcpserver

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// textNoEndpoint answers for what does not exist, or not for the caller.
const textNoEndpoint = textNotFound + ": no such service or endpoint; GET /api lists them"

// serveEndpoint answers GET and POST /api/{service}/{endpoint}.
func (s *Server) serveEndpoint(w http.ResponseWriter, r *http.Request, service, endpoint string) {
	v, ok := s.viewOf(w, r)
	if !ok {
		return
	}
	tool, ok := v.endpoint(service, endpoint)
	if !ok {
		refuse(w, r, http.StatusNotFound, textNoEndpoint)
		return
	}
	recordOf(r.Context()).tool = tool.Name
	arguments, ok := s.restArguments(w, r, tool)
	if !ok {
		return
	}
	result, err := v.catalog.callREST(r.Context(), tool, arguments)
	if err != nil {
		s.failCall(w, r, err)
		return
	}
	settle(r.Context(), nil)
	linkRest(w, r, arguments, result)
	writeResult(w, result)
}

// restMethods are those by which a tool is called. Any but POST is for tools
// that only read: links, prefetching and crawlers must not change anything.
func restMethods(tool *fusion.Tool) []string {
	if tool.Hints.ReadOnly {
		return []string{http.MethodGet, http.MethodPost}
	}
	return []string{http.MethodPost}
}

// restArguments reads the arguments from the query of a GET or the body of a
// POST.
func (s *Server) restArguments(w http.ResponseWriter, r *http.Request, tool *fusion.Tool) (fusion.Arguments, bool) {
	methods := restMethods(tool)
	switch {
	case !slices.Contains(methods, r.Method):
		refuseMethod(w, r, strings.Join(methods, ", "))
		return fusion.Arguments{}, false
	case r.Method == http.MethodGet:
		return queryArguments(w, r)
	default:
		return s.bodyArguments(w, r)
	}
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
	if result.File != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": result.File}))
	}
	if result.Note != "" {
		w.Header().Set("X-Mcpfusion-Note", headerText(result.Note))
	}
	w.WriteHeader(result.Status)
	_, _ = w.Write(result.Content) // a failure is the client's
}

// maxHeaderText is what a header may hold of a text: clients refuse an answer
// whose headers are long together, Node at 16 KiB.
const maxHeaderText = 1 << 10

// headerText makes of a text what every client can read in a header, which is
// ASCII.
func headerText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, "…", "..."))
	return text[:min(len(text), maxHeaderText)]
}
