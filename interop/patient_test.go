package interop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	retryEvery = 20 * time.Millisecond
	retryTimes = 1000
)

// patient is a transport that tries again while there is no server, and
// counts how often a client begins. Each has connections of its own.
type patient struct {
	token               string
	base                *http.Transport
	retries, beginnings atomic.Int64
}

func newPatient(token string) *patient {
	return &patient{token: token, base: &http.Transport{MaxIdleConnsPerHost: 2}}
}

// beginning is a message that only a new session has.
var beginning = regexp.MustCompile(`"method":\s*"(initialize|server/discover)"`)

// RoundTrip implements http.RoundTripper.
func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+p.token)
	if err := p.look(r); err != nil {
		return nil, err
	}
	for range retryTimes {
		response, err := p.base.RoundTrip(r)
		if err == nil || !isGone(err) {
			return response, err
		}
		p.retries.Add(1)
		if err := pause(r.Context()); err != nil {
			return nil, err
		}
		if r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
	}
	return nil, errors.New("the server did not come back")
}

// look counts a beginning.
func (p *patient) look(r *http.Request) error {
	if r.GetBody == nil {
		return nil
	}
	body, err := r.GetBody()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(body)
	if beginning.Match(content) {
		p.beginnings.Add(1)
	}
	return err
}

// isGone reports whether there was no server, or it went before it answered.
func isGone(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "server closed idle connection")
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(retryEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
