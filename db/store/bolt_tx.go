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
	id int // of a writing transaction
	// err is the first error that an operation met. It ends the transaction.
	err error
	// running says that the transaction's function runs, or an operation
	// that it called. A panic of the latter does not leave the operation.
	running bool
	// stuck says that bbolt panicked outside of an operation, and so perhaps
	// did not give its locks back.
	stuck bool
}

// fail keeps the first error.
func (t *boltTx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return t.err
}

// caught makes an error of a panic of bbolt, which can still end the
// transaction as usual then.
func (t *boltTx) caught(err *error) {
	if r := recover(); r != nil {
		*err = t.fail(damage(r))
	}
}

func (t *boltTx) Get(bucket string, key []byte) (value []byte, err error) {
	defer t.caught(&err)
	b, err := t.bucket(bucket, key)
	if b == nil || err != nil {
		return nil, err
	}
	value = b.Get(key)
	if value == nil && b.Bucket(key) != nil {
		return nil, t.nested(bucket, key)
	}
	return value, nil
}

func (t *boltTx) Put(bucket string, key, value []byte) (err error) {
	defer t.caught(&err)
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

func (t *boltTx) Delete(bucket string, key []byte) (err error) {
	defer t.caught(&err)
	b, err := t.writable(bucket, key)
	if b == nil || err != nil {
		return err
	}
	if err := b.Delete(key); err != nil {
		return t.failed("delete", bucket, err)
	}
	return nil
}

func (t *boltTx) DeletePrefix(bucket string, prefix []byte) (err error) {
	defer t.caught(&err)
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
		c := t.cursor(bucket)
		if c == nil {
			return
		}
		key, value := t.step(func() ([]byte, []byte) { return seekAfter(c, prefix, after) })
		for ; key != nil && bytes.HasPrefix(key, prefix); key, value = t.step(c.Next) {
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

// cursor returns nil when there is nothing to range over.
func (t *boltTx) cursor(bucket string) (c *bbolt.Cursor) {
	defer t.caught(new(error))
	if t.err != nil {
		return nil
	}
	b := t.tx.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	return b.Cursor()
}

// step moves a cursor. At the end, and when that fails, there is no key.
func (t *boltTx) step(move func() (key, value []byte)) (key, value []byte) {
	defer t.caught(new(error))
	return move()
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

func (t *boltTx) Buckets() (names []string, err error) {
	defer t.caught(&err)
	if t.err != nil {
		return nil, t.err
	}
	err = t.tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
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
