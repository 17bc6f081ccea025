package connect

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// Limits of the sessions. Where there are too many, the one that was not used
// for the longest ends.
const (
	sessionIdle      = 15 * time.Minute
	maxSessions      = 10_000
	maxSessionsOfOne = 20 // tenant
)

// sessions are the browsers that are signed in. They are kept by the hash of
// their id: how long it takes to look for one tells nothing of the ids that there
// are, and the hash can name a session to others without opening it.
type sessions struct {
	most int

	mu sync.Mutex // guards the field below and what changes of a session
	of map[sessionKey]*session
}

type sessionKey [sha256.Size]byte

// session is one browser that has shown an API token.
type session struct {
	key    sessionKey
	tenant string // its hash
	token  global.Secret

	used   time.Time
	timer  *time.Timer // ends it
	notice *notice     // for the next page; nil for none
}

// notice is what a page says once about what was done before.
type notice struct {
	Text    string
	IsError bool
}

// name is the session's for others, and opens nothing.
func (s *session) name() string { return hex.EncodeToString(s.key[:]) }

func newSessions() *sessions { return &sessions{most: maxSessions, of: make(map[sessionKey]*session)} }

// begin returns a new session with its id, which is kept nowhere else.
func (s *sessions) begin(tenant string, token global.Secret) (began *session, id string) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the process instead
	id = hex.EncodeToString(random[:])
	began = &session{key: sha256.Sum256([]byte(id)), tenant: tenant, token: token, used: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom(tenant)
	began.timer = time.AfterFunc(sessionIdle, func() { s.expire(began) })
	s.of[began.key] = began
	return began, id
}

// makeRoom ends the tenant's oldest session, or the oldest of all, where there
// are too many; the lock must be held.
func (s *sessions) makeRoom(tenant string) {
	var oldest, oldestOwn *session
	own := 0
	for _, each := range s.of {
		if oldest == nil || each.used.Before(oldest.used) {
			oldest = each
		}
		if each.tenant != tenant {
			continue
		}
		own++
		if oldestOwn == nil || each.used.Before(oldestOwn.used) {
			oldestOwn = each
		}
	}
	switch {
	case own >= maxSessionsOfOne:
		s.drop(oldestOwn)
	case len(s.of) >= s.most:
		s.drop(oldest)
	}
}

// find returns the session of an id, nil for none. With use it lasts on from
// now.
func (s *sessions) find(id string, use bool) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.of[sha256.Sum256([]byte(id))]
	if found == nil {
		return nil
	}
	if time.Since(found.used) >= sessionIdle {
		s.drop(found)
		return nil
	}
	if use {
		found.used = time.Now()
		found.timer.Reset(sessionIdle)
	}
	return found
}

// expire ends a session unless it was used while its timer ran out.
func (s *sessions) expire(each *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(each.used) >= sessionIdle {
		s.drop(each)
	}
}

func (s *sessions) end(each *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(each)
}

// drop forgets a session; the lock must be held.
func (s *sessions) drop(each *session) {
	each.timer.Stop()
	delete(s.of, each.key)
}

// tell leaves a notice for the session's next page.
func (s *sessions) tell(each *session, n notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	each.notice = &n
}

// told takes the notice away; nil for none.
func (s *sessions) told(each *session) *notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := each.notice
	each.notice = nil
	return n
}
