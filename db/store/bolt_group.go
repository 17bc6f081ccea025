package store

import (
	"errors"
	"slices"
	"sync"
)

// Group commit: what waits for its turn to write is written together with what
// has it, in one transaction of the engine and with one wait for the disk.

// maxGroup bounds how many functions one transaction of the engine runs.
const maxGroup = 128

// queue holds the updates that nobody has begun yet.
type queue struct {
	mu      sync.Mutex // guards waiting, and is held for moments only
	waiting []*update
}

// update is one call of Update.
type update struct {
	fn func(Tx) error
	// done and err are guarded by the right to write: bolt.writing.
	done bool
	err  error
}

func (q *queue) add(u *update) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, u)
}

// take returns the group that u belongs to, and removes it from the queue. An
// update that was taken before, and not done, is a group of its own.
func (q *queue) take(u *update) []*update {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting, u)
	if at < 0 {
		return []*update{u}
	}
	from := at / maxGroup * maxGroup
	group := slices.Clone(q.waiting[from:min(from+maxGroup, len(q.waiting))])
	q.waiting = slices.Delete(q.waiting, from, from+len(group))
	return group
}

func (b *bolt) Update(fn func(Tx) error) error {
	u := &update{fn: fn}
	b.queue.add(u)
	b.writing.Lock()
	defer b.writing.Unlock()
	if !u.done {
		b.write(b.queue.take(u), u)
	}
	return u.err
}

// write runs a group. It needs writing. An update whose function fails is left
// to the goroutine that it came from, which runs it alone then: so no error,
// and no panic, becomes another's. own is the update of this goroutine.
func (b *bolt) write(group []*update, own *update) {
	for len(group) > 1 {
		failed, err := b.writeTogether(group)
		if failed < 0 {
			finish(group, err)
			break
		}
		group = slices.Delete(group, failed, failed+1)
	}
	if !own.done {
		finish([]*update{own}, b.writeOne(own.fn))
	}
}

// writeOne runs a function in a transaction of its own.
func (b *bolt) writeOne(fn func(Tx) error) error {
	if refusal := b.refusal.Load(); refusal != nil {
		return *refusal
	}
	return b.run(b.db.Update, fn)
}

func finish(group []*update, err error) {
	for _, u := range group {
		u.done, u.err = true, err
	}
}

// errAlone is what a function of a group fails with.
var errAlone = errors.New("to be run alone")

// writeTogether returns the update that failed, -1 if none did. Then err is
// that of the transaction.
func (b *bolt) writeTogether(group []*update) (failed int, err error) {
	failed = -1
	err = b.writeOne(func(tx Tx) error {
		for i, u := range group {
			if !succeeds(u.fn, tx) {
				failed = i
				return errAlone
			}
		}
		return nil
	})
	return failed, err
}

// succeeds reports whether fn has done all that it wanted.
func succeeds(fn func(Tx) error, tx Tx) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if isFault(r) {
				panic(r) // of the file, not of fn
			}
			ok = false
		}
	}()
	return fn(tx) == nil && tx.(*boltTx).err == nil
}
