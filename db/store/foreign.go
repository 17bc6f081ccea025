package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"syscall"

	"go.etcd.io/bbolt"
)

// Foreign is a bbolt database of another program, with buckets inside buckets.
// It is only read: neither the file nor its times change.
type Foreign struct{ bolt *bolt }

// OpenForeign opens the bbolt database at path to read it. As long as it is
// open, who wants to write to it waits. Options.Create is not used.
//
// Errors are those of OpenBolt; ErrInUse means that the other program runs.
func OpenForeign(path string, opts Options) (*Foreign, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("open %w", named(path, err))
	}
	file, err := openWith(resolved, opts.LockTimeout, openToRead, syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	db, err := openFile(file, &bbolt.Options{ReadOnly: true, NoStatistics: true}, opts.Warn)
	if err != nil {
		unlock(file)
		return nil, unreadable(path, err)
	}
	return &Foreign{&bolt{db: db, file: file, path: path}}, nil
}

func openToRead(path string) (*os.File, error) {
	// Non-blocking, because opening a named pipe would wait for its other end.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open %w", named(path, err))
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// View runs fn in a transaction. It returns the first error that an operation
// of the ForeignTx met, else what fn returned.
func (f *Foreign) View(fn func(*ForeignTx) error) error {
	return f.bolt.View(func(tx Tx) error { return fn(&ForeignTx{tx.(*boltTx)}) })
}

// Close waits for running transactions, and releases the file.
func (f *Foreign) Close() error { return f.bolt.Close() }

// ForeignTx is a transaction of a Foreign, with the rules of a Tx. A path
// names buckets, each inside the one before.
type ForeignTx struct{ tx *boltTx }

// Get returns the value of key in the bucket at path, or nil when there is
// none, or a bucket.
func (t *ForeignTx) Get(key string, path ...string) (value []byte) {
	defer t.tx.caught(new(error))
	if b := t.bucket(path); b != nil {
		return b.Get([]byte(key))
	}
	return nil
}

// Has reports whether there is a bucket at path.
func (t *ForeignTx) Has(path ...string) bool {
	defer t.tx.caught(new(error))
	return t.bucket(path) != nil
}

// Range yields what follows after in the bucket at path, in order: keys with
// their values, and buckets with nil. Without a bucket there, it yields
// nothing. An empty path means the buckets of the database.
func (t *ForeignTx) Range(after []byte, path ...string) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		c := t.cursor(path)
		if c == nil {
			return
		}
		key, value := t.tx.step(func() ([]byte, []byte) { return seekAfter(c, nil, after) })
		for ; key != nil; key, value = t.tx.step(c.Next) {
			if !yield(bytes.Clone(key), value) || t.tx.err != nil {
				return
			}
		}
	}
}

func (t *ForeignTx) cursor(path []string) *bbolt.Cursor {
	defer t.tx.caught(new(error))
	switch {
	case t.tx.err != nil:
		return nil
	case len(path) == 0:
		return t.tx.tx.Cursor()
	}
	if b := t.bucket(path); b != nil {
		return b.Cursor()
	}
	return nil
}

// bucket returns nil where there is none.
func (t *ForeignTx) bucket(path []string) (b *bbolt.Bucket) {
	if t.tx.err != nil || len(path) == 0 {
		return nil
	}
	b = t.tx.tx.Bucket([]byte(path[0]))
	for _, name := range path[1:] {
		if b == nil {
			return nil
		}
		b = b.Bucket([]byte(name))
	}
	return b
}
