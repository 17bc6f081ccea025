package mcpserver

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// connectInput names the one thing that a client is asked for.
const connectInput = "connect"

// elicit has the client send its user to where the service is connected, and call
// again. It returns nil when the error is another, the client cannot, or it was
// asked already: whatever comes of it, one call asks once. An older client is
// never asked, since the library would send it a request of its own.
func (c toolCaller) elicit(ctx context.Context, w toolRequest, err error) *mcp.CallToolResult {
	told, ok := errors.AsType[*connectError](err)
	if !ok || told.address() == "" || w.isRetry() || !opensURLs(ctx) {
		return nil
	}
	state, err := sealState(tenantOf(ctx), w, time.Now())
	if err != nil {
		c.logger.Warningf("request %s: %v", recordOf(ctx).id, err)
		return nil
	}
	return server.NewInputRequestBuilder(state).Elicit(connectInput, mcp.ElicitationParams{
		Mode: mcp.ElicitationModeURL, ElicitationID: rand.Text(), URL: told.address(), Message: told.forPeople(),
	}).ToolResult()
}

// opensURLs reports whether the client has declared with this request that it
// shows people a URL.
func opensURLs(ctx context.Context) bool {
	info := server.RequestProtocolInfoFromContext(ctx)
	return info != nil && info.Modern && info.ClientCapabilities != nil &&
		info.ClientCapabilities.Elicitation != nil && info.ClientCapabilities.Elicitation.URL != nil
}

// isRetry reports whether the client calls again after it was asked.
func (w toolRequest) isRetry() bool {
	return w.called.RequestState != "" || len(w.called.InputResponses) > 0
}

// answerError is returned for a call that is not made because of how it was
// continued. Its text is for a model.
type answerError struct{ text string }

// Error returns the text.
func (e *answerError) Error() string { return e.text }

const textState = "Nothing was sent: the answer to the request to connect does not belong to this call, or came after more than " +
	"10 minutes. Call the tool anew."

// resume goes on with a call that the client was asked something for: when the
// user went to connect, it waits a while for that. Before 2026-07-28 there is
// nothing to go on with.
func (c toolCaller) resume(ctx context.Context, w toolRequest) error {
	if !w.isRetry() || !server.IsModernRequest(ctx) {
		return nil
	}
	if err := openState(tenantOf(ctx), w, w.called.RequestState, time.Now()); err != nil {
		if !errors.Is(err, errState) {
			c.logger.Warningf("request %s: %v", recordOf(ctx).id, err)
		}
		return &answerError{textState}
	}
	connector := w.tool.Connector
	if connector == nil { // with another configuration than before
		return nil
	}
	if answer := server.ElicitationResponse(w.called.InputResponses, connectInput); answer == nil || answer.Action != mcp.ElicitationResponseActionAccept {
		return &answerError{c.notNow(connector, answer)}
	}
	c.waits.awaitConnection(ctx, connector, tenantOf(ctx))
	if problem := signInProblem(connector, tenantOf(ctx)); problem != "" {
		return &answerError{"Nothing was sent: " + connector.Name + " is not connected, because " + problem +
			". Tell the user; when the user wants to sign in once more, call again."}
	}
	return nil
}

// notNow says that the user did not go to connect.
func (c toolCaller) notNow(connector *auth.Connector, answer *mcp.ElicitationResult) string {
	text := "Nothing was sent: the user has not answered the request to connect " + connector.Name + "."
	if answer != nil && answer.Action == mcp.ElicitationResponseActionDecline {
		text = "Nothing was sent: the user has declined to connect " + connector.Name + "."
	}
	text += " Do not call again before the user asks for it."
	if link := c.link(connector.Service); link != "" {
		text += " To connect later, the user can open " + link
	}
	return text
}

// signInProblem says why the tenant's sign-in by code has failed; "" when it has
// not, or the tenant is connected by now.
func signInProblem(connector *auth.Connector, tenant *db.Tenant) string {
	device, ok := connector.Device(tenant)
	if !ok || device.Problem == "" || isSettled(connector, tenant) {
		return ""
	}
	return device.Problem
}
