package mcpserver

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

// How many listen streams there may be.
const (
	maxListeners        = 1024
	maxListenersOfToken = 16
)

// listeners are the open listen streams.
type listeners struct {
	end   func()
	ended <-chan struct{} // closed when the server ends

	mu  sync.Mutex // guards the fields below; held for moments only
	all int
	of  map[string]int // by the API token's hash
	// replaced is closed, and made anew, when the tools were replaced.
	replaced chan struct{}
}

func newListeners() *listeners {
	ended := make(chan struct{})
	return &listeners{end: sync.OnceFunc(func() { close(ended) }), ended: ended, of: map[string]int{}, replaced: make(chan struct{})}
}

// announced is closed when the tools are next replaced.
func (l *listeners) announced() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.replaced
}

func (l *listeners) announce() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.replaced)
	l.replaced = make(chan struct{})
}

// crowded says why there can be no further stream.
type crowded struct {
	status, code int
	text         string
}

// enter counts a stream of an API token until leave is called.
func (l *listeners) enter(token string) (leave func(), no *crowded) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.of[token] >= maxListenersOfToken:
		return nil, &crowded{
			http.StatusTooManyRequests, mcp.INVALID_REQUEST,
			fmt.Sprintf("This API token has %d listen streams open, which is the most there can be; close one first", maxListenersOfToken),
		}
	case l.all >= maxListeners:
		return nil, &crowded{
			http.StatusServiceUnavailable, mcp.INTERNAL_ERROR,
			fmt.Sprintf("The server has %d listen streams open, which is the most there can be; try again later", maxListeners),
		}
	}
	l.all++
	l.of[token]++
	return func() { l.leave(token) }, nil
}

func (l *listeners) leave(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.of[token]--; l.of[token] == 0 {
		delete(l.of, token)
	}
}
