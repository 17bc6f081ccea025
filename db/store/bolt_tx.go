package store

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// boltTx is a Tx in bbolt: a bucket is one of bbolt's, never nested.
type boltTx struct {
	tx *bbolt.Tx
	// err is the first error that an operation met. It ends the transaction.
	err error
}

// runTx runs fn, and lets the first error of an operation win over what fn
// made of it, unless fn's error contains it.
func runTx(tx *bbolt.Tx, fn func(Tx) error) error {
	t := &boltTx{tx: tx}
	err := fn(t)
	if t.err != nil && !errors.Is(err, t.err) {
		err = t.err
	}
	t.err = ErrClosed
	return err
}

// fail keeps the first error.
func (t *boltTx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return t.err
}

func (t *boltTx) Get(bucket string, key []byte) ([]byte, error) {
	b, err := t.bucket(bucket, key)
	if b == nil || err != nil {
		return nil, err
	}
	value := b.Get(key)
	if value == nil && b.Bucket(key) != nil {
		return nil, t.nested(bucket, key)
	}
	return value, nil
}

func (t *boltTx) Put(bucket string, key, value []byte) error {
	if _, err := t.bucket(bucket, key); err != nil {
		return err
	}
	b, err := t.tx.CreateBucketIfNotExists([]byte(bucket))
	if err != nil {
		return t.failed("put", bucket, err)
	}
	if value == nil {
		value = []byte{} // nil would read as "no such key" until the commit
	}
	if err := b.Put(key, value); err != nil {
		return t.failed("put", bucket, err)
	}
	return nil
}

func (t *boltTx) Delete(bucket string, key []byte) error {
	b, err := t.writable(bucket, key)
	if b == nil || err != nil {
		return err
	}
	if err := b.Delete(key); err != nil {
		return t.failed("delete", bucket, err)
	}
	return nil
}

func (t *boltTx) DeletePrefix(bucket string, prefix []byte) error {
	b, err := t.writable(bucket, prefix)
	if b == nil || err != nil {
		return err
	}
	// Seeking anew for each key, since deleting moves what a cursor stands on.
	for c := b.Cursor(); ; {
		key, _ := c.Seek(prefix)
		if key == nil || !bytes.HasPrefix(key, prefix) {
			return nil
		}
		if err := c.Delete(); err != nil {
			return t.failed("delete", bucket, err)
		}
	}
}

func (t *boltTx) Range(bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		if t.err != nil {
			return
		}
		b := t.tx.Bucket([]byte(bucket))
		if b == nil {
			return
		}
		c := b.Cursor()
		key, value := seekAfter(c, prefix, after)
		for ; key != nil && bytes.HasPrefix(key, prefix); key, value = c.Next() {
			if value == nil {
				_ = t.nested(bucket, key)
				return
			}
			if !yield(key, value) || t.err != nil {
				return
			}
		}
	}
}

// seekAfter moves to the first key that is at least prefix and greater than
// after.
func seekAfter(c *bbolt.Cursor, prefix, after []byte) (key, value []byte) {
	if len(after) == 0 || bytes.Compare(after, prefix) < 0 {
		return c.Seek(prefix)
	}
	key, value = c.Seek(after)
	if bytes.Equal(key, after) {
		return c.Next()
	}
	return key, value
}

func (t *boltTx) Buckets() ([]string, error) {
	if t.err != nil {
		return nil, t.err
	}
	var names []string
	err := t.tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		names = append(names, string(name))
		return nil
	})
	if err != nil {
		return nil, t.fail(fmt.Errorf("list buckets: %w", err))
	}
	return names, nil
}

// bucket returns nil without an error when the bucket is not there (yet).
func (t *boltTx) bucket(name string, key []byte) (*bbolt.Bucket, error) {
	switch {
	case t.err != nil:
		return nil, t.err
	case name == "" || len(key) == 0 || len(key) > bbolt.MaxKeySize:
		return nil, t.fail(fmt.Errorf("bucket %q: %w", name, ErrKey))
	}
	return t.tx.Bucket([]byte(name)), nil
}

// writable is bucket for an operation that changes one. A read-only
// transaction fails even where there is nothing to change.
func (t *boltTx) writable(name string, key []byte) (*bbolt.Bucket, error) {
	b, err := t.bucket(name, key)
	if err == nil && !t.tx.Writable() {
		return nil, t.fail(fmt.Errorf("bucket %q: %w", name, ErrReadOnly))
	}
	return b, err
}

func (t *boltTx) nested(bucket string, key []byte) error {
	return t.fail(fmt.Errorf("bucket %q holds a bucket at %q: %w", bucket, key, ErrForeign))
}

// failed translates what bbolt says into the words of this package.
func (t *boltTx) failed(doing, bucket string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrIncompatibleValue):
		err = ErrForeign
	case errors.Is(err, berrors.ErrTxNotWritable):
		err = ErrReadOnly
	}
	return t.fail(fmt.Errorf("%s in bucket %q: %w", doing, bucket, err))
}
