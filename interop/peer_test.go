package interop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// peerTime is how long a process of others' making may take for anything.
const peerTime = 2 * time.Minute

// peer is a running script. It ends with its standard input, so it does not
// outlive a test process that dies.
type peer struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	stdout  *bufio.Reader
	log     *testgateway.Buffer // what it writes to standard error
}

// startPeer runs a script until the test ends, and reads what it announces.
func startPeer(t *testing.T, script string, settings, announced any) *peer {
	t.Helper()
	argument, err := json.Marshal(settings)
	require.NoError(t, err)
	home := temporaryHome(t)
	p := &peer{command: exec.Command(node(t), script, string(argument)), log: &testgateway.Buffer{}}
	p.command.Env = []string{"HOME=" + home, "TMPDIR=" + home, "PATH=" + os.Getenv("PATH")}
	p.command.Stderr = p.log
	p.stdin, err = p.command.StdinPipe()
	require.NoError(t, err)
	stdout, err := p.command.StdoutPipe()
	require.NoError(t, err)
	p.stdout = bufio.NewReader(stdout)
	require.NoError(t, p.command.Start())
	t.Cleanup(func() { p.end(t) })
	p.read(t, announced)
	return p
}

// temporaryHome has a short path, because sockets go there, whose names may not
// be long.
func temporaryHome(t *testing.T) string {
	t.Helper()
	home, err := os.MkdirTemp("", "peer")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	return home
}

func (p *peer) end(t *testing.T) {
	t.Helper()
	defer p.bound().Stop()
	_ = p.stdin.Close()
	require.NoError(t, p.command.Wait(), p.log)
	if t.Failed() {
		t.Logf("%s: %s", p.command.Args[1], p.log)
	}
}

// bound ends a process that takes too long, unless it is stopped.
func (p *peer) bound() *time.Timer {
	return time.AfterFunc(peerTime, func() { _ = p.command.Process.Kill() })
}

// read decodes the next line that the script prints.
func (p *peer) read(t *testing.T, line any) {
	t.Helper()
	defer p.bound().Stop()
	text, err := p.stdout.ReadBytes('\n')
	require.NoError(t, err, p.log)
	require.NoError(t, json.Unmarshal(text, line), string(text))
}

// ask writes a line to the script, and decodes the one that it answers with.
func (p *peer) ask(t *testing.T, question, answer any) {
	t.Helper()
	line, err := json.Marshal(question)
	require.NoError(t, err)
	_, err = p.stdin.Write(append(line, '\n'))
	require.NoError(t, err, p.log)
	p.read(t, answer)
}
