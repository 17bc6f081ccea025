package testgateway_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

func requireManaged(t *testing.T, socket string) {
	t.Helper()
	client, err := admin.Dial(t.Context(), socket)
	require.NoError(t, err)
	_, err = client.ListAPITokens()
	require.NoError(t, err)
	require.NoError(t, client.Close())
}

// A server that was killed leaves its socket, which is the next one's; a second
// server, which does not get the database, leaves it alone.
func TestTheSocketIsThatOfWhoHoldsTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "mcpfusion.sock")
	first := testgateway.Start(t, testgateway.Config{Services: oneTool, DataDir: dir})
	requireManaged(t, socket)
	first.Kill(t)
	_, err := os.Lstat(socket)
	require.NoError(t, err)
	_, err = admin.Dial(t.Context(), socket)
	require.ErrorIs(t, err, admin.ErrNoServer)

	second := testgateway.Start(t, testgateway.Config{Services: oneTool, DataDir: dir})
	requireManaged(t, socket)
	third := testgateway.Launch(t, testgateway.Config{Services: oneTool, DataDir: dir})
	require.Equal(t, 1, third.ExitCode(t))
	require.Contains(t, third.Log.String(), "in use by another process")
	requireManaged(t, socket)
	second.Stop(t)
	require.NoFileExists(t, socket)
}
