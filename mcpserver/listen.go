package mcpserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// keepAlive is the silence after which a listen stream says that it is
	// there, so that no proxy takes it for dead.
	keepAlive = 25 * time.Second
	// writeTimeout is how long a client may take to make room for an event.
	writeTimeout = 10 * time.Second
)

// listen answers subscriptions/listen with a stream of changes. It is served
// here, because the library's knows only changes that concern everybody, loses
// its acknowledgement when there is nothing to tell, and outlives the server's
// end. What the library says to the request when it has nothing to tell is
// whether it is a valid one, and if so, the farewell.
func (s *Server) listen(w http.ResponseWriter, r *http.Request, message envelope, body []byte) {
	configuration := leaseOf(r.Context())
	answer := ask(configuration.none, r, body)
	configuration.end() // a stream outlasts it
	if !isResult(answer) {
		answer.send(w)
		return
	}
	leave, err := s.listeners.enter(tenantOf(r.Context()).TokenHash())
	if err != nil {
		refuseMessage(w, r, err.status, message, &mcp.JSONRPCErrorDetails{Code: err.code, Message: err.text})
		return
	}
	defer leave()
	stream := &stream{w, http.NewResponseController(w), message.ID}
	if s.tell(r, stream, wanted(body)) {
		_ = stream.send(bytes.TrimSpace(answer.body.Bytes())) // a failure is the client's
	}
}

// isResult reports whether the library took the request for a valid one.
func isResult(answer *reply) bool {
	var message envelope
	return json.Unmarshal(answer.body.Bytes(), &message) == nil && given(message.Result)
}

// wanted is what the client asked for of what there can be. The library has
// read the message already.
func wanted(body []byte) (wanted mcp.SubscriptionFilter) {
	var request mcp.SubscriptionsListenRequest
	if json.Unmarshal(body, &request) == nil {
		wanted.ToolsListChanged = request.Params.Notifications.ToolsListChanged
	}
	return wanted
}

// tell sends what happens, and reports whether the stream is to end with a
// farewell: there is nothing to tell, or the server ends.
func (s *Server) tell(r *http.Request, stream *stream, wanted mcp.SubscriptionFilter) bool {
	replaced := s.listeners.announced()
	changed, stop := tenantOf(r.Context()).WatchScope()
	defer stop()
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	err := stream.acknowledge(wanted)
	for !wanted.IsEmpty() && err == nil {
		select {
		case <-changed:
			err = stream.notify(mcp.MethodNotificationToolsListChanged, nil)
		case <-replaced:
			replaced = s.listeners.announced()
			err = stream.notify(mcp.MethodNotificationToolsListChanged, nil)
		case <-ticker.C:
			err = stream.comment()
		case <-s.listeners.ended:
			return true
		case <-r.Context().Done():
			return false
		}
	}
	return err == nil
}

// stream is a response of server-sent events, one message each.
type stream struct {
	w          http.ResponseWriter
	controller *http.ResponseController
	id         json.RawMessage // of the request, by which the client knows the stream
}

// acknowledge begins the stream.
func (s *stream) acknowledge(granted mcp.SubscriptionFilter) error {
	header := s.w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Accel-Buffering", "no") // nginx would wait for more
	return s.notify(mcp.MethodNotificationSubscriptionsAcknowledged, &granted)
}

// notification is a message that belongs to a stream.
type notification struct {
	JSONRPC string             `json:"jsonrpc"`
	Method  string             `json:"method"`
	Params  notificationParams `json:"params"`
}

type notificationParams struct {
	Meta          map[string]json.RawMessage `json:"_meta"`
	Notifications *mcp.SubscriptionFilter    `json:"notifications,omitempty"`
}

func (s *stream) notify(method string, granted *mcp.SubscriptionFilter) error {
	meta := map[string]json.RawMessage{mcp.MetaKeySubscriptionID: s.id}
	event, err := json.Marshal(notification{mcp.JSONRPC_VERSION, method, notificationParams{meta, granted}})
	if err != nil {
		return err
	}
	return s.send(event)
}

func (s *stream) send(event []byte) error {
	return s.write(fmt.Sprintf("event: message\ndata: %s\n\n", event))
}

func (s *stream) comment() error { return s.write(": still here\n\n") }

func (s *stream) write(text string) error {
	// A writer without deadlines, as tests have, makes nobody wait.
	_ = s.controller.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := io.WriteString(s.w, text); err != nil {
		return err
	}
	return s.controller.Flush()
}
