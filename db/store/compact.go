package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// compactBatch is how many bytes one transaction of a compaction writes.
const compactBatch = 1 << 20

// compactStep is by how many bytes the new file grows at a time: at most so
// much of it is empty in the end.
const compactStep = 256 << 10

// compacting follows the database's name in that of one that is being written
// anew.
const compacting = ".new-"

// CompactBolt writes the bbolt database at path anew, without what was deleted
// and without free pages, and puts the new file in the place of the old one.
// It returns the size of both in bytes. Owner and mode are kept.
//
// The old file stays untouched until the new one is complete, has the same
// content, and check, which gets it as an open Store, finds nothing wrong. An
// error means that the old one is still there. The database must not be open:
// then it is ErrInUse after lockTimeout.
func CompactBolt(path string, lockTimeout time.Duration, check func(Store) error) (before, after int64, err error) {
	old, err := OpenBolt(path, Options{LockTimeout: lockTimeout})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	removeLeft(path, compacting)
	temp, err := compactTo(old.(*bolt), path)
	if err != nil {
		return 0, 0, fmt.Errorf("compact %s: %w", path, err)
	}
	defer os.Remove(temp) // when it was not moved away
	if before, err = sizeOf(path); err != nil {
		return 0, 0, err
	}
	if after, err = sizeOf(temp); err != nil {
		return 0, 0, err
	}
	if err := checkCompacted(old, temp, check); err != nil {
		return 0, 0, fmt.Errorf("compact %s: %w; the old file is still there", path, err)
	}
	if err := os.Rename(temp, path); err != nil {
		return 0, 0, err
	}
	return before, after, syncDir(filepath.Dir(path))
}

// compactTo writes the new file beside the old one.
func compactTo(old *bolt, path string) (name string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+compacting+"*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	err = errors.Join(file.Chmod(info.Mode().Perm()), giveTo(info, file), file.Close())
	if err != nil {
		return "", err
	}
	return file.Name(), fill(file.Name(), old)
}

func fill(name string, old *bolt) error {
	db, err := bbolt.Open(name, 0o600, nil)
	if err != nil {
		return err
	}
	db.AllocSize = compactStep
	return errors.Join(bbolt.Compact(db, old.db, compactBatch), db.Sync(), db.Close())
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func checkCompacted(old Store, name string, check func(Store) error) (err error) {
	compacted, err := OpenBolt(name, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, compacted.Close()) }()
	if err := same(old, compacted); err != nil {
		return err
	}
	return check(compacted)
}

var errDiffers = errors.New("the new file has not the same content")

// same compares all keys and values.
func same(a, b Store) error {
	return a.View(func(one Tx) error {
		return b.View(func(other Tx) error {
			buckets, err := one.Buckets()
			if err != nil {
				return err
			}
			for _, bucket := range buckets {
				if err := sameBucket(one, other, bucket); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func sameBucket(one, other Tx, bucket string) error {
	var count, expected int
	for key, value := range one.Range(bucket, nil, nil) {
		expected++
		copied, err := other.Get(bucket, key)
		if err != nil || copied == nil || !bytes.Equal(value, copied) {
			return errors.Join(errDiffers, err)
		}
	}
	for range other.Range(bucket, nil, nil) {
		count++
	}
	if count != expected {
		return errDiffers
	}
	return nil
}
