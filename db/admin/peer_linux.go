package admin

import "syscall"

// peerUser is SO_PEERCRED of unix(7).
func peerUser(fd int) (uid int, err error) {
	peer, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(peer.Uid), nil
}
