package store

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Advice returns what to do about an error of the system, to stand behind it,
// or nothing.
func Advice(err error) string {
	for _, a := range []struct {
		errno  syscall.Errno
		advice string
	}{
		{syscall.ENOSPC, "free some space on its disk, and try again"},
		{syscall.EDQUOT, "free some space, or ask for a larger quota, and try again"},
		{syscall.EROFS, "make its file system writable, or use another directory"},
		{syscall.EACCES, "run as its owner, or use another directory"},
		{syscall.EIO, "see to its disk"},
	} {
		if errors.Is(err, a.errno) {
			return ": " + a.advice
		}
	}
	return ""
}

// named adds the file's name, once, and what to do, to an error of the system.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	var where *fs.PathError
	if errors.As(err, &where) {
		err = where.Err
	}
	return fmt.Errorf("%s: %w%s", path, err, Advice(err))
}

// unusable adds the file's name, and what to do about damage, to an error of
// opening or reading it.
func unusable(path string, err error) error {
	err = unreadable(path, err)
	if errors.Is(err, ErrCorrupt) {
		err = fmt.Errorf("%w: restore it from a backup, or move it away to begin anew", err)
	}
	return err
}

// unreadable adds the file's name, and that it is damaged if no error of the
// system says more.
func unreadable(path string, err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return named(path, err)
	}
	if !errors.Is(err, ErrCorrupt) {
		err = fmt.Errorf("%w (%w)", ErrCorrupt, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}
