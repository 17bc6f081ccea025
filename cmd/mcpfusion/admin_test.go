package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/global"
)

func dial(t *testing.T, path string) *admin.Client {
	t.Helper()
	client, err := admin.Dial(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// status of a request with the token.
func (s *serving) status(t *testing.T, token global.Secret) int {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.url+"/api", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func requireNoServer(t *testing.T, path string) {
	t.Helper()
	_, err := admin.Dial(t.Context(), path)
	require.ErrorIs(t, err, admin.ErrNoServer)
}

func TestRunningServerIsManaged(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "mcpfusion.sock")
	s := startServing(t, hermetic(t), "-config", writeFile(t, oneTool), "-data-dir", data, "-listen", "127.0.0.1:0")
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.Equal(t, os.ModeSocket|0o600, info.Mode())
	require.Contains(t, s.log.String(), "manages this server through "+path)

	client := dial(t, path)
	added, err := client.NewAPIToken(db.TokenSettings{Description: "live"})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, s.status(t, added.Token))
	require.NoError(t, client.DeleteAPIToken(added.Hash))
	require.Equal(t, http.StatusUnauthorized, s.status(t, added.Token))

	s.stop()
	require.Equal(t, exitDone, <-s.exited)
	require.NoFileExists(t, path)
	requireNoServer(t, path)
	require.NotContains(t, s.log.String(), added.Token.Reveal())
}

func TestAdminSocketIsWhereTheFlagSays(t *testing.T) {
	data, elsewhere := t.TempDir(), t.TempDir()
	flags := []string{"-config", writeFile(t, oneTool), "-data-dir", data, "-listen", "127.0.0.1:0", "-admin-socket"}
	s := startServing(t, hermetic(t, "HOME="+elsewhere), append(flags, "~/s")...)
	_, err := dial(t, filepath.Join(elsewhere, "s")).ListAPITokens()
	require.NoError(t, err)
	requireNoServer(t, filepath.Join(data, "mcpfusion.sock"))
	s.stop()
	require.Equal(t, exitDone, <-s.exited)

	s = startServing(t, hermetic(t), append(flags, "off")...)
	requireNoServer(t, filepath.Join(data, "mcpfusion.sock"))
	require.Contains(t, s.log.String(), "no admin socket")
	s.stop()
	require.Equal(t, exitDone, <-s.exited)
}

func TestAdminSocketThatCannotBe(t *testing.T) {
	data := t.TempDir()
	flags := []string{"-config", writeFile(t, oneTool), "-data-dir", data, "-listen", "127.0.0.1:0", "-admin-socket"}
	for _, path := range []string{filepath.Join(data, strings.Repeat("x", 120)), data, filepath.Join(data, "none", "s")} {
		code, stdout, stderr := once(t, hermetic(t), append(flags, path)...)
		require.Equal(t, exitFailed, code)
		require.Empty(t, stdout)
		require.Regexp(t, "^mcpfusion: admin socket "+path+": .*\n$", stderr)
	}
}
