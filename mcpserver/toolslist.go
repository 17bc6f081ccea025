package mcpserver

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// listTools answers tools/list with the tools of the view, which were prepared:
// all at once, whatever the cursor, since there are no pages.
// What stands around them is what the library says of no tools; all that
// depends on the request is in it: its id, its protocol version, and whether it
// is a valid one.
func (s *Server) listTools(w http.ResponseWriter, r *http.Request, v *view, id json.RawMessage, body []byte) {
	key := frameKey(r.Header, id, body)
	f, ok := v.catalog.frames.get(key)
	if !ok {
		answer := ask(v.catalog.none, r, body)
		if f, ok = newFrame(answer, id); !ok {
			answer.send(w)
			return
		}
		if key != "" {
			v.catalog.frames.put(key, f)
		}
	}
	f.send(w, id, v.list())
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
