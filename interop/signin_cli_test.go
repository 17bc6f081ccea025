package interop

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// terminal runs mcpfusion-token, as an operator does beside the server.
func (s *signing) terminal(t *testing.T, args ...string) (command *exec.Cmd, out, errs *testgateway.Buffer) {
	t.Helper()
	out, errs = &testgateway.Buffer{}, &testgateway.Buffer{}
	command = exec.CommandContext(t.Context(), filepath.Join(testgateway.Programs(t), "mcpfusion-token"), append(args, "--data-dir", s.data)...)
	command.Env = []string{"HOME=" + t.TempDir(), "ISSUER=" + s.Issuer, "MCP_FUSION_CONFIGS=" + s.configFile}
	command.Stdout, command.Stderr = out, errs
	return command, out, errs
}

var shownCode = regexp.MustCompile(`enter the code (\S+) `)

// awaitCode returns the code that the terminal shows.
func awaitCode(t *testing.T, errs *testgateway.Buffer) (code string) {
	t.Helper()
	require.Eventually(t, func() bool {
		found := shownCode.FindStringSubmatch(errs.String())
		if found != nil {
			code = found[1]
		}
		return found != nil
	}, peerTime, 10*time.Millisecond)
	return code
}

func TestSignInFromTheTerminal(t *testing.T) {
	s := startSigning(t)
	s.requireNotConnected(t, s.token, "desk")
	command, out, errs := s.terminal(t, "connect", "--tenant", s.token[:8], "--service", "desk")
	require.NoError(t, command.Start())
	s.approveDevice(t, awaitCode(t, errs), "anna")
	require.NoError(t, command.Wait(), errs)
	require.Regexp(t, `^Connected: desk of tenant [0-9a-f]{8} as anna\n$`, out.String())
	s.requireConnected(t, s.token, "desk", "anna")

	command, out, errs = s.terminal(t, "status", "--json")
	require.NoError(t, command.Run(), errs)
	var status struct {
		Tenants []struct{ Connections []struct{ Service string } }
	}
	require.NoError(t, json.Unmarshal([]byte(out.String()), &status), out)
	require.Equal(t, "desk", status.Tenants[0].Connections[0].Service)
	require.NotContains(t, out.String(), "anna", "as whom is sealed")

	command, out, errs = s.terminal(t, "disconnect", "--tenant", s.token[:8], "--service", "desk")
	require.NoError(t, command.Run(), errs)
	require.Contains(t, out.String(), "Its provider was not told")
	s.requireNotConnected(t, s.token, "desk")
	command, _, errs = s.terminal(t, "disconnect", "--tenant", s.token[:8], "--service", "desk")
	require.Error(t, command.Run())
	require.Equal(t, 3, command.ProcessState.ExitCode())
	require.Contains(t, errs.String(), "is not connected to desk")
}

// A code that is not entered in time by the provider's clock.
func TestSignInFromTheTerminalExpires(t *testing.T) {
	s := startSigning(t)
	command, out, errs := s.terminal(t, "connect", "--tenant", s.token[:8], "--service", "desk")
	require.NoError(t, command.Start())
	awaitCode(t, errs)
	s.advance(t, time.Hour)
	require.Error(t, command.Wait())
	require.Contains(t, errs.String(), "mcpfusion-token: desk: the code was not entered in time\n")
	require.Empty(t, out.String())
}

var suggested = regexp.MustCompile(`mcpfusion-token (connect --tenant \S+ --service \w+)`)

// Where people may not enter codes themselves, they are told what the operator can
// type, and that works.
func TestTheOperatorTypesWhatIsSuggested(t *testing.T) {
	s := startSigning(t, "-no-device-flow")
	_, body := s.get(t, s.token, "/api/desk/me")
	found := suggested.FindStringSubmatch(body)
	require.NotNil(t, found, body)
	command, _, errs := s.terminal(t, strings.Fields(found[1])...)
	require.NoError(t, command.Start())
	s.approveDevice(t, awaitCode(t, errs), "anna")
	require.NoError(t, command.Wait(), errs)
	s.requireConnected(t, s.token, "desk", "anna")
}

func TestSignInFromTheTerminalIsDeclined(t *testing.T) {
	s := startSigning(t)
	command, out, errs := s.terminal(t, "connect", "--tenant", s.token[:8], "--service", "desk")
	require.NoError(t, command.Start())
	s.denyDevice(t, awaitCode(t, errs), "anna")
	require.Error(t, command.Wait())
	require.Equal(t, 1, command.ProcessState.ExitCode())
	require.Contains(t, errs.String(), "mcpfusion-token: desk: the sign-in was declined at the provider\n")
	require.Empty(t, out.String())
	for service, text := range map[string]string{
		"web":     "web is connected in a browser, on the page /connect/web of the server",
		"machine": "machine needs no connection of a tenant's own",
		"nobody":  "No service nobody in the configuration.",
	} {
		command, _, errs := s.terminal(t, "connect", "--tenant", s.token[:8], "--service", service)
		require.Error(t, command.Run())
		require.Contains(t, errs.String(), text)
	}
}
