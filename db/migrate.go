package db

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// Old is what an older MCPFusion left: its database, or the directory of files
// that it used before it had one. It is only read.
type Old struct {
	path   string
	source oldSource
}

// oldSource is a place where an older MCPFusion kept its tenants.
type oldSource interface {
	// tenants returns all of them, some at a time. What was not told by a file
	// name or key belongs to the given tenant, or else to none. Nothing is
	// held while the caller works; it ends after an error.
	tenants(owner *hash) iter.Seq2[[]*oldTenant, error]
	// schema returns the schema version, if there is one.
	schema() string
	close() error
}

// OpenOld opens a database file or a directory of files to take it over with
// Migrate. The options are those of New, whose data directory is not opened,
// and must not hold the same file.
//
// ErrInUse: the older server still runs. ErrSchema: the file is not one of an
// older MCPFusion. ErrCorrupt: it is damaged.
func OpenOld(path string, opts ...Option) (*Old, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("take over: %w%s", err, store.Advice(err))
	case info.IsDir():
		source, err := openOldFiles(path)
		return &Old{path, source}, err
	}
	if own, err := os.Stat(filepath.Join(cfg.dataDir, fileName)); err == nil && os.SameFile(info, own) {
		return nil, fmt.Errorf("%s is what the data directory %s holds itself: name another directory (--data-dir), "+
			"or move the file away first", path, cfg.dataDir)
	}
	source, err := openOldDatabase(path, cfg)
	return &Old{path, source}, err
}

// IsDirectory reports whether it is a directory of files.
func (o *Old) IsDirectory() bool {
	_, is := o.source.(oldFiles)
	return is
}

// Close releases the file.
func (o *Old) Close() error { return o.source.close() }

// MigrateOptions say how Migrate works. The zero value is fine.
type MigrateOptions struct {
	// Tenant is the hash of the tenant that files belong to which name none.
	// Without it, they are skipped.
	Tenant string
	// Each, if it is not nil, gets the items once they are decided, and the
	// report has none then.
	Each func(MigrateItem)
}

// Migrate takes over what an older MCPFusion left. Its API tokens stay valid;
// its connections and credentials are sealed, and open with the token.
//
// A tenant is new here or its own already: what it has here stays as it is, so
// a second run changes nothing. A new one gets a key that stands in clear until
// its token is presented (see TenantStatus.TemporaryKey), or with recovery on
// is sealed to the recovery key alone.
//
// What cannot be taken over is in the report and stops nothing else. An error
// is one of reading the source, writing the database, or of ctx. Each tenant is
// then taken over wholly or not at all; running it again goes on.
func (d *DB) Migrate(ctx context.Context, from *Old, opts MigrateOptions) (MigrateReport, error) {
	report := newMigrateReport(from)
	owner, err := opts.owner()
	if err != nil {
		return report, err
	}
	for page, err := range from.source.tenants(owner) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = d.adopt(page)
		}
		if err != nil {
			return report, fmt.Errorf("take over %s: %w", from.path, err)
		}
		for _, old := range page {
			report.add(old, opts.Each)
		}
	}
	return report, nil
}

func (o MigrateOptions) owner() (*hash, error) {
	if o.Tenant == "" {
		return nil, nil
	}
	owner, ok := parseHash(o.Tenant)
	if !ok {
		return nil, fmt.Errorf("take over: %w", ErrTenantNotFound)
	}
	return &owner, nil
}
