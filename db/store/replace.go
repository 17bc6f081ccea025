package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// replacing follows the database's name in that of a copy that is to take its
// place.
const replacing = ".restoring-"

// ReplaceBolt puts a copy of the file from in the place of the bbolt database
// at path, which check has to agree to: it gets both as open Stores, old being
// nil where there is none, or none that can be read. The replaced file is kept
// as kept, which must not exist; without one there is nothing to keep.
//
// The database must not be open: then it is ErrInUse after lockTimeout. It
// stays locked until all is done. An error means that nothing was replaced,
// except that the last one, of making it durable, may come after it.
func ReplaceBolt(path, from, kept string, lockTimeout time.Duration, check func(old, copied Store) error) (err error) {
	lock, old, err := lockForReplacing(path, lockTimeout)
	if err != nil {
		return err
	}
	if lock != nil {
		defer func() { err = errors.Join(err, lock.Close()) }()
	}
	removeLeft(path, replacing)
	temp, err := copyBeside(path, from)
	if err != nil {
		return err
	}
	defer os.Remove(temp) // when it was not moved away
	if err := checkCopied(old, temp, from, check); err != nil {
		return err
	}
	if lock == nil { // a link, unlike a rename, replaces nothing that came meanwhile
		if err := os.Link(temp, path); errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s: %w: it was made meanwhile", path, ErrInUse)
		} else if err != nil {
			return err
		}
		return syncDir(filepath.Dir(path))
	}
	// A second name and then a rename: at no time is there no database.
	if err := os.Link(path, kept); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// lockForReplacing locks the file that is at path, if there is one, and opens
// it, if it can be read.
func lockForReplacing(path string, timeout time.Duration) (lock io.Closer, old Store, err error) {
	if !exists(path) {
		return nil, nil, nil
	}
	old, err = OpenBolt(path, Options{LockTimeout: timeout, Warn: func(string) {}})
	if err == nil {
		return old, old, nil
	}
	if !errors.Is(err, ErrCorrupt) {
		return nil, nil, err
	}
	file, err := openLocked(path, timeout)
	return file, nil, err
}

// copyBeside returns the name of a private copy of from beside path.
func copyBeside(path, from string) (name string, err error) {
	source, err := os.OpenFile(from, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would wait
	if err != nil {
		return "", err
	}
	defer source.Close()
	if info, err := source.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, fmt.Errorf("%s is not a regular file", from))
	}
	copied, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+replacing+"*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(copied, source)
	err = errors.Join(err, giveToOwnerOf(filepath.Dir(path), copied), copied.Sync(), copied.Close())
	if err != nil {
		return "", errors.Join(fmt.Errorf("copy %s: %w%s", from, err, Advice(err)), os.Remove(copied.Name()))
	}
	return copied.Name(), nil
}

// checkCopied speaks of the copy by the name of its source.
func checkCopied(old Store, temp, from string, check func(old, copied Store) error) (err error) {
	copied, err := OpenBolt(temp, Options{})
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("%s: %w, or not the whole of one", from, ErrCorrupt)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	return check(old, copied)
}
