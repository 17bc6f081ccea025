package db

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Snapshot is one consistent copy of the whole database in a file without a
// name, which is gone when it is closed.
type Snapshot struct {
	io.ReadCloser
	// Size is the length in bytes.
	Size int64
}

// Snapshot copies the database, beside it. Nothing waits for whoever reads the
// copy.
func (d *DB) Snapshot() (Snapshot, error) {
	file, err := unnamed(filepath.Dir(d.path))
	if err != nil {
		return Snapshot{}, fmt.Errorf("copy the database: %w", err)
	}
	err = d.store.Backup(file)
	var size int64
	if err == nil {
		size, err = file.Seek(0, io.SeekCurrent)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return Snapshot{}, errors.Join(fmt.Errorf("copy the database: %w", err), file.Close())
	}
	return Snapshot{file, size}, nil
}

// unnamed makes a private file that no end of the process leaves behind.
func unnamed(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, fileName+".copy-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
