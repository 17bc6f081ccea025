package interop

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// peerTime is how long a server of others' making may take to start, and to
// end.
const peerTime = 2 * time.Minute

// startPeer runs a script that is a server, until the test ends, and reads what
// it announces. The script ends with its standard input, so it does not outlive
// a test process that dies.
func startPeer(t *testing.T, script string, settings, announced any) {
	t.Helper()
	argument, err := json.Marshal(settings)
	require.NoError(t, err)
	command := exec.Command(node(t), script, string(argument))
	command.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	log := &testgateway.Buffer{}
	command.Stderr = log
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	kill := time.AfterFunc(peerTime, func() { _ = command.Process.Kill() })
	t.Cleanup(func() {
		kill.Reset(peerTime)
		_ = stdin.Close()
		require.NoError(t, command.Wait(), log)
		kill.Stop()
		if t.Failed() {
			t.Logf("%s: %s", script, log)
		}
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err, log)
	kill.Stop()
	require.NoError(t, json.Unmarshal(line, announced))
}
