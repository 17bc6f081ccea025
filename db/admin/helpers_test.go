package admin

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

func TestMain(m *testing.M) {
	if work := os.Getenv(childWork); work != "" {
		runChild(work, os.Getenv(childSocket))
		return
	}
	goleak.VerifyTestMain(m)
}

// recorder keeps what is logged. Methods that are not used would panic.
type recorder struct {
	global.Logger
	mu  sync.Mutex // guards all
	all bytes.Buffer
}

func (r *recorder) add(level, format string, v []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.all, level+" "+format+"\n", v...)
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.String()
}

func (r *recorder) Debugf(format string, v ...any)   { r.add("debug", format, v) }
func (r *recorder) Infof(format string, v ...any)    { r.add("info", format, v) }
func (r *recorder) Warningf(format string, v ...any) { r.add("warning", format, v) }
func (r *recorder) Errorf(format string, v ...any)   { r.add("error", format, v) }
func (r *recorder) Warning(msg string)               { r.add("warning", "%s", []any{msg}) }
func (r *recorder) Notice(msg string)                { r.add("notice", "%s", []any{msg}) }

// fake is a Manager whose few methods do what a test says; others would panic.
type fake struct {
	Manager
	delete func(hash string) error
	store  func(*db.ServiceCredentials) error
}

func (f fake) DeleteAPIToken(hash string) error { return f.delete(hash) }

func (f fake) StoreCredentials(_ string, _ db.CredentialKind, _ string, data *db.ServiceCredentials) error {
	return f.store(data)
}

// shortDir is like t.TempDir, with a name that is short enough for a socket.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "admin-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// running is a server in this process.
type running struct {
	path string
	log  *recorder
	// end ends the server and returns what Serve did, once.
	end func() error
}

func start(t testing.TB, m Manager, drain time.Duration) running {
	t.Helper()
	l, err := Listen(filepath.Join(shortDir(t), "s"))
	require.NoError(t, err)
	r := running{path: l.Path(), log: &recorder{}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, m, r.log, drain) }()
	r.end = sync.OnceValue(func() error {
		stop()
		return <-ended
	})
	t.Cleanup(func() { require.NoError(t, r.end()) })
	return r
}

func client(t testing.TB, path string) *Client {
	t.Helper()
	c, err := Dial(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func openDB(t testing.TB, opts ...db.Option) *db.DB {
	t.Helper()
	d, err := db.New(append(opts, db.WithLogger(&recorder{}), db.WithDataDir(filepath.Join(t.TempDir(), "data")))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

// leftover makes a socket as a server leaves it that was killed.
func leftover(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
}

var noHash = strings.Repeat("0", 64)
