package fusion

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// script is an API that answers each request with the next of its steps, and
// the last of them again. It notes when and with what it was asked.
type script struct {
	steps  []step
	begin  time.Time
	at     []time.Duration // since begin
	bodies []string
	keys   []string
}

// step is what the API does. A status of 0 resets the connection.
type step struct {
	status int
	header string        // "Name: value"
	takes  time.Duration // until the answer
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	next := s.steps[min(len(s.at), len(s.steps)-1)]
	s.at = append(s.at, time.Since(s.begin))
	s.keys = append(s.keys, r.Header.Get("X-Key"))
	if r.Body != nil {
		sent, _ := io.ReadAll(r.Body)
		s.bodies = append(s.bodies, string(sent))
	}
	select {
	case <-time.After(next.takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if next.status == 0 {
		return nil, &net.OpError{Op: "read", Err: errors.New("connection reset")}
	}
	answer, err := stub(`{}`).RoundTrip(r)
	answer.StatusCode = next.status
	if name, value, ok := strings.Cut(next.header, ": "); ok {
		answer.Header.Set(name, value)
	}
	return answer, err
}

// scripted is a fixture of the tool s_e, whose API follows the script. It
// belongs into a bubble.
func scripted(t *testing.T, method, settings string, steps ...step) (*fixture, *script) {
	f := loadEndpoints(t, "http://h", fmt.Sprintf(`{"id":"e","name":"E","method":%q,"path":"/",%s,
		"parameters":[{"name":"x","type":"string","location":"body"}]}`, method, settings))
	s := &script{steps: steps, begin: time.Now()}
	f.tool("s_e").sender.client.Transport = s
	return f, s
}

func statuses(codes ...int) (steps []step) {
	for _, code := range codes {
		steps = append(steps, step{status: code})
	}
	return steps
}

func seconds64(all ...float64) (list []time.Duration) {
	for _, s := range all {
		list = append(list, time.Duration(s*float64(time.Second)))
	}
	return list
}
