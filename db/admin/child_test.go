package admin

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// The test program runs itself as another user with these set: what to do, and
// with which socket.
const (
	childWork   = "MCPFUSION_TEST_CHILD"
	childSocket = "MCPFUSION_TEST_SOCKET"
)

// runChild says on standard output how it went.
func runChild(work, path string) {
	switch work {
	case "dial":
		_, err := Dial(context.Background(), path)
		fmt.Println("dial:", err)
	case "call": // without asking who is there
		conn, err := net.Dial("unix", path)
		if err == nil {
			_, _ = io.WriteString(conn, "POST /v1/DeleteAPIToken HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n{\"hash\":\"\"}")
			answer, err := io.ReadAll(conn)
			fmt.Printf("call: %q %v\n", answer, err != nil)
			return
		}
		fmt.Println("call:", err)
	case "serve": // until standard input ends
		l, err := Listen(path)
		if err == nil {
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			go func() {
				_ = Serve(ctx, l, fake{delete: func(string) error { return db.ErrTokenNotFound }}, &recorder{}, 0)
			}()
		}
		fmt.Println("serve:", err)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
}

const nobody = 65534

// asNobody makes the test program, as another user, which needs root.
func asNobody(t *testing.T, work, path string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can become another user")
	}
	// Not by its name: the other user may not enter the folder that it is in.
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err != nil {
		t.Skip("SKIPPED: there is no " + self)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childWork+"="+work, childSocket+"="+path, "GORACE=atexit_sleep_ms=1")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	child.Stderr = os.Stderr
	return child
}

func output(t *testing.T, child *exec.Cmd) string {
	t.Helper()
	out, err := child.Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func TestAnotherUserIsRefused(t *testing.T) {
	called := false
	s := start(t, fake{delete: func(string) error {
		called = true
		return nil
	}}, 0)
	require.NoError(t, os.Chmod(filepath.Dir(s.path), 0o755))
	require.Contains(t, output(t, asNobody(t, "dial", s.path)), "permission denied: it belongs to another user")

	require.NoError(t, os.Chmod(s.path, 0o666)) // now the system lets them in, and we do not
	require.Equal(t, "dial: "+s.path+": the server runs as root, and only root may manage it: run this as root",
		output(t, asNobody(t, "dial", s.path)))
	require.Regexp(t, `^call: ("" (true|false)|.*broken pipe)$`, output(t, asNobody(t, "call", s.path)))
	require.NoError(t, s.end())
	require.False(t, called)
	require.Contains(t, s.log.text(), "warning management: user 65534 was refused")
}

func TestASocketOfAnotherUserGetsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		owner   int
		trusted bool
	}{"planted": {0, false}, "the owner's": {nobody, true}} {
		dir := shortDir(t)
		require.NoError(t, os.Chmod(dir, 0o777))
		path := filepath.Join(dir, "s")
		child := asNobody(t, "serve", path)
		require.NoError(t, os.Chown(dir, c.owner, -1))
		in, err := child.StdinPipe()
		require.NoError(t, err)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		said := make([]byte, len("serve: <nil>\n"))
		_, err = io.ReadFull(out, said)
		require.NoError(t, err)
		require.Equal(t, "serve: <nil>\n", string(said))

		client, err := Dial(t.Context(), path)
		if c.trusted {
			require.NoError(t, err, name)
			require.ErrorIs(t, client.DeleteAPIToken(noHash), db.ErrTokenNotFound)
			require.NoError(t, client.Close())
		} else {
			require.ErrorContains(t, err, "the server runs as user 65534, who is not the owner of the directory", name)
			require.NotErrorIs(t, err, ErrNoServer)
		}
		require.NoError(t, in.Close())
		require.NoError(t, child.Wait())
	}
}
