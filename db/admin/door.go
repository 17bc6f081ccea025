package admin

import (
	"net"
	"os"
	"sync"

	"github.com/PivotLLM/MCPFusion/global"
)

// maxConnections is how many connections there are at a time. Further ones
// wait until one ends.
const maxConnections = 64

// door is the net.Listener of Serve: it lets in who may manage.
type door struct {
	*Listener
	logger global.Logger
	own    int // the user of this process
	peer   func(*net.UnixConn) (uid int, err error)
	taken  chan struct{} // an item for each connection
	closed chan struct{}
	close  func() error // once
}

func newDoor(l *Listener, logger global.Logger) *door {
	d := &door{Listener: l, logger: logger, own: os.Geteuid(), peer: peerOf}
	d.taken, d.closed = make(chan struct{}, maxConnections), make(chan struct{})
	d.close = sync.OnceValue(func() error {
		close(d.closed)
		return l.Close()
	})
	return d
}

// caller is a connection of somebody who may manage.
type caller struct {
	net.Conn
	uid int
}

// Accept implements net.Listener. It closes connections of others before
// anything of them is read.
func (d *door) Accept() (net.Conn, error) {
	for {
		select {
		case d.taken <- struct{}{}:
		case <-d.closed:
			return nil, net.ErrClosed
		}
		conn, err := d.unix.AcceptUnix()
		if err != nil {
			d.leave()
			return nil, err
		}
		uid, err := d.peer(conn)
		if err == nil && mayManage(uid, d.own) {
			return &caller{conn, uid}, nil
		}
		d.refuse(conn, uid, err)
		d.leave()
	}
}

func (d *door) refuse(conn net.Conn, uid int, err error) {
	_ = conn.Close()
	if err != nil {
		d.logger.Errorf("management: %v", err)
		return
	}
	d.logger.Warningf("management: user %d was refused", uid)
}

// leave is called once for each connection that Accept returned.
func (d *door) leave() { <-d.taken }

// Close implements net.Listener.
func (d *door) Close() error { return d.close() }

// Addr implements net.Listener.
func (d *door) Addr() net.Addr { return d.unix.Addr() }
