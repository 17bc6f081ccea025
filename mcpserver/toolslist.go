package mcpserver

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
)

// listTools answers tools/list with the tools of the view, which were prepared.
// What stands around them is what the library says of no tools; all that
// depends on the request is in it: its id, its protocol version, and whether it
// is a valid one.
func (s *Server) listTools(w http.ResponseWriter, r *http.Request, v *view, id json.RawMessage, body []byte) {
	key := frameKey(r.Header, id, body)
	f, ok := s.catalog.frames.find(key)
	if !ok {
		if hasCursor(body) { // we give none out: pages are the library's
			v.library().ServeHTTP(w, withBody(r, body))
			return
		}
		answer := ask(s.catalog.none, r, body)
		if f, ok = newFrame(answer, id); !ok {
			answer.send(w)
			return
		}
		s.catalog.frames.keep(key, f)
	}
	f.send(w, id, v.list())
}

// hasCursor reads the message as the library does, so that the two never
// disagree. What cannot be read is left to it.
func hasCursor(body []byte) bool {
	var request mcp.ListToolsRequest
	err := json.Unmarshal(body, &request)
	return err != nil || request.Params.Cursor != ""
}

// listAll returns each of the library's n tools as it lists them.
func listAll(library http.Handler, n int) ([][]byte, error) {
	request := &http.Request{Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}}
	answer := ask(library, request, []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	var message struct {
		Result struct{ Tools []json.RawMessage }
	}
	if err := json.Unmarshal(answer.body.Bytes(), &message); err != nil {
		return nil, fmt.Errorf("mcpserver: the MCP library's list of tools: %w", err)
	}
	if got := len(message.Result.Tools); got != n {
		return nil, fmt.Errorf("mcpserver: the MCP library lists %d tools instead of %d", got, n)
	}
	listed := make([][]byte, n)
	for i, tool := range message.Result.Tools {
		listed[i] = tool
	}
	return listed, nil
}
