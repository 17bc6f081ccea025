package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// DefaultLockTimeout is how long OpenBolt waits for a database that another
// process holds, unless Options say otherwise.
const DefaultLockTimeout = 5 * time.Second

const (
	// mapSize is address space, not memory or disk. As long as the file is
	// smaller, growing it needs no new map and so does not wait for readers.
	mapSize = 256 << 20
	// growStep keeps small databases small: with a large map, bbolt would
	// otherwise enlarge the file by 16 MiB at once.
	growStep = 1 << 20
)

// Options of OpenBolt. The zero value opens an existing database.
type Options struct {
	// Create makes the file when it is missing.
	Create bool
	// LockTimeout is how long to wait for another process to release the
	// database; zero means DefaultLockTimeout.
	LockTimeout time.Duration
}

// bolt is a Store in one bbolt file.
type bolt struct {
	db   *bbolt.DB
	path string
}

// OpenBolt opens the bbolt database at path and holds it alone until Close.
//
// The file is created with mode 0600; group and other permissions that it has
// are taken away. A file that root creates belongs to the owner of its
// directory. Symbolic links and anything but a regular file are refused.
//
// Errors: fs.ErrNotExist when the file is missing and not to be created,
// ErrInUse, ErrCorrupt, or what the system reported, all with the file's name.
func OpenBolt(path string, opts Options) (Store, error) {
	if opts.Create {
		if err := createBolt(path); err != nil {
			return nil, fmt.Errorf("create %s: %w", path, err)
		}
	}
	file, err := openLocked(path, opts.LockTimeout)
	if err != nil {
		return nil, err
	}
	db, err := openFile(file)
	if err != nil {
		unlock(file)
		return nil, unusable(path, err)
	}
	return &bolt{db, path}, nil
}

// openFile gives bbolt a file that is locked already. bbolt locks it again,
// which does not wait, and closes it when the database is closed.
func openFile(file *os.File) (db *bbolt.DB, err error) {
	if err := checkWhole(file); err != nil {
		return nil, err
	}
	defer func() { // bbolt's answer to some kinds of damage
		if r := recover(); r != nil {
			db, err = nil, fmt.Errorf("%v", r)
		}
	}()
	db, err = bbolt.Open(file.Name(), 0o600, boltOptions(file))
	if err != nil {
		return nil, err
	}
	db.AllocSize = growStep
	return db, nil
}

func boltOptions(file *os.File) *bbolt.Options {
	options := *bbolt.DefaultOptions
	options.FreelistType = bbolt.FreelistMapType
	options.NoStatistics = true
	options.OpenFile = func(string, int, os.FileMode) (*os.File, error) { return file, nil }
	if strconv.IntSize == 64 {
		options.InitialMmapSize = mapSize
	}
	return &options
}

func (b *bolt) View(fn func(Tx) error) error {
	var result error
	err := b.db.View(func(tx *bbolt.Tx) error {
		result = runTx(tx, fn)
		return result
	})
	return b.explain(err, result)
}

func (b *bolt) Update(fn func(Tx) error) error {
	var result error
	err := b.db.Update(func(tx *bbolt.Tx) error {
		result = runTx(tx, fn)
		return result
	})
	return b.explain(err, result)
}

func (b *bolt) Backup(w io.Writer) error {
	err := b.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(w)
		return err
	})
	return b.explain(err, nil)
}

func (b *bolt) Close() error { return b.explain(b.db.Close(), nil) }

// explain names the file in errors of the engine, and leaves alone those that
// the transaction's own function returned.
func (b *bolt) explain(err, result error) error {
	switch {
	case err == nil || result != nil:
		return err
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return fmt.Errorf("%s: %w", b.path, ErrClosed)
	default:
		return fmt.Errorf("%s: %w", b.path, err)
	}
}
