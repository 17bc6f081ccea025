package db

import (
	"context"
	"sync"
	"time"
)

// running holds the requests that Admit let in, by their API token, so that
// they end with it. It is divided, as marks are.
type running struct{ shards [16]runningShard }

type runningShard struct {
	mu sync.Mutex // guards at and all in it; held for moments only, never during I/O
	at map[hash]*requests
}

// requests are those of one token.
type requests struct {
	cancel map[*request]context.CancelCauseFunc
	// watchers want to know when the token's scope changes.
	watchers map[*watcher]struct{}
	// looks counts how often the token was looked at anew, and settled is the
	// last of those looks that set has heard of.
	looks, settled int
	// expiry fires when the token expires; nil for one that does not.
	expiry *time.Timer
}

// request is one that runs. Its address tells it from others.
type request struct{ _ byte }

func (r *running) shard(token hash) *runningShard {
	return &r.shards[int(token[0])%len(r.shards)]
}

// look is one look at the token of requests: the later, the higher.
type look struct {
	of     *requests
	number int
}

// enter adds a request before its token is looked at.
func (r *running) enter(token hash, added *request, cancel context.CancelCauseFunc) look {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[hash]*requests{}
	}
	of := s.at[token]
	if of == nil {
		of = &requests{cancel: map[*request]context.CancelCauseFunc{}, watchers: map[*watcher]struct{}{}}
		s.at[token] = of
	}
	of.cancel[added] = cancel
	return look{of, of.looks}
}

func (r *running) leave(token hash, left *request) {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.at[token]
	if of == nil {
		return
	}
	delete(of.cancel, left)
	if len(of.cancel) == 0 {
		of.expire(nil)
		delete(s.at, token)
	}
}

// set tells the requests of a token what limits it has, and makes them expire
// when the timer fires, unless a later look has done so already. Whoever changes
// the token looks after that, so the last look sees the last change.
func (r *running) set(token hash, at look, l limits, timer func() *time.Timer) {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	of := at.of
	if s.at[token] != of || at.number < of.settled {
		return
	}
	of.settled = at.number
	of.expire(timer())
	for w := range of.watchers {
		w.tell(l.scope)
	}
}

// look counts that a token is looked at anew. There are no requests to do that
// for where it returns false.
func (r *running) look(token hash) (l look, some bool) {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.at[token]
	if of == nil {
		return look{}, false
	}
	of.looks++
	return look{of, of.looks}, true
}

// end cancels all requests of a token.
func (r *running) end(token hash, cause error) {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if of := s.at[token]; of != nil {
		for _, cancel := range of.cancel {
			cancel(cause)
		}
	}
}

// close stops all timers.
func (r *running) close() {
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		for _, of := range s.at {
			of.expire(nil)
		}
		s.mu.Unlock()
	}
}

func (of *requests) expire(timer *time.Timer) {
	if of.expiry != nil {
		of.expiry.Stop()
	}
	of.expiry = timer
}

// enforce looks at a token anew, and cancels its requests if it is not to be
// let in any more. A database that does not answer admits nobody.
func (d *DB) enforce(token hash) {
	at, some := d.running.look(token)
	if !some {
		return
	}
	record, err := d.readLetIn(token)
	if err != nil {
		d.running.end(token, err)
		d.keys.Drop(token)
		return
	}
	d.running.set(token, at, record.limits, func() *time.Timer { return d.expiryTimer(token, record.limits) })
}

// expiryTimer returns nil for a token that never expires.
func (d *DB) expiryTimer(token hash, l limits) *time.Timer {
	if l.expires == 0 {
		return nil
	}
	return time.AfterFunc(time.Until(l.expiry()), func() { d.enforce(token) })
}
