package mcpserver_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// mustListen opens a stream that the test ends.
func (g *gateway) mustListen(t *testing.T, token, params string) *listener {
	t.Helper()
	l, err := g.listen(token, params)
	if l != nil {
		t.Cleanup(l.close)
	}
	require.NoError(t, err)
	return l
}

func (l *listener) mustSay(t *testing.T, want string) {
	t.Helper()
	got, err := l.next()
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestAListenerIsToldOfItsScope(t *testing.T) {
	g := newGateway(t)
	mine, other := g.scoped(t, db.Scope{}), g.scoped(t, db.Scope{})
	joined, err := g.database.JoinAPIToken(db.Proof{Token: mine.Token}, db.TokenSettings{})
	require.NoError(t, err)
	told := g.mustListen(t, mine.Token.Reveal(), listenForTools)
	untold := []*listener{g.mustListen(t, other.Token.Reveal(), listenForTools), g.mustListen(t, joined.Token.Reveal(), listenForTools)}

	description := "the same scope"
	for _, scope := range []db.Scope{{ReadOnly: true}, {Tools: []string{"bin_*"}}, {}} {
		g.rescope(t, mine, scope)
		told.mustSay(t, toolsChanged)
		require.NoError(t, g.database.ChangeAPIToken(mine.Hash, db.TokenChange{Description: &description}))
		g.rescope(t, mine, scope)
	}
	require.NoError(t, g.database.DeleteAPIToken(mine.Hash))
	require.NoError(t, told.requireCut(), "and nothing else may have been said")
	for _, l := range untold {
		require.Empty(t, l.events)
	}
}

func TestWhatIsAcknowledged(t *testing.T) {
	g := newGateway(t)
	farewell := `{"jsonrpc":"2.0","id":7,"result":{"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"mcpfusion","version":"` + global.Version + `"},"io.modelcontextprotocol/subscriptionId":7},"resultType":"complete"}}`
	for params, ended := range map[string]bool{
		listenForTools: false,
		`{"notifications":{"toolsListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["x"]}}`: false,
		`{"notifications":{"promptsListChanged":true}}`:                                                       true,
		`{"notifications":{"toolsListChanged":false}}`:                                                        true,
		`{"notifications":{}}`: true,
		`{}`:                   true,
	} {
		answer := make(chan answer, 1)
		if !ended {
			g.mustListen(t, g.alice, params)
			continue
		}
		go func() {
			answer <- g.postJSON(t, "/mcp", modern(7, "subscriptions/listen", params), bearer(g.alice), modernHeaders("subscriptions/listen", ""))
		}()
		got := <-answer
		require.Equal(t, "text/event-stream", got.Header.Get("Content-Type"))
		require.Equal(t, "event: message\ndata: "+`{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7},"notifications":{}}}`+
			"\n\nevent: message\ndata: "+farewell+"\n\n", got.body, params)
	}
}

func TestWhoCannotListen(t *testing.T) {
	g := newGateway(t)
	listen := rpc(1, "subscriptions/listen", listenForTools)
	modernListen := modern(1, "subscriptions/listen", listenForTools)
	require.Equal(t, `200 1 -32601 "subscriptions/listen" requires protocol version 2026-07-28 or later`, g.postJSON(t, "/mcp", listen, bearer(g.alice)).rpcSaid(t))
	require.Equal(t, "400 1 -32602 missing or invalid _meta field io.modelcontextprotocol/protocolVersion",
		g.postJSON(t, "/mcp", listen, bearer(g.alice), modernHeaders("subscriptions/listen", "")).rpcSaid(t))
	require.Equal(t, `400 1 -32020 header mismatch: Mcp-Method: header value "tools/list" does not match body value "subscriptions/listen"`,
		g.postJSON(t, "/mcp", modernListen, bearer(g.alice), modernHeaders("tools/list", "")).rpcSaid(t))
	require.Equal(t, "202", g.postJSON(t, "/mcp", `{"jsonrpc":"2.0","method":"subscriptions/listen","params":`+listenForTools+`}`, bearer(g.alice)).rpcSaid(t))
}

func TestChangesArePromisedToWhoCanListen(t *testing.T) {
	g := newGateway(t)
	for version, want := range map[string]bool{"2026-07-28": true, "2025-11-25": false, "2025-06-18": false} {
		require.Equal(t, want, g.connect(t, g.alice, version).InitializeResult().Capabilities.Tools.ListChanged, version)
	}
}

func TestListenersAreLimited(t *testing.T) {
	g := newGateway(t)
	var open []*listener
	for range 16 {
		open = append(open, g.mustListen(t, g.alice, listenForTools))
	}
	refused := g.postJSON(t, "/mcp", modern(7, "subscriptions/listen", listenForTools), bearer(g.alice), modernHeaders("subscriptions/listen", ""))
	require.Equal(t, "429 7 -32600 This API token has 16 listen streams open, which is the most there can be; close one first", refused.rpcSaid(t))
	g.mustListen(t, g.bob, listenForTools)
	open[0].close()
	require.Eventually(t, func() bool {
		l, err := g.listen(g.alice, listenForTools)
		if err == nil {
			t.Cleanup(l.close)
		}
		return err == nil
	}, patience, 10*time.Millisecond)
}

// TestListenersDoNotHoldUpTheEnd of the server, which waits for calls.
func TestListenersDoNotHoldUpTheEnd(t *testing.T) {
	g, stop, ended := startServing(t, time.Hour)
	l := g.mustListen(t, g.alice, listenForTools)
	stop()
	farewell, err := l.next()
	require.NoError(t, err)
	require.Contains(t, farewell, `"id":7,"result":{`)
	_, err = l.next()
	require.ErrorIs(t, err, io.EOF)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	require.NoError(t, <-ended)
}

// The clients that others wrote list the tools anew when they are told to.
func TestClientsListenOfTheirOwn(t *testing.T) {
	g := newGateway(t)
	for name, connect := range map[string]func(t *testing.T, token string, changed func()) (list func() []string){
		"go-sdk": g.connectListening, "mcp-go": g.connectMCPGo,
	} {
		t.Run(name, func(t *testing.T) {
			token := g.scoped(t, db.Scope{})
			changed := make(chan struct{}, 10)
			list := connect(t, token.Token.Reveal(), func() { changed <- struct{}{} })
			require.Equal(t, allTools, withoutOwn(t, list()))
			g.rescope(t, token, db.Scope{Tools: []string{"bin_get"}})
			select {
			case <-changed:
			case <-time.After(patience):
				require.FailNow(t, "the client was not told")
			}
			require.Equal(t, []string{"bin_get"}, withoutOwn(t, list()))
		})
	}
}

func (g *gateway) connectListening(t *testing.T, token string, changed func()) func() []string {
	t.Helper()
	sdk := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { changed() },
	})
	session, err := sdk.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: g.url + "/mcp", HTTPClient: &http.Client{Transport: withToken(token)}, MaxRetries: -1,
	}, &mcp.ClientSessionOptions{ProtocolVersion: "2026-07-28"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, session.Close()) })
	return func() (names []string) {
		tools, err := session.ListTools(t.Context(), nil)
		require.NoError(t, err)
		for _, tool := range tools.Tools {
			names = append(names, tool.Name)
		}
		return names
	}
}

func (g *gateway) connectMCPGo(t *testing.T, token string, changed func()) func() []string {
	t.Helper()
	wire, err := transport.NewStreamableHTTP(g.url+"/mcp", transport.WithHTTPBasicClient(&http.Client{Transport: withToken(token)}))
	require.NoError(t, err)
	c := client.NewClient(wire)
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	acknowledged := make(chan struct{})
	c.OnNotification(func(n mcpgo.JSONRPCNotification) {
		switch n.Method {
		case mcpgo.MethodNotificationSubscriptionsAcknowledged:
			close(acknowledged)
		case mcpgo.MethodNotificationToolsListChanged:
			changed()
		}
	})
	_, err = c.Initialize(t.Context(), mcpgo.InitializeRequest{Params: mcpgo.InitializeParams{
		ProtocolVersion: "2026-07-28", ClientInfo: mcpgo.Implementation{Name: "test", Version: "1"},
	}})
	require.NoError(t, err)
	stop, err := c.ListenAsync(t.Context(), mcpgo.SubscriptionFilter{ToolsListChanged: true}, nil)
	require.NoError(t, err)
	t.Cleanup(stop)
	<-acknowledged
	return func() (names []string) {
		tools, err := c.ListTools(t.Context(), mcpgo.ListToolsRequest{})
		require.NoError(t, err)
		for _, tool := range tools.Tools {
			names = append(names, tool.Name)
		}
		return names
	}
}
