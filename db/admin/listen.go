package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// socketMode lets nobody but the owner connect. The user at the other end is
// checked as well.
const socketMode = 0o600

// maxPath is how long a socket's path may be, in bytes: the system's field for
// it (sun_path) ends with a zero.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// Listener is a socket that waits for programs that want to manage. Only Serve
// takes connections from it.
type Listener struct {
	unix *net.UnixListener
	path string
	made fs.FileInfo // the socket's file
}

// Listen makes the socket at the path, with mode 0600 and for this user, also
// if the directory is another's. Call it while holding the database that is
// managed: a socket that a server left behind is replaced, since no other
// server can need it. One on which somebody listens, any other kind of file,
// and a symbolic link are errors, and stay.
func Listen(path string) (*Listener, error) {
	path = asFile(path)
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("admin socket %s: %w", path, err)
	}
	return l, nil
}

func listen(path string) (*Listener, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path has %d bytes, and this system allows %d: name a shorter one with -admin-socket", len(path), maxPath)
	}
	if err := removeLeftover(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: private}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, errors.Unwrap(err) // it names the path once more
	}
	unix := l.(*net.UnixListener)
	unix.SetUnlinkOnClose(false) // Close looks first
	made, err := ensureMode(path)
	if err != nil {
		return nil, errors.Join(err, unix.Close(), os.Remove(path))
	}
	return &Listener{unix, path, made}, nil
}

// asFile keeps a name that begins with "@" from being taken for one of Linux'
// abstract sockets, which have no mode.
func asFile(path string) string {
	if strings.HasPrefix(path, "@") {
		return "./" + path
	}
	return path
}

// removeLeftover removes a socket on which nobody listens.
func removeLeftover(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("there is something else of this name: move it away, or name another path with -admin-socket")
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		return errors.Join(errors.New("another server listens there: name another path with -admin-socket"), conn.Close())
	case !errors.Is(err, syscall.ECONNREFUSED):
		return err
	}
	return os.Remove(path)
}

// private gives the mode to a socket before it has a name. Linux gives the
// same to its file; on other systems ensureMode does.
func private(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), socketMode) })
}

func ensureMode(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().Perm() != socketMode {
		if err = os.Chmod(path, socketMode); err == nil {
			info, err = os.Lstat(path)
		}
	}
	return info, err
}

// Path returns the path of the socket.
func (l *Listener) Path() string { return l.path }

// Close removes the socket, unless something else is at its path by now. Serve
// does so at its end.
func (l *Listener) Close() error {
	if there, err := os.Lstat(l.path); err == nil && os.SameFile(there, l.made) {
		_ = os.Remove(l.path) // one that stays is replaced by the next server
	}
	return l.unix.Close()
}
