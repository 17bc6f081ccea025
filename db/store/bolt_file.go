package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// unfinished follows the database's name in that of one that is being created.
const unfinished = ".creating-"

// lockRetry is the pause between two attempts to get the lock.
const lockRetry = 20 * time.Millisecond

// createBolt makes an empty database at path, unless something is there. The
// file appears under its name only when it is complete, so that a file that
// is too short was always cut off, and is never a fresh one.
func createBolt(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	defer temp.Close()
	if err := giveToOwnerOf(filepath.Dir(path), temp); err != nil {
		return err
	}
	if err := initBolt(temp.Name()); err != nil {
		return err
	}
	// A link, unlike a rename, does not replace what another process has
	// created in the meantime.
	if err := os.Link(temp.Name(), path); err != nil && !exists(path) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// removeUnfinished removes what processes left behind that ended while they
// created the database. Where there is one, nobody needs those files any more,
// not even a process that is making one at this moment.
func removeUnfinished(path string) { removeLeft(path, unfinished) }

func removeLeft(path, mark string) {
	entries, _ := os.ReadDir(filepath.Dir(path)) // they do no harm
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), filepath.Base(path)+mark) {
			_ = os.Remove(filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
}

func initBolt(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	return db.Close()
}

// giveToOwnerOf makes a file that root creates belong to the directory's
// owner, who is going to run the server.
func giveToOwnerOf(dir string, file *os.File) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return giveTo(info, file)
}

// giveTo makes a file belong to the owner of another, which only root can and
// only root need do.
func giveTo(like os.FileInfo, file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	owner := like.Sys().(*syscall.Stat_t)
	return file.Chown(int(owner.Uid), int(owner.Gid))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// openLocked opens the file at path, checks it, and locks it for this process
// alone. Closing the file releases the lock.
func openLocked(path string, timeout time.Duration) (*os.File, error) {
	return openWith(path, timeout, openPrivate, syscall.LOCK_EX)
}

// openWith opens the file at path as open does, and takes a lock of that kind.
func openWith(path string, timeout time.Duration, open func(string) (*os.File, error), kind int) (*os.File, error) {
	if timeout == 0 {
		timeout = DefaultLockTimeout
	}
	for deadline := time.Now().Add(timeout); ; time.Sleep(lockRetry) {
		file, err := open(path)
		if err != nil {
			return nil, err
		}
		err = lock(file, path, kind)
		if err == nil {
			return file, nil
		}
		_ = file.Close()
		if !errors.Is(err, ErrInUse) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: %w%s", path, ErrInUse, holder(path))
		}
	}
}

// lock takes the lock of the file that is at path now. One that was replaced
// while it was being opened counts as in use, so that the caller tries anew.
func lock(file *os.File, path string, kind int) error {
	err := syscall.Flock(int(file.Fd()), kind|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
		return ErrInUse
	}
	if err != nil {
		return err
	}
	opened, err := file.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Lstat(path); err != nil || !os.SameFile(opened, named) {
		return ErrInUse
	}
	return nil
}

// unlock releases and closes a file that bbolt did not take over. Closing it is
// not enough when bbolt gave up half-way: its map keeps the lock alive.
func unlock(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	_ = file.Close()
}

// openPrivate opens a regular file and takes group and other permissions away.
func openPrivate(path string) (*os.File, error) {
	// Non-blocking, because opening a named pipe would wait for its other end.
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s is a symbolic link: put the file itself there, or use the directory it is in", path)
	}
	if err != nil {
		return nil, fmt.Errorf("open %w", named(path, err))
	}
	if err := mendMode(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func mendMode(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", file.Name())
	}
	if info.Mode()&0o077 == 0 {
		return nil
	}
	// With a second name, this could be somebody else's file, put here to
	// have its mode changed by a more powerful user.
	if links := info.Sys().(*syscall.Stat_t).Nlink; links > 1 || file.Chmod(info.Mode()&^0o077) != nil {
		return fmt.Errorf("%s can be used by others: run chmod 600 %s", file.Name(), file.Name())
	}
	return nil
}
