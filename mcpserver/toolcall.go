package mcpserver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/global"
)

// toolCaller answers tools/call.
type toolCaller struct {
	tools  *fusion.Fusion
	logger global.Logger
	link   linker
	waits  *waits
}

// handler returns the library's handler for one tool.
func (c toolCaller) handler(tool *fusion.Tool) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return c.answer(ctx, toolRequest{tool: tool, arguments: request.Params.RawArguments, called: request.Params})
	}
}

// toolRequest is what a caller wants of a tool.
type toolRequest struct {
	tool      *fusion.Tool
	arguments json.RawMessage
	from      *string            // nil for the beginning
	called    mcp.CallToolParams // as the client said it
}

// answer makes the result of a call. What goes wrong is a result with isError,
// so that the model can react, unless the client is asked for something first;
// the only error it returns is that of a caller who went away.
func (c toolCaller) answer(ctx context.Context, w toolRequest) (*mcp.CallToolResult, error) {
	rec := recordOf(ctx)
	rec.tool = w.tool.Name
	result, err := c.call(ctx, w)
	settle(ctx, err)
	if err == nil {
		return successResult(w, result), nil
	}
	if ctx.Err() != nil { // or a sign-in would begin for nobody
		return nil, ctx.Err()
	}
	err = c.link.advise(ctx, err)
	if asked := c.elicit(ctx, w, err); asked != nil {
		return asked, nil
	}
	return c.failure(ctx, err)
}

func (c toolCaller) failure(ctx context.Context, err error) (*mcp.CallToolResult, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	rec := recordOf(ctx)
	rec.failed = true
	logCause(c.logger, rec, err)
	return errorResult(c.explain(ctx, err), rec.id), nil
}

func (c toolCaller) call(ctx context.Context, w toolRequest) (*fusion.Result, error) {
	arguments, err := fusion.ParseArguments(w.arguments)
	if err == nil {
		err = c.resume(ctx, w)
	}
	switch {
	case err != nil:
		return nil, err
	case w.from != nil:
		return c.tools.ReadMore(ctx, w.tool, arguments, *w.from)
	}
	result, err := c.tools.Call(ctx, w.tool, arguments)
	if err != nil {
		return nil, err
	}
	return c.tools.Download(ctx, result)
}

// settle counts a call of a tool, and ends the request of one that failed
// because its API token has just ended.
func settle(ctx context.Context, err error) {
	tenant := tenantOf(ctx)
	tenant.Count(err != nil)
	if err != nil {
		tenant.Enforce()
	}
}

func successResult(w toolRequest, result *fusion.Result) *mcp.CallToolResult {
	if result.File != "" {
		return &mcp.CallToolResult{Content: []mcp.Content{blob(w.tool, result)}}
	}
	text := string(result.Content)
	if text == "" {
		text = strings.TrimSpace(fmt.Sprintf("%d %s", result.Status, http.StatusText(result.Status)))
	}
	content := []mcp.Content{mcp.NewTextContent(text)}
	switch {
	case result.From != "":
		content = append(content, mcp.NewTextContent(w.rest(result)))
	case result.Note != "":
		content = append(content, mcp.NewTextContent(result.Note))
	}
	return &mcp.CallToolResult{Content: content}
}

// blob is a file within a result. Its address only names it.
func blob(tool *fusion.Tool, result *fusion.Result) mcp.Content {
	return mcp.NewEmbeddedResource(mcp.BlobResourceContents{
		URI:      "mcpfusion:///" + tool.Name + "/" + url.PathEscape(result.File),
		MIMEType: result.ContentType,
		Blob:     base64.StdEncoding.EncodeToString(result.Content),
	})
}

func errorResult(text, requestID string) *mcp.CallToolResult {
	return &mcp.CallToolResult{
		Content: []mcp.Content{mcp.NewTextContent(text + "\n(request id: " + requestID + ")")},
		IsError: true,
	}
}

// explain maps an error to what the model may read. The text of the typed
// errors was written for it; anything else is ours and stays in the log.
func (c toolCaller) explain(ctx context.Context, err error) string {
	for _, text := range []func(error) (string, bool){
		textOf[*fusion.ArgumentError], textOf[*fusion.UpstreamError],
		textOf[*fusion.DestructiveError], textOf[*fusion.BreakerError], textOf[*connectError], textOf[*answerError],
	} {
		if safe, ok := text(err); ok {
			return safe
		}
	}
	c.logger.Errorf("request %s: %v", recordOf(ctx).id, err)
	return textInternalError
}

// textOf returns the text of an E in err's chain, without what was wrapped
// around it.
func textOf[E error](err error) (string, bool) {
	typed, ok := errors.AsType[E](err)
	if !ok {
		return "", false
	}
	return typed.Error(), true
}
