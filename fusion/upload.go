package fusion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// uploads are the files that tools may send: those in the folder of the
// tenant, which is named by its hash, below dir.
type uploads struct {
	dir string // "" refuses all
	max int64  // bytes of one file
}

// errNoTenant would be a mistake of ours: each request has a tenant.
var errNoTenant = errors.New("fusion: a file is asked for without a tenant")

const noUploads = "cannot be used: this server has no folder for uploads; its operator can name one with MCP_FUSION_UPLOAD_DIR"

// read returns the content of a file of the tenant's folder, or what is wrong
// with the path. Nothing outside is opened, whatever links there are.
func (u *uploads) read(ctx context.Context, given string) (data []byte, wrong string, err error) {
	if u.dir == "" {
		return nil, noUploads, nil
	}
	tenant, ok := auth.TenantHash(ctx)
	if !ok {
		return nil, "", errNoTenant
	}
	// A path from the root of the file system may lead into the folder, too.
	name := strings.TrimPrefix(given, filepath.Join(u.dir, tenant)+string(filepath.Separator))
	if !filepath.IsLocal(name) {
		return nil, "is " + echo(given) + "; must be a path inside your folder for uploads, such as reports/july.pdf", nil
	}
	f, err := openBelow(u.dir, tenant, name)
	if err != nil {
		return nil, "is " + echo(given) + "; " + openText(err), nil
	}
	defer func() { _ = f.Close() }()
	if wrong = u.unfit(f); wrong == "" {
		data, wrong = u.readAll(f)
	}
	if wrong != "" {
		return nil, "is " + echo(given) + "; " + wrong, nil
	}
	return data, "", nil
}

// openBelow opens a file in a folder of dir. It does not wait for a pipe that
// somebody has put there to be written.
func openBelow(dir, folder, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	own, err := root.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = own.Close() }()
	return own.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// openText says no more than what the tenant may know.
func openText(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file in your folder for uploads"
	}
	return "it cannot be read"
}

// unfit says why an open file is not sent.
func (u *uploads) unfit(f *os.File) string {
	info, err := f.Stat()
	switch {
	case err != nil:
		return "it cannot be read"
	case !info.Mode().IsRegular():
		return "it is no file"
	case info.Size() > u.max:
		return fmt.Sprintf("it has %d bytes, and at most %d can be uploaded", info.Size(), u.max)
	}
	return ""
}

// readAll reads a file that may have grown since.
func (u *uploads) readAll(f *os.File) (data []byte, wrong string) {
	data, err := io.ReadAll(io.LimitReader(f, u.max+1))
	switch {
	case err != nil:
		return nil, "it cannot be read"
	case int64(len(data)) > u.max:
		return nil, fmt.Sprintf("it has more than the %d bytes that can be uploaded", u.max)
	}
	return data, ""
}
