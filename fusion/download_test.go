package fusion

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const fileEndpoint = `{"id":"e","name":"E","method":"GET","path":"/","response":{"type":"binary"}}`

// sendsFile answers with a file.
func sendsFile(kind, disposition, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if disposition != "" {
			w.Header().Set("Content-Disposition", disposition)
		}
		body(200, kind, content)(w, r)
	}
}

func TestAFileComesAsItIs(t *testing.T) {
	const content = "\xff\xfe\x00 \r\n"
	for _, c := range []struct{ kind, disposition, wantKind, wantName string }{
		{"application/pdf", `attachment; filename="a b.pdf"`, "application/pdf", "a b.pdf"},
		{"application/pdf", `attachment; filename*=UTF-8''%e2%82%ac%20rates.pdf`, "application/pdf", "€ rates.pdf"},
		{"image/png; x=y", "", "image/png", "e.png"},
		{"application/pdf", "attachment; filename=..", "application/pdf", "e.pdf"},
		{"a b", "filename=;;", "application/octet-stream", "e.bin"},
	} {
		server := httptest.NewServer(sendsFile(c.kind, c.disposition, content))
		t.Cleanup(server.Close)
		result, err := loadEndpoints(t, server.URL, fileEndpoint).call("s_e", "")
		require.NoError(t, err)
		require.Equal(t, &Result{Status: 200, ContentType: c.wantKind, Content: []byte(content), File: c.wantName}, result)
	}
}

func TestFileNamesAreSafe(t *testing.T) {
	for given, want := range map[string]string{
		"a.txt": "a.txt", "/etc/passwd": "passwd", `C:\\x\\y.doc`: "y.doc", "../../a": "a", "..": "", ".": "", "": "", ".ssh": "ssh", "a/": "",
		"a\nb\x00.txt": "a b .txt", `<a>:"b|c?*`: "_a___b_c__", "\u202egnp.exe": "gnp.exe", " a. ": "a", "a\xff": "a\uFFFD",
		strings.Repeat("ä", 200) + ".pdf": strings.Repeat("ä", 73) + ".pdf",
		"a." + strings.Repeat("x", 200):   "a." + strings.Repeat("x", 148),
	} {
		got := safeFileName(given)
		require.Equal(t, want, got, "%q", given)
		require.True(t, got == "" || filepath.IsLocal(got) && filepath.Base(got) == got)
	}
}

func FuzzFileNamesAreSafe(f *testing.F) {
	f.Add("../a/b\\..")
	f.Fuzz(func(t *testing.T, given string) {
		got := safeFileName(given)
		require.LessOrEqual(t, len(got), maxFileName)
		if got != "" {
			require.True(t, filepath.IsLocal(got), got)
			require.Equal(t, got, filepath.Base(got))
			require.NotEqual(t, byte('.'), got[0])
			require.False(t, strings.ContainsAny(got, "/\\\x00\n"))
		}
	})
}

func TestDownloadsAreSavedForTheTenantAndReplaceNothing(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	f := loadEndpoints(t, "http://h", fileEndpoint, WithDownloadDir(dir))
	ctx, _, folder := tenantFolder(t)
	own := filepath.Join(dir, filepath.Base(folder))
	save := func(name string) string {
		saved, err := f.Download(ctx, &Result{Status: 200, ContentType: "text/plain", Content: []byte("hello"), File: name})
		require.NoError(t, err)
		require.Equal(t, "application/json", saved.ContentType)
		said, _ := decode(t, saved.Content).(map[string]any)
		require.Equal(t, "text/plain", said["type"])
		require.EqualValues(t, "5", said["bytes"])
		path, _ := said["saved"].(string)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "hello", string(content))
		return path
	}
	require.Equal(t, filepath.Join(own, "a.txt"), save("a.txt"))
	require.NoError(t, os.Symlink(filepath.Join(outside, "planted"), filepath.Join(own, "a-2.txt")))
	require.Equal(t, filepath.Join(own, "a-3.txt"), save("a.txt"))
	for path, mode := range map[string]os.FileMode{own: 0o700 | os.ModeDir, filepath.Join(own, "a.txt"): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode())
	}

	_, err := f.Download(context.Background(), &Result{File: "a"})
	require.ErrorContains(t, err, "without a tenant")
	require.NoError(t, os.RemoveAll(own))
	require.NoError(t, os.Symlink(outside, own))
	_, err = f.Download(ctx, &Result{File: "a"})
	require.Error(t, err, "the folder must not lead elsewhere")
	left, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWithoutAFolderAFileIsGivenUpToTheLimit(t *testing.T) {
	f := loadEndpoints(t, "http://h", fileEndpoint, WithMaxResult(64))
	fits, long := &Result{Status: 200, Content: make([]byte, 48), File: "a"}, &Result{Status: 200, Content: make([]byte, 49), File: "a"}
	got, err := f.Download(context.Background(), fits)
	require.NoError(t, err)
	require.Same(t, fits, got)
	_, err = f.Download(context.Background(), long)
	requireUpstream(t, &UpstreamError{Status: 200, Detail: "the answer is a file of 49 bytes, which is too long for a result; over REST it comes " +
		"as it is, and this server saves such files if its operator sets MCP_FUSION_DL_DIR"}, err)
	other := &Result{Content: make([]byte, 100)}
	got, err = f.Download(context.Background(), other)
	require.NoError(t, err)
	require.Same(t, other, got)
}

func TestAFileWithTheCredentialIsNotPassedOn(t *testing.T) {
	for _, content := range []string{"x canary-token x", "x Y2FuYXJ5LXRva2Vu x"} {
		server := httptest.NewServer(sendsFile("image/png", `attachment; filename="canary-token.png"`, content))
		t.Cleanup(server.Close)
		f := loadServices(t, `{"s":{"name":"S","baseURL":"`+server.URL+`","auth":{"type":"bearer","config":{"token":"canary-token"}},"endpoints":[`+fileEndpoint+`]}}`)
		_, err := f.call("s_e", "")
		requireUpstream(t, &UpstreamError{Status: 200, Detail: "the answer holds the service's credential and is not passed on"}, err)
	}
	server := httptest.NewServer(sendsFile("image/png", `attachment; filename="canary-token.png"`, "x"))
	t.Cleanup(server.Close)
	f := loadServices(t, `{"s":{"name":"S","baseURL":"`+server.URL+`","auth":{"type":"bearer","config":{"token":"canary-token"}},"endpoints":[`+fileEndpoint+`]}}`)
	result, err := f.call("s_e", "")
	require.NoError(t, err)
	require.Equal(t, "e.png", result.File)
}
