package fusion

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// tenantFolder is a folder for uploads with that of a new tenant, and the
// tenant's context.
func tenantFolder(t *testing.T) (ctx context.Context, dir, own string) {
	t.Helper()
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	require.NoError(t, err)
	d, err := db.New(db.WithLogger(logger), db.WithDataDir(t.TempDir()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	token, hash, err := d.AddAPIToken("")
	require.NoError(t, err)
	tenant, err := d.Authenticate(token)
	require.NoError(t, err)
	dir = t.TempDir()
	own = filepath.Join(dir, hash)
	require.NoError(t, os.Mkdir(own, 0o700))
	return db.NewContext(t.Context(), tenant), dir, own
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

// buildFor is build for the tenant of ctx.
func buildFor(t *testing.T, ctx context.Context, tool *Tool, path string) ([]sentPart, error) {
	t.Helper()
	v, err := tool.prepare(Arguments{values: map[string]any{"p": path}}, noon)
	require.NoError(t, err)
	r, err := tool.request(ctx, v)
	if err != nil {
		return nil, err
	}
	return partsOf(t, r), nil
}

const pathParameter = `{"name":"p","type":"string","location":"filepath","required":true,"transform":{"targetName":"file"}}`

func TestFilesOfTheTenantsFolderAreSent(t *testing.T) {
	ctx, dir, own := tenantFolder(t)
	tool := loadEndpoints(t, "http://h", encoded(`{}`, pathParameter), WithUploadDir(dir), WithMaxUpload(9)).tool("s_e")
	write(t, filepath.Join(own, "a.pdf"), "%PDF-1234")
	write(t, filepath.Join(own, "sub", "..b"), "b")
	require.NoError(t, os.Symlink("sub", filepath.Join(own, "link")))
	for path, want := range map[string]sentPart{
		"a.pdf":                       {"file", "a.pdf", "application/pdf", "%PDF-1234"},
		"./sub/../a.pdf":              {"file", "a.pdf", "application/pdf", "%PDF-1234"},
		"link/..b":                    {"file", "..b", "text/plain; charset=utf-8", "b"},
		filepath.Join(own, "sub/..b"): {"file", "..b", "text/plain; charset=utf-8", "b"},
	} {
		parts, err := buildFor(t, ctx, tool, path)
		require.NoError(t, err, path)
		require.Equal(t, []sentPart{want}, parts)
	}
}

func TestNoOtherFileIsOpened(t *testing.T) {
	ctx, dir, own := tenantFolder(t)
	tool := loadEndpoints(t, "http://h", encoded(`{}`, pathParameter), WithUploadDir(dir), WithMaxUpload(9)).tool("s_e")
	for _, name := range []string{filepath.Join(dir, "above"), filepath.Join(dir, "other", "file"), own + "x/file"} {
		write(t, name, "canary")
	}
	write(t, filepath.Join(own, "big"), "1234567890")
	require.NoError(t, os.Symlink(filepath.Join(dir, "above"), filepath.Join(own, "absolute")))
	require.NoError(t, os.Symlink("../above", filepath.Join(own, "relative")))
	require.NoError(t, os.Symlink("..", filepath.Join(own, "up")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(own, "pipe"), 0o600))
	const inside = "; must be a path inside your folder for uploads, such as reports/july.pdf"
	for path, want := range map[string]string{
		"":                                  inside,
		"../above":                          inside,
		"sub/../../above":                   inside,
		"/etc/passwd":                       inside,
		filepath.Join(dir, "above"):         inside,
		filepath.Join(dir, "other", "file"): inside,
		own + "x/file":                      inside,
		own + "/../above":                   inside,
		own + "/" + own + "/../above":       inside,
		"absolute":                          "; it cannot be read",
		"relative":                          "; it cannot be read",
		"up/above":                          "; it cannot be read",
		"up/other/file":                     "; it cannot be read",
		"a\x00b":                            "; it cannot be read",
		"missing":                           "; there is no such file in your folder for uploads",
		".":                                 "; it is no file",
		"pipe":                              "; it is no file",
		"big":                               "; it has 10 bytes, and at most 9 can be uploaded",
	} {
		_, err := buildFor(t, ctx, tool, path)
		require.Equal(t, argumentError("p", "is "+echo(path)+want), err)
	}
}

func TestATenantWithoutAFolderHasNoFiles(t *testing.T) {
	ctx, dir, own := tenantFolder(t)
	tool := loadEndpoints(t, "http://h", encoded(`{}`, pathParameter), WithUploadDir(dir)).tool("s_e")
	require.NoError(t, os.Rename(own, own+"x"))
	write(t, own+"x/file", "canary")
	_, err := buildFor(t, ctx, tool, "file")
	require.Equal(t, argumentError("p", `is "file"; there is no such file in your folder for uploads`), err)

	require.NoError(t, os.Symlink("/etc", own))
	_, err = buildFor(t, ctx, tool, "passwd")
	require.Equal(t, argumentError("p", `is "passwd"; it cannot be read`), err, "a folder is no link to elsewhere")

	_, err = buildFor(t, t.Context(), tool, "file")
	require.ErrorIs(t, err, errNoTenant)
}

func TestUploadsNeedTheOperatorsFolder(t *testing.T) {
	ctx, _, _ := tenantFolder(t)
	optional := strings.Replace(pathParameter, `"required":true,`, ``, 1)
	tool := loadEndpoints(t, "http://h", encoded(`{}`, optional)).tool("s_e")
	_, err := buildFor(t, ctx, tool, "file")
	require.Equal(t, argumentError("p", noUploads), err)
	r, err := build(t, tool, parse(t, `{"p":""}`))
	require.NoError(t, err)
	require.Nil(t, r.Body, "an empty path is no file")
}

func TestAFileThatGrowsIsNotSent(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	write(t, name, "12345")
	f, err := os.Open(name)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	_, wrong := (&uploads{max: 4}).readAll(f)
	require.Equal(t, "it has more than the 4 bytes that can be uploaded", wrong)
}
