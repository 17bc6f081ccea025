package mcpserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// toldConfig has a service for each way to connect, and for each way not to need
// it.
const toldConfig = `{"services": {
  "free": {"name": "Free", "baseURL": "${API}", "endpoints": [%[1]s]},
  "keyed": {"name": "Keyed", "baseURL": "${API}", "auth": {"type": "bearer", "config": {"token": "${KEY}"}}, "endpoints": [%[1]s]},
  "mine": {"name": "My Shop", "baseURL": "${API}", "auth": {"type": "user_credentials", "config": {"instructions": "See the shop's settings.", "fields": [
    {"name": "key", "label": "Key", "location": "header", "paramName": "Authorization"}]}}, "endpoints": [%[1]s, %[2]s]},
  "mail": {"name": "Mail", "baseURL": "${API}", "auth": {"type": "oauth2_device", "config": {
    "clientId": "c", "authorizationURL": "${IDP}/device", "tokenURL": "${IDP}/token", "scope": "read"}}, "endpoints": [%[1]s]},
  "web": {"name": "Web", "baseURL": "${API}", "auth": {"type": "oauth2_code", "config": {
    "clientId": "c", "authorizationURL": "${IDP}/authorize", "tokenURL": "${IDP}/token"}}, "endpoints": [%[1]s]},
  "outside": {"name": "Outside", "baseURL": "${API}", "auth": {"type": "oauth2_external", "config": {
    "clientId": "c", "tokenURL": "${IDP}/token"}}, "endpoints": [%[1]s]}
}}`

const (
	meEndpoint   = `{"id": "me", "name": "Me", "method": "GET", "path": "/me", "parameters": [{"name": "v", "type": "string", "location": "query"}, {"name": "n", "type": "integer", "location": "query"}]}`
	moreEndpoint = `{"id": "more", "name": "More", "method": "POST", "path": "/me", "parameters": [{"name": "v", "type": "string", "location": "body"}]}`
)

// Secrets, each of which would be seen if it came out.
const (
	ownCanary     = "c4nary-own-value"
	accessCanary  = "c4nary-access"
	refreshCanary = "c4nary-refresh"
	deviceCanary  = "c4nary-device-code"
)

const publicURL = "https://gateway.example/base"

// told is a gateway with an API that needs a credential, and a provider.
type told struct {
	*gateway
	api   *stub
	idp   *stub
	says  atomic.Value // what the provider answers to who asks for a token
	level atomic.Int64 // the API's status
	codes atomic.Int64 // that the provider has given
	pause atomic.Int64 // seconds between two questions to the provider
}

// newTold has links where opts have a base URL.
func newTold(t *testing.T, opts ...mcpserver.Option) *told {
	t.Helper()
	return newToldWith(t, auth.NewConnections(discardLogger(t)), opts...)
}

func newToldWith(t *testing.T, connections *auth.Connections, opts ...mcpserver.Option) *told {
	t.Helper()
	w := &told{}
	w.level.Store(http.StatusOK)
	w.pause.Store(1)
	w.api = newStub(t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		says(int(w.level.Load()), "application/json", fmt.Sprintf(`{"v":%q}`, r.URL.Query().Get("v")))(out, r)
	}))
	w.idp = newStub(t, http.HandlerFunc(w.provide))
	w.says.Store(`{"error":"authorization_pending"}`)
	t.Cleanup(connections.Close)
	config := fmt.Sprintf(toldConfig, meEndpoint, moreEndpoint)
	tools, _ := withTools(t, &lockedBuffer{}, config, []string{"API", w.api.URL, "IDP", w.idp.URL, "KEY", keyCanary}, fusion.WithConnections(connections), fusion.WithMaxResult(1000))
	w.gateway = newGateway(t, append([]mcpserver.Option{tools}, opts...)...)
	t.Cleanup(func() { requireNoCanary(t, w.log.String()) })
	return w
}

// withLinks lets the gateway know its own address.
func withLinks(t *testing.T) mcpserver.Option {
	t.Helper()
	u, err := url.Parse(publicURL)
	require.NoError(t, err)
	return mcpserver.WithBaseURL(u)
}

// provide answers as a provider that never lets people wait.
func (w *told) provide(out http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/device" {
		w.codes.Add(1)
		says(200, "application/json", fmt.Sprintf(`{"device_code":"%s","user_code":"ABCD-EFGH","verification_uri":"https://idp.example/enter",
			"verification_uri_complete":"https://idp.example/enter?c=1&x=ABCD-EFGH","expires_in":600,"interval":%d}`, deviceCanary, w.pause.Load()))(out, r)
		return
	}
	said := w.says.Load().(string)
	status := http.StatusOK
	if strings.Contains(said, `"error"`) {
		status = http.StatusBadRequest
	}
	says(status, "application/json", said)(out, r)
}

// granted is a provider's answer to who has signed in.
const granted = `{"access_token":"` + accessCanary + `","refresh_token":"` + refreshCanary + `","token_type":"bearer","expires_in":3600,"scope":"read"}`

func requireNoCanary(t *testing.T, seen string) {
	t.Helper()
	require.NotContains(t, seen, "c4nary")
}

// store does what the page of the service mine would.
func (g *gateway) store(t *testing.T, token string) {
	t.Helper()
	tenant, err := g.database.Authenticate(token)
	require.NoError(t, err)
	own := &db.ServiceCredentials{Type: "user_credentials", Data: map[string]any{"key": ownCanary}}
	require.NoError(t, tenant.StoreCredentials(db.UserCredentials, "mine", own))
}

// connectMail stores a connection to the service mail, as the terminal would.
func (g *gateway) connectMail(t *testing.T, token string, expires time.Time) {
	t.Helper()
	tenant, err := g.database.Authenticate(token)
	require.NoError(t, err)
	require.NoError(t, tenant.StoreOAuthToken("mail", &db.OAuthTokenData{
		AccessToken: accessCanary, RefreshToken: refreshCanary, ExpiresAt: &expires, Scope: []string{"read", "send"}, Account: "ann@example.com",
	}))
}

// asked is a result that asks the client for something, or does not.
type asked struct {
	ResultType   string
	IsError      bool
	Content      []struct{ Text string }
	RequestState string
	Requests     map[string]struct {
		Method string
		Params struct{ Mode, Message, URL, ElicitationID string }
	} `json:"inputRequests"`
}

func (a asked) text() string {
	if len(a.Content) == 0 {
		return ""
	}
	return a.Content[0].Text
}

// opensURLs is a message of 2026-07-28 from a client that opens URLs for people.
func opensURLs(tool, params string) string {
	return strings.Replace(modern(1, "tools/call", `{"name":"`+tool+`",`+params+`}`),
		`"io.modelcontextprotocol/clientCapabilities":{}`, `"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"url":{}}}`, 1)
}

// callAs calls a tool as such a client. params follow the name.
func (g *gateway) callAs(t *testing.T, token, tool, params string) asked {
	t.Helper()
	answer := g.postJSON(t, "/mcp", opensURLs(tool, params), bearer(token), modernHeaders("tools/call", tool))
	require.Equal(t, http.StatusOK, answer.StatusCode, answer.body)
	requireNoCanary(t, answer.body)
	return parseAsked(t, answer.body)
}

func parseAsked(t *testing.T, body string) asked {
	t.Helper()
	var message struct{ Result *asked }
	require.NoError(t, json.Unmarshal([]byte(body), &message), body)
	require.NotNil(t, message.Result, body)
	return *message.Result
}

// again are the params of the call that follows after a person has answered.
func again(arguments, state, action string) string {
	return `"arguments":` + arguments + `,"requestState":` + quoted(state) + `,"inputResponses":{"connect":{"action":"` + action + `"}}`
}
