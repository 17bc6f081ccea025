package db

import (
	"errors"
	"sync"

	"github.com/PivotLLM/MCPFusion/db/store"
)

var errFault = errors.New("fault")

// faulty is a Store that fails at one moment, and then as its kind says. Each
// write is a moment, and each commit; and for readers, each transaction.
type faulty struct {
	store.Store

	mu   sync.Mutex // guards what follows
	at   int        // which moment it is: 1 is the next, 0 none
	met  bool
	kind fault
	// views fails reading transactions as well.
	views bool
}

// fault is how a faulty Store fails.
type fault struct {
	// lost means that a commit is made, but its answer is an error.
	lost bool
	// stays means that all writes fail from then on.
	stays bool
}

// moment reports whether this one fails, and how.
func (s *faulty) moment() (fails bool, kind fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.met && s.kind.stays {
		return true, fault{}
	}
	s.at--
	if s.at != 0 {
		return false, fault{}
	}
	s.met = true
	return true, s.kind
}

// mend ends the fault, and reports whether it was met.
func (s *faulty) mend() (met bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	met, s.at, s.met = s.met, 0, false
	return met
}

// passed returns how many moments have passed without a fault.
func (s *faulty) passed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return -s.at
}

func (s *faulty) Update(fn func(store.Tx) error) error {
	lost := false
	err := s.Store.Update(func(tx store.Tx) error {
		t := &faultyTx{Tx: tx, store: s}
		if err := fn(t); err != nil || t.err != nil {
			return errors.Join(t.err, err)
		}
		fails, kind := s.moment()
		lost = fails && kind.lost
		if fails && !lost {
			return errFault
		}
		return nil
	})
	if err == nil && lost {
		return errFault
	}
	return err
}

func (s *faulty) View(fn func(store.Tx) error) error {
	err := s.Store.View(fn)
	if fails, _ := s.momentOfView(); fails {
		return errFault
	}
	return err
}

func (s *faulty) momentOfView() (bool, fault) {
	if !s.views {
		return false, fault{}
	}
	return s.moment()
}

// faultyTx fails like its store. Its transaction then ends with the error.
type faultyTx struct {
	store.Tx
	store *faulty
	err   error
}

// write lets a moment pass; an answer is lost after the deed.
func (t *faultyTx) write(deed func() error) error {
	if t.err != nil {
		return t.err
	}
	fails, kind := t.store.moment()
	if !fails || kind.lost {
		if err := deed(); err != nil {
			return err
		}
	}
	if fails {
		t.err = errFault
	}
	return t.err
}

func (t *faultyTx) Put(bucket string, key, value []byte) error {
	return t.write(func() error { return t.Tx.Put(bucket, key, value) })
}

func (t *faultyTx) Delete(bucket string, key []byte) error {
	return t.write(func() error { return t.Tx.Delete(bucket, key) })
}

func (t *faultyTx) DeletePrefix(bucket string, prefix []byte) error {
	return t.write(func() error { return t.Tx.DeletePrefix(bucket, prefix) })
}

// twice is a Store that runs each function a second time, after the first
// transaction was undone.
type twice struct{ store.Store }

func (s twice) Update(fn func(store.Tx) error) error {
	undone := errors.New("undone")
	if err := s.Store.Update(func(tx store.Tx) error { return errors.Join(fn(tx), undone) }); errors.Is(err, store.ErrClosed) {
		return err
	}
	return s.Store.Update(fn)
}

func (s twice) View(fn func(store.Tx) error) error {
	if err := s.Store.View(fn); err != nil {
		return err
	}
	return s.Store.View(fn)
}
