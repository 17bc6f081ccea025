package admin

import "golang.org/x/sys/unix"

// peerUser is LOCAL_PEERCRED of unix(4).
func peerUser(fd int) (uid int, err error) {
	peer, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(peer.Uid), nil
}
