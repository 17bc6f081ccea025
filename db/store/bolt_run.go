package store

import (
	"errors"
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// errPanic is what has become of a panic of bbolt, which is its answer to
// pages that it cannot understand, or of a page that could not be read.
var errPanic = fmt.Errorf("%w: damaged while it was in use", ErrCorrupt)

// run runs a transaction of bbolt, and puts an end to what is not safe any
// more once something went wrong.
func (b *bolt) run(transact func(func(*bbolt.Tx) error) error, fn func(Tx) error) error {
	var result error
	t := &boltTx{}
	err := guarded(t, func() error {
		return transact(func(tx *bbolt.Tx) error {
			t.tx = tx
			result = b.runTx(t, fn)
			return result
		})
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errPanic):
		return b.refuse(unusable(b.path, err), t.stuck)
	case errors.Is(err, ErrCorrupt):
		return unusable(b.path, err)
	case result != nil:
		return err
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return fmt.Errorf("%s: %w", b.path, ErrClosed)
	}
	return b.notCommitted(t.id, err)
}

// runTx runs fn, and lets the first error of an operation win over what fn
// made of it, unless fn's error contains it.
func (b *bolt) runTx(t *boltTx, fn func(Tx) error) error {
	if t.tx.Writable() {
		if err := b.begin(t); err != nil {
			return err
		}
	}
	t.running = true
	err := fn(t)
	t.running = false
	if t.err != nil && !errors.Is(err, t.err) {
		err = t.err
	}
	t.err = ErrClosed
	return err
}

// begin notes which transactions the file has seen. One that was not ours means
// that the file is not the one whose free pages bbolt knows: a backup, say,
// that was copied over it, and that a write would ruin.
func (b *bolt) begin(tx Tx) error {
	t := tx.(*boltTx)
	t.id = t.tx.ID()
	if last := b.lastTx; last != 0 && t.id != last && t.id != last+1 {
		return fmt.Errorf("%s: another program has written to it, so it is not changed any more: stop and start again", b.path)
	}
	b.lastTx = t.id
	return nil
}

// guarded runs f, and returns errPanic for a panic of the engine and for memory
// that cannot be read: pages of the file that are gone, or that the disk does
// not give. A panic of the transaction's own function goes on, as always.
func guarded(t *boltTx, f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if t.running && !isFault(r) {
				panic(r)
			}
			err, t.stuck = damage(r), true
		}
	}()
	return f()
}

// isFault reports whether memory could not be read.
func isFault(r any) bool {
	_, ok := r.(interface{ Addr() uintptr })
	return ok
}

// damage makes an error of a panic.
func damage(r any) error {
	if isFault(r) {
		return fmt.Errorf("%w: a part of it cannot be read", errPanic)
	}
	return fmt.Errorf("%w: %v", errPanic, r)
}

// refuse makes err the answer to all that would write, and if bbolt may hold
// its locks, to everything.
func (b *bolt) refuse(err error, stuck bool) error {
	b.refusal.CompareAndSwap(nil, &err)
	if stuck {
		b.stuck.Store(true)
	}
	return err
}

// notCommitted explains why a transaction could not be begun or committed. If
// it is visible all the same, the disk failed at the last moment, and nobody
// knows what it will say after a crash. Then nothing more is built on it.
func (b *bolt) notCommitted(id int, err error) error {
	err = named(b.path, err)
	if id == 0 {
		return err
	}
	visible := 0
	_ = b.View(func(tx Tx) error {
		visible = tx.(*boltTx).tx.ID()
		return nil
	})
	if visible < id {
		return err
	}
	return b.refuse(fmt.Errorf("%w; whether the last change was stored is not known: stop, see to the disk, and start again", err), false)
}
