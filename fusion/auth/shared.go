package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// shared is the one credential that all tenants' calls to a service use: the
// operator's. It is in memory only, and safe for concurrent use. It promises:
//
//   - One attempt at a time to obtain it, for all who wait. It ends after 30
//     seconds or with Connections.Close, and not because a caller went away.
//   - A new one is obtained five minutes before the end, by chance up to half of
//     that later, or in the last tenth of its life; until it is there the old one
//     is used, so nobody waits, and nobody notices that it fails.
//   - After an attempt that failed there is no other for 10 seconds. Whoever has
//     no usable credential gets the same error until then.
//   - A credential that an API refused is used no more, and one that has already
//     been replaced is not replaced again: each value is renewed once. A server
//     that gives the same value again is left alone for 10 seconds, too.
type shared struct {
	connections *Connections
	// obtain gets a credential in place of last, which is nil at first; usable
	// tells that last still serves. Its error is safe for clients.
	obtain func(ctx context.Context, last *lease, usable bool) (*lease, error)

	mu      sync.Mutex // guards what follows; held for moments only
	held    *lease     // the last one; nil at first
	refused bool       // held is of no use any more
	running *attempt   // nil when there is none
	failed  error      // why the last attempt failed, or nil
	resting time.Time  // there is no other attempt before, and no renewal of the same value
}

// attempt is to obtain a credential. got and err may be read once it is done.
type attempt struct {
	done chan struct{}
	got  *lease
	err  error
}

// get returns a credential that can be used. The error is a [*CredentialError],
// or wraps context.Canceled when ctx was cancelled.
func (s *shared) get(ctx context.Context) (*lease, error) {
	held, a, err := s.now(isOffline(ctx))
	if held != nil || err != nil {
		return held, err
	}
	return a.wait(ctx)
}

// now returns a credential that can be used, or else the attempt to wait for.
func (s *shared) now(offline bool) (*lease, *attempt, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	usable := s.usable(now)
	switch {
	case usable && (offline || s.held.isFresh(now)):
		return s.held, nil, nil
	case offline:
		return nil, nil, errOffline
	}
	a, err := s.attempt(now)
	if usable {
		return s.held, nil, nil // whatever becomes of the attempt
	}
	return nil, a, err
}

// renew obtains another credential than the one that an API has refused, and
// reports whether there is another now. The error is that of get.
func (s *shared) renew(ctx context.Context, used *lease) (bool, error) {
	s.mu.Lock()
	if s.held == used && (s.failed != nil || !time.Now().Before(s.resting)) {
		s.refused = true
	}
	s.mu.Unlock()
	got, err := s.get(ctx)
	if err != nil {
		return false, err
	}
	return got.token.Reveal() != used.token.Reveal(), nil
}

// usable is called with the lock held.
func (s *shared) usable(now time.Time) bool {
	return s.held != nil && !s.refused && s.held.usable(now)
}

// attempt returns the attempt that is under way, or begins one. It is called
// with the lock held.
func (s *shared) attempt(now time.Time) (*attempt, error) {
	if s.running != nil {
		return s.running, nil
	}
	if s.failed != nil && now.Before(s.resting) {
		return nil, s.failed
	}
	a, last, usable := &attempt{done: make(chan struct{})}, s.held, s.usable(now)
	if !s.connections.start(func(ctx context.Context) { s.run(ctx, a, last, usable) }) {
		return nil, errStopping
	}
	s.running = a
	return a, nil
}

// run makes the attempt.
func (s *shared) run(ctx context.Context, a *attempt, last *lease, usable bool) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	began := time.Now()
	a.got, a.err = s.obtain(ctx, last, usable)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.failed = nil, a.err
	if a.err != nil || last != nil && a.got.token.Reveal() == last.token.Reveal() {
		s.resting = time.Now().Add(pause)
	}
	if a.err == nil {
		a.got.begin(began)
		s.held, s.refused = a.got, false
	}
	close(a.done)
}

func (a *attempt) wait(ctx context.Context) (*lease, error) {
	select {
	case <-a.done:
		return a.got, a.err
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, fmt.Errorf("waiting for the service's credential: %w", ctx.Err())
	}
	return nil, &CredentialError{
		Detail:    "this service's credential did not come in the time that the call has; try again in a while",
		Temporary: true,
	}
}
