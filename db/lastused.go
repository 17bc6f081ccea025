package db

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

// flushEvery is how long the last use of a token may be known to this process
// only.
const flushEvery = 5 * time.Second

// marks holds when tokens were last used, until that is written: for each
// token that was used since, the Unix time in nanoseconds. It is divided, so
// that requests of different tokens hardly ever wait for each other.
type marks struct{ shards [16]markShard }

type markShard struct {
	mu sync.Mutex // guards at, and is held for moments only: never during I/O
	at map[hash]int64
}

func (m *marks) shard(token hash) *markShard {
	return &m.shards[int(token[0])*len(m.shards)/256] // in the order of tokens
}

func (m *marks) mark(token hash, now time.Time) {
	s := m.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[hash]int64{}
	}
	s.at[token] = now.UnixNano()
}

func (m *marks) get(token hash) (nanoseconds int64, ok bool) {
	s := m.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	nanoseconds, ok = s.at[token]
	return nanoseconds, ok
}

func (m *marks) forget(token hash) {
	s := m.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, token)
}

// mark is when one token was last used.
type mark struct {
	token       hash
	nanoseconds int64
}

// pending returns all marks in the order of the tokens, which is that of the
// keys and what the engine writes fastest.
func (m *marks) pending() []mark {
	var all []mark
	for i := range m.shards {
		from := len(all)
		s := &m.shards[i]
		s.mu.Lock()
		all = slices.Grow(all, len(s.at))
		for token, at := range s.at {
			all = append(all, mark{token, at})
		}
		s.mu.Unlock()
		slices.SortFunc(all[from:], func(a, b mark) int { return bytes.Compare(a.token[:], b.token[:]) })
	}
	return all
}

// written removes marks that are stored now, unless they are newer already.
func (m *marks) written(stored []mark) {
	for _, mark := range stored {
		s := m.shard(mark.token)
		s.mu.Lock()
		if s.at[mark.token] == mark.nanoseconds {
			delete(s.at, mark.token)
		}
		s.mu.Unlock()
	}
}

// startFlusher writes the marks and counts from time to time, and drops the
// sealings of tokens that have ended, until stop is called. stop returns when
// the flusher has ended.
func (d *DB) startFlusher() (stop func()) {
	quit := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(flushEvery)
		defer ticker.Stop()
		flush := chore{name: "writing when tokens were last used", log: d.logger}
		drop := chore{name: "dropping the sealings of ended tokens", log: d.logger}
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
				flush.done(d.flush())
				drop.done(d.dropEnded(time.Now()))
				d.keys.Sweep(time.Now())
			}
		}
	})
	return func() {
		close(quit)
		running.Wait()
	}
}

// chore is what the flusher does from time to time.
type chore struct {
	name    string
	log     global.Logger
	failing bool
}

// done logs when the chore begins to fail and when it works again; a line for
// each attempt would fill the disk that may be the reason.
func (c *chore) done(err error) {
	switch {
	case err != nil && !c.failing:
		c.log.Errorf("%v; trying again every %s", err, flushEvery)
	case err == nil && c.failing:
		c.log.Notice(c.name + " works again")
	}
	c.failing = err != nil
}

// flush writes all marks and counts in one transaction. When it fails, they
// stay.
func (d *DB) flush() error {
	pending, counted := d.used.pending(), d.usage.pending()
	if len(pending)+len(counted) == 0 {
		return nil
	}
	err := d.store.Update(func(tx store.Tx) error {
		for _, mark := range pending {
			if err := putLastUsed(tx, mark); err != nil {
				return err
			}
		}
		return putCounts(tx, counted)
	})
	if err != nil {
		return fmt.Errorf("write when tokens were last used: %w", err)
	}
	d.used.written(pending)
	d.usage.written(counted)
	return nil
}

// putLastUsed leaves out a token that was deleted in the meantime.
func putLastUsed(tx store.Tx, m mark) error {
	known, err := tx.Get(bucketIndex, byHashKey(m.token))
	if known == nil || err != nil {
		return err
	}
	return tx.Put(bucketIndex, lastUsedKey(m.token), encodeTime(m.token, m.nanoseconds))
}

// lastUsed returns nil for a token that never was used.
func (d *DB) lastUsed(tx store.Tx, token hash) (*time.Time, error) {
	if nanoseconds, ok := d.used.get(token); ok {
		at := time.Unix(0, nanoseconds).UTC()
		return &at, nil
	}
	value, err := tx.Get(bucketIndex, lastUsedKey(token))
	if value == nil || err != nil {
		return nil, err
	}
	at, err := decodeTime(token, value)
	return &at, err
}
