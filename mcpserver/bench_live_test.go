package mcpserver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkEndOfCalls measures from the moment before a token is deleted to the
// end of its 32 running calls and its listen stream, as their clients see it,
// and from the moment after. Beside it stands a bare net/http server, whose 32
// handlers wait for a channel to be closed and then answer 401.
func BenchmarkEndOfCalls(b *testing.B) {
	g := newLiveGateway(b)
	bare := newBareWaiters(b)
	took := map[string][]time.Duration{}
	for i := range b.N {
		r, err := g.newRound(fmt.Sprint("round", i))
		require.NoError(b, err)
		start := time.Now()
		require.NoError(b, ways["delete"].end(g.database, r))
		deleted := time.Now()
		require.NoError(b, r.allEnded(ways["delete"].text))
		took["delete"] = append(took["delete"], deleted.Sub(start))
		took["until_end"] = append(took["until_end"], time.Since(start))
		took["after_delete"] = append(took["after_delete"], time.Since(deleted))
		r.close()
		took["bare"] = append(took["bare"], bare.round(b, g.client))
	}
	limit := median(took["bare"])
	for name, times := range took {
		middle, most := median(times), times[len(times)-1]
		b.ReportMetric(float64(middle.Microseconds())/1000, name+"_ms")
		b.ReportMetric(float64(most.Microseconds())/1000, name+"_max_ms")
	}
	b.ReportMetric(median(took["after_delete"]).Seconds()/limit.Seconds(), "after_delete/bare")
}

// bareWaiters is the limit.
type bareWaiters struct {
	*httptest.Server
	waiting atomic.Pointer[chan struct{}]
	reached chan struct{}
}

func newBareWaiters(b *testing.B) *bareWaiters {
	s := &bareWaiters{reached: make(chan struct{}, liveCalls)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		end := *s.waiting.Load()
		s.reached <- struct{}{}
		<-end
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	b.Cleanup(s.Close)
	return s
}

func (s *bareWaiters) round(b *testing.B, client *http.Client) time.Duration {
	b.Helper()
	end, ended := make(chan struct{}), make(chan error, liveCalls)
	s.waiting.Store(&end)
	for range liveCalls {
		go func() {
			response, err := client.Post(s.URL, "application/json", strings.NewReader("{}"))
			if err == nil {
				err = response.Body.Close()
			}
			ended <- err
		}()
	}
	for range liveCalls {
		<-s.reached
	}
	start := time.Now()
	close(end)
	for range liveCalls {
		require.NoError(b, <-ended)
	}
	return time.Since(start)
}
