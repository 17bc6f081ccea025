package mcpserver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// listenForTools asks to be told of changed tools.
const listenForTools = `{"notifications":{"toolsListChanged":true}}`

// The events of a stream that was opened with the id 7.
const (
	acknowledged = `{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7},"notifications":{"toolsListChanged":true}}}`
	toolsChanged = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}}`
)

// listener reads a listen stream.
type listener struct {
	response *http.Response
	events   chan string // closed at the end of the stream
	end      error       // why it ended, once events is closed
}

// listen opens a stream and reads the acknowledgement.
func (g *gateway) listen(token, params string) (*listener, error) {
	request, err := http.NewRequest(http.MethodPost, g.url+"/mcp", strings.NewReader(modern(7, "subscriptions/listen", params)))
	if err != nil {
		return nil, err
	}
	asJSON(request)
	modernHeaders("subscriptions/listen", "")(request)
	bearer(token)(request)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "text/event-stream" {
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		return nil, fmt.Errorf("%d %s %s", response.StatusCode, got, body)
	}
	l := &listener{response: response, events: make(chan string, 100)}
	go l.read()
	first, err := l.next()
	if err == nil && !strings.Contains(first, "acknowledged") {
		err = fmt.Errorf("the first event is %s", first)
	}
	return l, err
}

func (l *listener) read() {
	defer close(l.events)
	lines := bufio.NewScanner(l.response.Body)
	for lines.Scan() {
		if event, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			l.events <- event
		}
	}
	l.end = lines.Err()
}

func (l *listener) close() { _ = l.response.Body.Close() }

// next is the next event; io.EOF or the reading error at the end.
func (l *listener) next() (string, error) {
	select {
	case event, ok := <-l.events:
		if !ok {
			return "", errors.Join(io.EOF, l.end)
		}
		return event, nil
	case <-time.After(patience):
		return "", errors.New("no event")
	}
}

// requireCut wants the stream to break off without a word.
func (l *listener) requireCut() error {
	event, err := l.next()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the listen stream went on with %s, %w", event, err)
	}
	return nil
}

// requireAlive has the other token's scope changed, of which its stream tells.
func (l *listener) requireAlive(r *liveRound) error {
	change := db.TokenChange{Tools: &[]string{"s_wait"}}
	if err := r.gateway.database.ChangeAPIToken(r.other.Hash, change); err != nil {
		return err
	}
	if event, err := l.next(); event != toolsChanged {
		return fmt.Errorf("another token's listen stream said %s, %w", event, err)
	}
	return nil
}
