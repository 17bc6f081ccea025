package mcpserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// frame is an answer to tools/list around its id and its tools.
type frame struct {
	header             http.Header
	before, mid, after []byte
}

// The places where the two stand in the library's answer. The second can be in
// no text, since quotes are escaped there.
const (
	beforeID = `{"jsonrpc":"2.0","id":`
	noTools  = `"tools":[]`
)

// newFrame makes a frame of the library's answer to a request with the id when
// there is no tool. Another answer than a list makes none.
func newFrame(answer *reply, id json.RawMessage) (*frame, bool) {
	rest, ok := bytes.CutPrefix(answer.body.Bytes(), append([]byte(beforeID), encodeID(id)...))
	mid, after, found := bytes.Cut(rest, []byte(noTools))
	if !ok || !found || answer.status != http.StatusOK {
		return nil, false
	}
	mid = append(mid[:len(mid):len(mid)], noTools[:len(noTools)-len("[]")]...)
	return &frame{answer.header, []byte(beforeID), mid, after}, true
}

// encodeID writes an id as the library does.
func encodeID(id json.RawMessage) []byte {
	var value any
	_ = json.Unmarshal(id, &value) // peek has read it
	encoded, _ := json.Marshal(value)
	return encoded
}

// send sends the answer with an id and the array of tools.
func (f *frame) send(w http.ResponseWriter, id json.RawMessage, tools []byte) {
	head := bytes.Join([][]byte{f.before, encodeID(id), f.mid}, nil)
	for name, values := range f.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(head)+len(tools)+len(f.after)))
	w.WriteHeader(http.StatusOK)
	for _, part := range [][]byte{head, tools, f.after} {
		if _, err := w.Write(part); err != nil {
			return // the client's failure
		}
	}
}

// What is kept of what the library said to requests that differ in their id
// alone: clients ask in few ways, and shortly. It holds nothing of any tenant's.
const (
	maxFrames   = 256
	maxFrameKey = 4 << 10 // bytes
)

// headersOfARequest are those that the library looks at.
var headersOfARequest = []string{"Content-Type", mcp.HeaderProtocolVersion, mcp.HeaderMethod, mcp.HeaderName, mcp.HeaderLastEventID, server.HeaderKeySessionID}

// frameKey is all of a request that its answer depends on, but its id: that is
// cut out where it stands first. Should it stand there for something else, then
// the id itself is in the key. It is "" for a request that is not worth keeping.
func frameKey(header http.Header, id json.RawMessage, body []byte) string {
	before, after, ok := bytes.Cut(body, append([]byte(`"id":`), id...))
	if !ok || len(id) == 0 {
		return ""
	}
	var key strings.Builder
	for _, name := range headersOfARequest {
		key.WriteString(header.Get(name))
		key.WriteByte(0)
	}
	key.Write(before)
	key.WriteByte(0)
	key.Write(after)
	if key.Len() > maxFrameKey {
		return ""
	}
	return key.String()
}
