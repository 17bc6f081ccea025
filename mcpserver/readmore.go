package mcpserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// toolReadMore is the gateway's own tool that reads on in an answer.
const toolReadMore = "read_more"

// rest is what read_more is to be given. It is what it was called with before, so
// that nobody has to put it together.
type rest struct {
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	From      *string         `json:"from"`
	// Left says for the model what is left; it means nothing to read_more.
	Left json.RawMessage `json:"left,omitempty"`
}

// rest says what of a result is left, and how to get it.
func (w toolRequest) rest(result *fusion.Result) string {
	r := rest{Tool: w.tool.Name, Arguments: w.arguments, From: &result.From, Left: plainJSON(result.Note)}
	if len(r.Arguments) == 0 || string(r.Arguments) == "null" {
		r.Arguments = json.RawMessage("{}")
	}
	return string(plainJSON(r))
}

// plainJSON does not escape what HTML would need.
func plainJSON(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // which always can be
	return bytes.TrimSpace(b.Bytes())
}

func describeReadMore() mcp.Tool {
	yes, no := true, false
	return mcp.Tool{
		Name:  toolReadMore,
		Title: "Read more",
		Description: "Reads on in a tool's answer that was cut, or that has more pages. " +
			"The last text of such an answer holds the arguments for this tool: give them as they are.",
		RawInputSchema: json.RawMessage(`{"type":"object","properties":{` +
			`"tool":{"description":"The tool that was called","type":"string"},` +
			`"arguments":{"description":"The arguments that it was called with","type":"object"},` +
			`"from":{"description":"Where to read on, as the answer said","type":"string"},` +
			`"left":{"description":"What the answer said of the rest; it is not needed","type":"string"}},` +
			`"required":["tool","arguments","from"],"additionalProperties":false}`),
		Annotations: mcp.ToolAnnotation{
			Title: "Read more", ReadOnlyHint: &yes, DestructiveHint: &no, IdempotentHint: &yes, OpenWorldHint: &yes,
		},
	}
}

// readMore returns the handler of read_more. It keeps nothing: it calls the tool
// again, as far as the caller's scope goes.
func (c toolCaller) readMore(tools *catalog) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		recordOf(ctx).tool = toolReadMore
		w, err := tools.requested(ctx, request.Params.RawArguments)
		w.called = request.Params
		if err != nil {
			settle(ctx, err)
			return c.failure(ctx, err)
		}
		return c.answer(ctx, w)
	}
}

// requested reads the arguments of read_more.
func (c *catalog) requested(ctx context.Context, raw json.RawMessage) (w toolRequest, err error) {
	r, err := parseRest(raw)
	if err != nil {
		return w, err
	}
	v, err := c.viewOf(tenantOf(ctx))
	if err != nil {
		return w, err
	}
	tool, ok := v.tool(r.Tool)
	if !ok {
		return w, wrongRest("tool", "is none that can be called; give what the answer said")
	}
	return toolRequest{tool: tool, arguments: r.Arguments, from: r.From}, nil
}

func parseRest(raw json.RawMessage) (r rest, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil && err != io.EOF {
		return r, wrongRest("", "the arguments must be tool, arguments and from, as the answer said them")
	}
	var text string
	if json.Unmarshal(r.Arguments, &text) == nil && strings.HasPrefix(text, "{") {
		r.Arguments = json.RawMessage(text) // some models write JSON into a string
	}
	switch {
	case r.Tool == "":
		return r, wrongRest("tool", "is missing; it is required")
	case r.From == nil:
		return r, wrongRest("from", "is missing; it is required")
	}
	return r, nil
}

func wrongRest(name, detail string) error {
	return &fusion.ArgumentError{Problems: []fusion.ArgumentProblem{{Name: name, Detail: detail}}}
}
