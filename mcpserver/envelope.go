package mcpserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// envelope is what we read of a message before the library does. The decoder
// and the types are the library's, so that the two never disagree.
type envelope struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  mcp.MCPMethod   `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
}

// peek reads a message, and says what is wrong with one that the library would
// answer with silence, with another id, or with a text of its own that is no
// JSON.
func peek(body []byte) (message envelope, wrong *mcp.JSONRPCErrorDetails) {
	err := json.Unmarshal(body, &message)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return envelope{}, &mcp.JSONRPCErrorDetails{Code: mcp.PARSE_ERROR, Message: "The body is not valid JSON"}
	}
	if err != nil {
		message = envelope{}
	}
	if text := message.problem(body); text != "" {
		return message, &mcp.JSONRPCErrorDetails{Code: mcp.INVALID_REQUEST, Message: text}
	}
	return message, nil
}

// problem is "" for a JSON-RPC 2.0 request or notification as MCP has them.
func (m envelope) problem(body []byte) string {
	switch {
	case startsWith(body, '['):
		return "Batches are not supported; send one message at a time"
	case m.JSONRPC != mcp.JSONRPC_VERSION:
		return `The body is not a JSON-RPC message with "jsonrpc": "2.0"`
	case given(m.Result) || given(m.Error):
		return "Responses are not expected: this server asks nothing of its clients"
	case m.Method == "":
		return "The message has no method"
	case given(m.ID) && !isID(m.ID), m.ID != nil && !given(m.ID) && !strings.HasPrefix(string(m.Method), "notifications/"):
		return "The id must be a string or an integer between -(2^53-1) and 2^53-1"
	case given(m.Params) && !startsWith(m.Params, '{'):
		return "The params must be an object"
	default:
		return ""
	}
}

// given reports whether a member is there; null is not, as for the library.
func given(raw json.RawMessage) bool { return raw != nil && string(raw) != "null" }

func startsWith(raw []byte, first byte) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == first
}

// maxID is the largest integer that JSON libraries agree on; beyond it the MCP
// library would answer another id than it was asked with.
const maxID = 1<<53 - 1

func isID(raw json.RawMessage) bool {
	if raw[0] == '"' {
		return true
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return err == nil && n >= -maxID && n <= maxID
}

// refuseMessage answers a message that does not reach the library. One without
// a usable id is answered with null.
func refuseMessage(w http.ResponseWriter, r *http.Request, status int, m envelope, wrong *mcp.JSONRPCErrorDetails) {
	recordOf(r.Context()).reason = wrong.Message
	answer := mcp.JSONRPCError{JSONRPC: mcp.JSONRPC_VERSION, Error: *wrong}
	if given(m.ID) && isID(m.ID) {
		answer.ID = mcp.NewRequestId(m.ID)
	}
	writeJSON(w, status, "application/json", answer)
}
