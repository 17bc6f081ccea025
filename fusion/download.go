package fusion

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// maxSameName is how many files of one name are kept beside each other.
const maxSameName = 1000

// Download makes a binary result fit for a model. With a folder for downloads
// it saves the content in that of ctx's tenant, under a name that nothing there
// has, and returns JSON that says where. Without one it returns the result
// itself, if that fits as base64 into the limit of results, and else an
// [*UpstreamError]. Other results are returned as they are.
func (f *Fusion) Download(ctx context.Context, r *Result) (*Result, error) {
	switch {
	case r.File == "":
		return r, nil
	case f.downloadDir == "" && base64.StdEncoding.EncodedLen(len(r.Content)) > f.maxResult:
		return nil, &UpstreamError{Status: r.Status, Detail: fmt.Sprintf("the answer is a file of %d bytes, which is too long "+
			"for a result; over REST it comes as it is, and this server saves such files if its operator sets "+
			"MCP_FUSION_DL_DIR", len(r.Content))}
	case f.downloadDir == "":
		return r, nil
	}
	tenant, ok := auth.TenantHash(ctx)
	if !ok {
		return nil, errors.New("fusion: a file is saved without a tenant")
	}
	name, err := saveBelow(f.downloadDir, tenant, r.File, r.Content)
	if err != nil {
		return nil, fmt.Errorf("saving an answer: %w", err)
	}
	return &Result{Status: r.Status, ContentType: "application/json", Content: marshal(saved{
		filepath.Join(f.downloadDir, tenant, name), r.ContentType, len(r.Content),
	})}, nil
}

// saved says where an answer is.
type saved struct {
	Path  string `json:"saved"`
	Type  string `json:"type"`
	Bytes int    `json:"bytes"`
}

// saveBelow saves a new file in a folder of dir, which it makes. Nothing
// outside is touched, whatever links there are.
func saveBelow(dir, folder, name string, data []byte) (as string, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }()
	if err := root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	own, err := root.OpenRoot(folder)
	if err != nil {
		return "", err
	}
	defer func() { _ = own.Close() }()
	f, err := createNew(own, name)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, own.Remove(f.Name())) // half a file is worth nothing
	}
	return filepath.Base(f.Name()), nil
}

// createNew creates a file that was not there: name.txt, name-2.txt and so on.
func createNew(in *os.Root, name string) (*os.File, error) {
	extension := path.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	for n := 1; ; n++ {
		f, err := in.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if !errors.Is(err, fs.ErrExist) || n == maxSameName {
			return f, err
		}
		name = fmt.Sprintf("%s-%d%s", stem, n+1, extension)
	}
}
