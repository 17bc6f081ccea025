package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// Compact writes the database anew without what was deleted, and returns the
// size of the file in bytes before and after. Until then, what was deleted may
// still stand in the file, sealed. The options are those of New; the database
// must not be open anywhere. When it fails, the old file is still there.
func Compact(opts ...Option) (before, after int64, err error) {
	cfg, err := newConfig(append(opts, WithExisting()))
	if err != nil {
		return 0, 0, err
	}
	path := filepath.Join(cfg.dataDir, fileName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, 0, fmt.Errorf("%s: %w", path, ErrNoDatabase)
	}
	if err := prepareDir(cfg.dataDir, false); err != nil {
		return 0, 0, err
	}
	return store.CompactBolt(path, cfg.lockTimeout, func(s store.Store) error {
		if err := ensureSchema(s); err != nil {
			return err
		}
		problems, err := verify(s)
		if err == nil && len(problems) > 0 {
			err = fmt.Errorf("the database does not agree with itself: %s", strings.Join(problems, "; "))
		}
		return err
	})
}
