package auth

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// maxLapses bounds the connections of which something is remembered.
const maxLapses = 10_000

// lapses remember what went wrong with connections, for as long as they have the
// access token that it concerns.
type lapses struct {
	mu sync.Mutex // guards the field below and all that is in it
	of map[connectionKey]*lapse
}

// lapse is what went wrong with one.
type lapse struct {
	token [sha256.Size]byte // the hash of its access token
	// told is the answer until then; of a zero until, for good.
	told  *CredentialError
	until time.Time
	// noted is the last reason that was stored for people.
	noted string
	// next is a token that was obtained and could not be stored.
	next *db.OAuthTokenData
}

// find returns what is remembered of an access token; the lock must be held.
func (l *lapses) find(key connectionKey, token string) *lapse {
	found := l.of[key]
	if found == nil || found.token != sha256.Sum256([]byte(token)) {
		return nil
	}
	return found
}

// add returns the place for what is to be remembered; the lock must be held.
func (l *lapses) add(key connectionKey, token string) *lapse {
	if found := l.find(key, token); found != nil {
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
	l.of[key] = &lapse{token: sha256.Sum256([]byte(token))}
	return l.of[key]
}

// err returns the answer that still stands.
func (l *lapses) err(key connectionKey, token string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.find(key, token)
	if found == nil || found.told == nil || !found.until.IsZero() && !now.Before(found.until) {
		return nil
	}
	return found.told
}

func (l *lapses) put(key connectionKey, token string, told *CredentialError, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lapse := l.add(key, token)
	lapse.told, lapse.until = told, until
}

// isNews reports whether a reason was not stored yet, and expects that it is now.
func (l *lapses) isNews(key connectionKey, token, reason string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lapse := l.add(key, token)
	if lapse.noted == reason {
		return false
	}
	lapse.noted = reason
	return true
}

// keep remembers a token that could not be stored.
func (l *lapses) keep(key connectionKey, token string, next *db.OAuthTokenData) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(key, token).next = next
}

// unsaved returns what keep has remembered, or nil.
func (l *lapses) unsaved(key connectionKey, token string) *db.OAuthTokenData {
	l.mu.Lock()
	defer l.mu.Unlock()
	if found := l.find(key, token); found != nil {
		return found.next
	}
	return nil
}

func (l *lapses) forget(key connectionKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, key)
}
