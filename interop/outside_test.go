package interop

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
)

// outside sends requests from outside of the bubble of testing/synctest that
// its user may be in: the time of the bubble stands still until the answer is
// there, and nothing of the network is left in it. The contexts of requests do
// not end them.
type outside chan lane

// lane carries one request at a time.
type lane struct {
	requests chan *http.Request
	answers  chan answer
}

type answer struct {
	response *http.Response
	err      error
}

// newOutside must be called outside of the bubble. It sends up to eight
// requests at once.
func newOutside(t *testing.T) outside {
	lanes := make(outside, 8)
	transport := &http.Transport{}
	for range cap(lanes) {
		l := lane{make(chan *http.Request), make(chan answer)}
		go l.serve(transport)
		lanes <- l
		t.Cleanup(func() { close(l.requests) })
	}
	t.Cleanup(transport.CloseIdleConnections)
	return lanes
}

func (o outside) RoundTrip(r *http.Request) (*http.Response, error) {
	l := <-o
	defer func() { o <- l }()
	l.requests <- r.Clone(context.Background())
	got := <-l.answers
	return got.response, got.err
}

func (l lane) serve(transport http.RoundTripper) {
	for r := range l.requests {
		response, err := transport.RoundTrip(r)
		if err == nil {
			var body []byte
			body, err = io.ReadAll(response.Body)
			_ = response.Body.Close()
			response.Body = io.NopCloser(bytes.NewReader(body))
		}
		l.answers <- answer{response, err}
	}
}
