package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
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
	// Warn is told, with the file's name, that a database could be opened but
	// its last change may be lost. Without it, that is an error.
	Warn func(text string)
}

// bolt is a Store in one bbolt file.
type bolt struct {
	db   *bbolt.DB
	file *os.File // which db closes, unless it is stuck
	path string

	queue   queue
	writing sync.Mutex // guards lastTx and what queue says; held as long as a transaction writes
	// lastTx is the newest transaction that began to write.
	lastTx int

	// refusal, once there is one, is what Update returns.
	refusal atomic.Pointer[error]
	// stuck says that bbolt panicked where it may still hold its locks, so
	// that nobody may call it any more; View returns the refusal as well.
	stuck atomic.Bool
}

// OpenBolt opens the bbolt database at path and holds it alone until Close.
// All of the file is read, to see that it is whole.
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
			return nil, fmt.Errorf("create %w", named(path, err))
		}
	}
	file, err := openLocked(path, opts.LockTimeout)
	if err != nil {
		return nil, err
	}
	if opts.Create {
		removeUnfinished(path)
	}
	db, err := openFile(file, boltOptions(), opts.Warn)
	if err != nil {
		unlock(file)
		return nil, unusable(path, err)
	}
	b := &bolt{db: db, file: file, path: path}
	if err := b.View(b.begin); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// openFile gives bbolt a file that is locked already. bbolt locks it again,
// which does not wait, and closes it when the database is closed.
func openFile(file *os.File, options *bbolt.Options, warn func(string)) (db *bbolt.DB, err error) {
	warning, err := checkWhole(file)
	switch {
	case err != nil:
		return nil, err
	case warning != "" && warn == nil:
		return nil, errors.New(warning)
	case warning != "":
		warn(file.Name() + ": " + warning)
	}
	options.OpenFile = func(string, int, os.FileMode) (*os.File, error) { return file, nil }
	err = guarded(&boltTx{}, func() (err error) {
		db, err = bbolt.Open(file.Name(), 0o600, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = growStep
	return db, nil
}

func boltOptions() *bbolt.Options {
	options := *bbolt.DefaultOptions
	options.FreelistType = bbolt.FreelistMapType
	options.NoStatistics = true
	if strconv.IntSize == 64 {
		options.InitialMmapSize = mapSize
	}
	return &options
}

func (b *bolt) View(fn func(Tx) error) error {
	if b.stuck.Load() {
		return *b.refusal.Load()
	}
	return b.run(b.db.View, fn)
}

func (b *bolt) Backup(w io.Writer) error {
	return b.View(func(tx Tx) error {
		if _, err := tx.(*boltTx).tx.WriteTo(w); err != nil {
			return fmt.Errorf("back up %s: %w", b.path, err)
		}
		return nil
	})
}

func (b *bolt) Size() (total, free int64, err error) {
	err = b.View(func(tx Tx) error {
		info, err := b.file.Stat()
		if err != nil {
			return named(b.path, err)
		}
		s := tx.(*boltTx).tx.Cursor().Bucket().Stats() // with all that is in the root bucket
		const metaPages = 2
		used := metaPages + s.BranchPageN + s.BranchOverflowN + s.LeafPageN + s.LeafOverflowN
		total = info.Size()
		free = total - int64(used)*int64(b.db.Info().PageSize)
		return nil
	})
	return total, free, err
}

func (b *bolt) Close() error {
	closed := fmt.Errorf("%s: %w", b.path, ErrClosed)
	b.refusal.Store(&closed)
	if b.stuck.Load() {
		unlock(b.file) // bbolt would wait for itself
		return nil
	}
	return named(b.path, b.db.Close())
}
