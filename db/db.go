// Package db keeps the tenants of an mcpfusion: which API tokens open them, and
// what is sealed for them.
package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
	"github.com/PivotLLM/MCPFusion/global"
)

// fileName is the database's name in its data directory.
const fileName = "mcpfusion.db"

// DB is an open database. It holds the file alone: another New for the same
// data directory, in whichever process, is ErrInUse until Close.
//
// All methods may be called by several goroutines at once. What a method has
// changed is durable when it returns; the one exception is when tokens were
// last used, which is written every few seconds and at Close.
type DB struct {
	store  store.Store
	logger global.Logger
	path   string // of the file
	used   marks
	usage  usage
	keys   *vault.Keyring[secretData]
	// running are the requests that were let in.
	running running
	rekeys  attempts
	// recovery does not change after New.
	recovery recovery
	// end stops the flusher, writes what it left, and closes the store, once.
	end func() error
}

// New opens the database in the data directory, and creates what is missing
// of both.
//
// Directories that it creates have mode 0700 and the database 0600; a database
// file that others could use is mended. A data directory that others could
// enter is mended when it belongs to this user and holds nothing but
// mcpfusion's files, else New fails with the command to type. What root
// creates belongs to the owner of the directory that it is in.
//
// A logger is required. The errors that callers can tell apart are ErrInUse,
// ErrNoDatabase, ErrSchema and ErrCorrupt; all name the file.
func New(opts ...Option) (*DB, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.dataDir, fileName)
	if cfg.existing {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", path, ErrNoDatabase)
		}
	}
	s, err := openStore(cfg, path)
	if err != nil {
		return nil, err
	}
	wanted, err := newRecovery(cfg.recovery)
	if err == nil {
		err = ensureSchema(s)
	}
	if err == nil {
		err = wanted.publish(s)
	}
	if err != nil {
		if errors.Is(err, ErrSchema) {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return nil, errors.Join(err, s.Close())
	}
	cfg.logger.Debugf("opened database %s", path)
	d := open(s, cfg.logger)
	d.path, d.recovery = path, wanted
	return d, nil
}

func openStore(cfg config, path string) (store.Store, error) {
	if err := prepareDir(cfg.dataDir, !cfg.existing); err != nil {
		return nil, err
	}
	return store.OpenBolt(path, store.Options{Create: !cfg.existing, LockTimeout: cfg.lockTimeout, Warn: cfg.logger.Warning})
}

// open begins to work on a store that has the right schema.
func open(s store.Store, logger global.Logger) *DB {
	d := &DB{store: s, logger: logger, keys: vault.NewKeyring[secretData](maxOpenKeys, maxOpenSecrets, keyIdle)}
	stopFlusher := d.startFlusher()
	d.end = sync.OnceValue(func() error {
		stopFlusher()
		d.running.close()
		defer d.keys.Close() // last: a running transaction may still open one
		return errors.Join(d.flush(), s.Close())
	})
	return d
}

// Close writes when tokens were last used, waits for running transactions and
// releases the file. All other methods then return ErrClosed. Further calls
// wait for the first and return what it returned.
func (d *DB) Close() error { return d.end() }

// Ping reads from the database, and returns why it cannot.
func (d *DB) Ping() error {
	return d.store.View(func(tx store.Tx) error {
		_, err := tx.Get(bucketSystem, schemaKey)
		return err
	})
}
