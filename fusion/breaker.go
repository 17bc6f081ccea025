package fusion

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// maxBreakers bounds the tenants of one service whose failures are counted.
// Beyond it the count that would end first is forgotten.
const maxBreakers = 4096

// breakers are the circuit breakers of one service: one for each tenant whose
// last call failed, so that one tenant's errors stop nobody else. A nil
// pointer never breaks.
type breakers struct {
	service string
	rules   config.CircuitBreaker
	log     global.Logger

	mu sync.Mutex // guards of and all that is in it; held for moments only
	of map[string]*breaker
}

// breaker is closed until it has an end, open until that end, and half-open
// after it: then a few calls at a time try whether the service is well again.
type breaker struct {
	failures int       // in a row, while closed
	last     time.Time // of the failures
	end      time.Time // zero: closed
	trying   int       // calls on their way, while half-open
	proven   int       // successes, while half-open
}

func newBreakers(service string, rules *config.CircuitBreaker, log global.Logger) *breakers {
	if rules == nil {
		return nil
	}
	return &breakers{service: service, rules: *rules, log: log, of: make(map[string]*breaker)}
}

// enter asks whether a call of ctx's tenant may be made; leave is to be told what it
// showed. The error is a *BreakerError.
func (s *breakers) enter(ctx context.Context) (leave func(health), err error) {
	if s == nil {
		return func(health) {}, nil
	}
	tenant := tenantOf(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of[tenant]
	if b == nil || b.end.IsZero() {
		return func(h health) { s.warn(tenant, s.count(tenant, h)) }, nil
	}
	wait := time.Until(b.end)
	switch {
	case wait > 0:
	case b.trying >= s.rules.HalfOpenMaxCalls:
		wait = time.Second // the calls that try are on their way
	default:
		b.trying++
		end := b.end
		return func(h health) { s.warn(tenant, s.try(tenant, b, end, h)) }, nil
	}
	return nil, &BreakerError{Service: s.service, After: wait}
}

// count takes what a call showed that began while the breaker was closed, and
// reports whether that opens it.
func (s *breakers) count(tenant string, h health) (opened bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.of[tenant]
	switch {
	case h == unknown, b != nil && !b.end.IsZero(): // it has opened since, and knows better
	case h == healthy:
		delete(s.of, tenant)
	default:
		if b == nil {
			b = s.add(tenant)
		}
		b.failures++
		b.last = time.Now()
		if b.failures >= s.rules.FailureThreshold {
			s.open(b)
			return true
		}
	}
	return false
}

// try takes what a call showed that began half-open, after that end, and
// reports whether that opens the breaker.
func (s *breakers) try(tenant string, b *breaker, end time.Time, h health) (opened bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[tenant] != b || b.end != end {
		return false // it has closed, or opened again, since
	}
	b.trying--
	switch h {
	case healthy:
		if b.proven++; b.proven >= s.rules.SuccessThreshold {
			delete(s.of, tenant)
		}
	case sick:
		s.open(b)
	}
	return h == sick
}

// open is called with the lock held.
func (s *breakers) open(b *breaker) {
	now := time.Now()
	*b = breaker{last: now, end: now.Add(s.rules.ResetTimeout)}
}

// warn is called without the lock: a log may be slow.
func (s *breakers) warn(tenant string, opened bool) {
	if opened {
		s.log.Warningf("service %s keeps failing for tenant %s; its calls are refused for %s",
			s.service, tenant[:min(8, len(tenant))], seconds(s.rules.ResetTimeout))
	}
}

// add makes room and is called with the lock held.
func (s *breakers) add(tenant string) *breaker {
	if len(s.of) >= maxBreakers {
		s.forget()
	}
	b := &breaker{}
	s.of[tenant] = b
	return b
}

// forget drops a closed breaker before an open one, and of several the one
// that has waited longest.
func (s *breakers) forget() {
	oldest := slices.MinFunc(slices.Collect(maps.Keys(s.of)), func(x, y string) int {
		a, b := s.of[x], s.of[y]
		return cmp.Or(a.end.Compare(b.end), a.last.Compare(b.last))
	})
	delete(s.of, oldest)
}

// tenantOf names the tenant of ctx, for what is kept for each tenant apart; "" is
// none.
func tenantOf(ctx context.Context) string {
	tenant, _ := auth.TenantHash(ctx)
	return tenant
}
