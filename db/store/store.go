// Package store is the one seam between mcpfusion and a database engine: an
// ordered key-value store with transactions.
package store

import (
	"errors"
	"io"
	"iter"
)

// Errors that callers tell apart with errors.Is. Those that concern a file
// are wrapped with its name.
var (
	// ErrInUse is returned by Open when another process, or another Store of
	// this one, held the database until the lock timeout was over.
	ErrInUse = errors.New("in use by another process")
	// ErrClosed is returned by every method of a Store after Close, and by
	// every operation of a Tx after its transaction ended.
	ErrClosed = errors.New("database is closed")
	// ErrCorrupt is returned by Open when the file is no database, or not the
	// whole of one, and by transactions that meet damage, or whose function
	// returns it because of a value that nobody can have put. The error says
	// what to do. A Store that met damage does not write any more.
	ErrCorrupt = errors.New("not a usable database file")
	// ErrForeign is returned by an operation of a Tx that meets what this
	// package never writes, such as a bucket inside a bucket. Another program
	// made the database.
	ErrForeign = errors.New("the database was written by another program")
	// ErrReadOnly is returned by an operation of View's Tx that would write.
	ErrReadOnly = errors.New("transaction is read-only")
	// ErrKey is returned by an operation whose bucket, key or prefix is empty
	// where it must not be, or longer than the engine takes.
	ErrKey = errors.New("key is empty or too long")
)

// Store is an ordered key-value store. All methods may be called by several
// goroutines at once, but not from inside a transaction of the same Store.
//
// What a transaction does is isolated: it sees the state at its begin and its
// own writes, never half of another one. Writing transactions run one after
// another; readers do not wait for them.
//
// Inside a transaction nothing waits: no network, no socket, no channel, no
// lock that is held elsewhere during a transaction. A long reader stops every
// writer that must grow the database, and through it all other readers; long
// listings therefore page, with one short transaction for each page.
type Store interface {
	// View runs fn in a read-only transaction. It returns the first error
	// that an operation of the Tx met, else what fn returned.
	View(fn func(Tx) error) error

	// Update runs fn in a writing transaction and commits it. When Update
	// returns nil, all that fn wrote is durable; when it returns an error,
	// nothing of it is visible. It returns the first error that an operation
	// of the Tx met, even if fn ignored it, else what fn returned, else the
	// error of the commit.
	//
	// An error of the commit is the exception: all of it may have been stored
	// before the disk failed, or the answer was lost.
	//
	// fn may run more than once, so it sets what it hands out anew in each
	// run and changes nothing else outside the transaction.
	Update(fn func(Tx) error) error

	// Backup writes one consistent state of the whole database to w, in the
	// engine's own format. It is one long reading transaction: w is a local
	// file or memory, not a connection.
	Backup(w io.Writer) error

	// Size returns how much the database takes on the disk, and how much of that
	// holds nothing, in bytes. It reads the whole of it.
	Size() (total, free int64, err error)

	// Close waits for running transactions, and releases the database.
	// Further calls do nothing.
	Close() error
}

// Tx is a transaction. It belongs to the goroutine that runs its function and
// ends with it; later operations return ErrClosed.
//
// Keys live in named buckets, which come into being with their first key, and
// are ordered byte by byte. A key is a path, so that a subtree is what begins
// with a prefix.
//
// The first error that an operation meets stays: all later operations return
// it, and the transaction ends with it.
type Tx interface {
	// Get returns the value of key, or nil when there is none. An empty value
	// is not nil. The value must not be changed, and does not outlive the
	// transaction unless it is copied.
	Get(bucket string, key []byte) ([]byte, error)

	// Put sets the value of key. The value must not change until the
	// transaction has ended; the key may.
	Put(bucket string, key, value []byte) error

	// Delete removes key; a missing one is not an error.
	Delete(bucket string, key []byte) error

	// DeletePrefix removes all keys that begin with prefix, which must not be
	// empty.
	DeletePrefix(bucket string, prefix []byte) error

	// Range yields the keys that begin with prefix and are greater than
	// after, in order, with their values. An empty prefix means the whole
	// bucket, an empty after its beginning. Keys and values do not outlive
	// the transaction unless they are copied. The bucket must not be changed
	// during the loop. An error ends the loop, and the transaction with it.
	Range(bucket string, prefix, after []byte) iter.Seq2[[]byte, []byte]

	// Buckets returns the names of all buckets in order, also of those that
	// have become empty.
	Buckets() ([]string, error)
}
