package mcpserver

import (
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// serveMCP closes the library's gaps in front of it: it bounds the body,
// refuses what is no message, drops what would reach across tenants, and takes
// away the session header, which means nothing here but names a key inside the
// library.
func (s *Server) serveMCP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, r, http.MethodPost)
		return
	}
	body, ok := s.readJSONBody(w, r)
	if !ok {
		return
	}
	message, wrong := peek(body)
	recordOf(r.Context()).rpc = string(message.Method)
	switch {
	case wrong != nil:
		refuseMessage(w, r, http.StatusBadRequest, message, wrong)
	case !isDropped(message.Method):
		r.Header.Del(server.HeaderKeySessionID)
		s.answer(w, r, message, body)
	case given(message.ID):
		refuseMessage(w, r, http.StatusNotFound, message, &mcp.JSONRPCErrorDetails{
			Code: mcp.METHOD_NOT_FOUND, Message: string(message.Method) + " is not supported",
		})
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

// answer answers a message, what concerns tools from the view of the caller's
// API token.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, message envelope, body []byte) {
	if message.Method == mcp.MethodSubscriptionsListen {
		s.listen(w, r, message, body)
		return
	}
	v, ok := s.viewOf(w, r)
	switch {
	case !ok:
	case message.Method == mcp.MethodToolsList:
		s.listTools(w, r, v, message.ID, body)
	default:
		v.library(message, body).ServeHTTP(w, withBody(r, body))
	}
}

// isDropped names what must not reach the library. It finds the call to cancel
// by its id alone, whoever's it is; over HTTP a client cancels by closing the
// request.
func isDropped(method mcp.MCPMethod) bool { return method == mcp.MethodNotificationCancelled }
