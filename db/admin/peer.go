package admin

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// peerOf returns the effective user id of the process at the other end of a
// connection, at the time when it connected or began to listen. The system
// says so, not the process.
func peerOf(conn *net.UnixConn) (uid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { uid, failed = peerUser(int(fd)) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, fmt.Errorf("ask for the user at the other end: %w", err)
	}
	return uid, nil
}

// mayManage reports whether a server of the user own does what peer asks: the
// user itself, and root, who could read the database anyway.
func mayManage(peer, own int) bool { return peer == own || peer == 0 }

// checkServer returns why nothing is to be sent to the server at the path, of
// whom the system says which user it is: somebody might have put a socket there
// to be given API tokens. own is the user of this process.
func checkServer(path string, server, own int) error {
	switch {
	case server == own:
		return nil
	case server == 0:
		return fmt.Errorf("%s: the server runs as root, and only root may manage it: run this as root", path)
	case own == 0 && server == ownerOf(filepath.Dir(path)):
		return nil // who could as well change the database under root's hands
	case own == 0:
		return fmt.Errorf("%s: the server runs as user %d, who is not the owner of the directory: nothing was sent to it", path, server)
	default:
		return fmt.Errorf("%s: the server runs as user %d, not as this user %d: run this as that user, or as root", path, server, own)
	}
}

// ownerOf returns -1 for what it cannot look at.
func ownerOf(dir string) int {
	info, err := os.Stat(dir)
	if err != nil {
		return -1
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
