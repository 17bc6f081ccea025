package auth

import (
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// maxLapses bounds the connections of which something is remembered.
const maxLapses = 10_000

// lapses remember what went wrong with connections, until something else is
// stored for them.
type lapses struct {
	mu sync.Mutex // guards the field below and all that is in it
	of map[connectionKey]*lapse
}

// lapse is what went wrong with one.
type lapse struct {
	stored time.Time // UpdatedAt of the token that it concerns
	// told is the answer until then; of a zero until, for good. Another
	// configuration than that of by may fare better.
	told  *CredentialError
	by    *Connector
	until time.Time
	// noted is the last reason that was stored for people.
	noted string
	// next is a token that was obtained and could not be stored, and save tries
	// that again.
	next *db.OAuthTokenData
	save func() error
}

// find returns what is remembered of a token that was stored then; the lock must
// be held.
func (l *lapses) find(key connectionKey, stored time.Time) *lapse {
	found := l.of[key]
	if found == nil || !found.stored.Equal(stored) {
		return nil
	}
	return found
}

// add returns the place for what is to be remembered; the lock must be held.
func (l *lapses) add(key connectionKey, stored time.Time) *lapse {
	if found := l.find(key, stored); found != nil {
		return found
	}
	if l.of == nil {
		l.of = make(map[connectionKey]*lapse)
	}
	for other, lapse := range l.of {
		if len(l.of) < maxLapses {
			break
		}
		if lapse.next == nil {
			delete(l.of, other) // any: at worst a provider is asked once more
		}
	}
	l.of[key] = &lapse{stored: stored}
	return l.of[key]
}

// err returns the answer that still stands.
func (l *lapses) err(key connectionKey, stored time.Time, by *Connector, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.find(key, stored)
	if found == nil || found.told == nil || found.by != by || !found.until.IsZero() && !now.Before(found.until) {
		return nil
	}
	return found.told
}

func (l *lapses) put(key connectionKey, stored time.Time, by *Connector, told *CredentialError, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lapse := l.add(key, stored)
	lapse.told, lapse.until, lapse.by = told, until, by
}

// isNoted reports whether a reason is the last one that setNoted was called with.
func (l *lapses) isNoted(key connectionKey, stored time.Time, reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.find(key, stored)
	return found != nil && found.noted == reason
}

func (l *lapses) setNoted(key connectionKey, stored time.Time, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(key, stored).noted = reason
}

// keep remembers a token that could not be stored.
func (l *lapses) keep(key connectionKey, stored time.Time, next *db.OAuthTokenData, save func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lapse := l.add(key, stored)
	lapse.next, lapse.save = next, save
}

// kept returns what stores the tokens that could not be.
func (l *lapses) kept() (list []func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lapse := range l.of {
		if lapse.save != nil {
			list = append(list, lapse.save)
		}
	}
	return list
}

// unsaved returns what keep has remembered, or nil.
func (l *lapses) unsaved(key connectionKey, stored time.Time) *db.OAuthTokenData {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found := l.find(key, stored); found != nil {
		return found.next
	}
	return nil
}

func (l *lapses) forget(key connectionKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, key)
}
