package admin

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOnlyTheUserAndRootMayManage(t *testing.T) {
	for _, c := range []struct {
		peer, own int
		may       bool
	}{{0, 0, true}, {1000, 1000, true}, {0, 1000, true}, {1000, 0, false}, {1000, 1001, false}, {-1, 0, false}} {
		require.Equal(t, c.may, mayManage(c.peer, c.own), "%+v", c)
	}
}

func TestOnlyServersOfTheUserAndRootAreTrusted(t *testing.T) {
	dir := shortDir(t)
	path, owner := filepath.Join(dir, "s"), os.Geteuid()
	for _, c := range []struct {
		server, own int
		want        string // "" for trust
	}{
		{0, 0, ""},
		{1000, 1000, ""},
		{0, 1000, "the server runs as root, and only root may manage it: run this as root"},
		{1001, 1000, "the server runs as user 1001, not as this user 1000: run this as that user, or as root"},
		{owner, 0, ""},
		{owner + 1, 0, fmt.Sprintf("the server runs as user %d, who is not the owner of the directory: nothing was sent to it", owner+1)},
	} {
		err := checkServer(path, c.server, c.own)
		if c.want == "" {
			require.NoError(t, err, "%+v", c)
			continue
		}
		require.EqualError(t, err, path+": "+c.want)
	}
	require.Error(t, checkServer(filepath.Join(dir, "none", "s"), 1000, 0))
}

func TestTheSystemNamesTheUser(t *testing.T) {
	l, err := Listen(filepath.Join(shortDir(t), "s"))
	require.NoError(t, err)
	defer l.Close()
	near, err := net.Dial("unix", l.Path())
	require.NoError(t, err)
	defer near.Close()
	far, err := l.unix.AcceptUnix()
	require.NoError(t, err)
	defer far.Close()
	for _, conn := range []*net.UnixConn{near.(*net.UnixConn), far} {
		uid, err := peerOf(conn)
		require.NoError(t, err)
		require.Equal(t, os.Geteuid(), uid)
	}
	require.NoError(t, far.Close())
	_, err = peerOf(far)
	require.Error(t, err)
}

// Connections are closed with nothing read of them, until one may manage.
func TestTheDoorLetsInWhoMayManage(t *testing.T) {
	l, err := Listen(filepath.Join(shortDir(t), "s"))
	require.NoError(t, err)
	log := &recorder{}
	d := newDoor(l, log)
	defer d.Close()
	peers := []func() (int, error){
		func() (int, error) { return d.own + 1, nil },
		func() (int, error) { return 0, errors.New("no answer") }, // 0 is root
		func() (int, error) { return 0, nil },
	}
	d.peer = func(*net.UnixConn) (int, error) {
		next := peers[0]
		peers = peers[1:]
		return next()
	}
	var conns []net.Conn
	for range 3 {
		conn, err := net.Dial("unix", l.Path())
		require.NoError(t, err)
		defer conn.Close()
		conns = append(conns, conn)
	}
	in, err := d.Accept()
	require.NoError(t, err)
	defer in.Close()
	require.Zero(t, in.(*caller).uid)
	for _, conn := range conns[:2] {
		_, err := conn.Read(make([]byte, 1))
		require.Equal(t, io.EOF, err)
	}
	require.Equal(t, fmt.Sprintf("warning management: user %d was refused\nerror management: no answer\n", d.own+1), log.text())
	require.Len(t, d.taken, 1)
}

func TestTheDoorHasALimit(t *testing.T) {
	l, err := Listen(filepath.Join(shortDir(t), "s"))
	require.NoError(t, err)
	d := newDoor(l, &recorder{})
	for range maxConnections + 2 {
		conn, err := net.Dial("unix", l.Path())
		require.NoError(t, err)
		defer conn.Close()
	}
	accept := func() {
		conn, err := d.Accept()
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
	}
	for range maxConnections {
		accept()
	}
	d.leave()
	accept()
	refused := make(chan error)
	go func() {
		_, err := d.Accept()
		refused <- err
	}()
	require.NoError(t, d.Close())
	require.ErrorIs(t, <-refused, net.ErrClosed, "one is waiting, and has no place")
}
