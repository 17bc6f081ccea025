package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// backup writes a copy of the database to a new file, and checks it.
func (p *program) backup(ctx context.Context) error {
	path := p.env.ExpandPath(p.args[0])
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	var size int64
	err = p.manage(ctx, func(m admin.Manager) (err error) {
		size, err = p.copyTo(file, m)
		return err
	}, db.WithExisting())
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = p.checkBackup(path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("no backup was made: %w", err), os.Remove(path))
	}
	if p.json {
		return p.printJSON(map[string]any{"file": path, "bytes": size})
	}
	return p.print(fmt.Sprintf("Backup written and verified: %s, %d bytes\n", path, size))
}

func (p *program) copyTo(file *os.File, m admin.Manager) (size int64, err error) {
	snapshot, err := m.Snapshot()
	if err != nil {
		return 0, err
	}
	progress := p.progress("Backing up", snapshot.Size)
	size, err = io.Copy(file, io.TeeReader(snapshot, progress))
	progress.end()
	if err == nil && size != snapshot.Size {
		err = io.ErrUnexpectedEOF
	}
	return size, errors.Join(err, snapshot.Close())
}

// checkBackup makes the name of the file durable as well.
func (p *program) checkBackup(path string) error {
	problems, err := db.VerifyFile(path)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("the database does not agree with itself: %s", strings.Join(problems, "; "))
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// restore puts a backup in the place of the database.
func (p *program) restore(ctx context.Context) error {
	file := p.env.ExpandPath(p.args[0])
	var kept string
	err := p.withFile(func(opts ...db.Option) (err error) {
		kept, err = db.Restore(file, func(returning []db.APITokenMetadata) error {
			return p.agree(ctx, returning)
		}, opts...)
		return err
	})
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]string{"restored": file, "replaced": kept})
	}
	text := "Database restored from " + file + "\n"
	if kept != "" {
		text += "The replaced one is kept as " + kept + "; delete it when it is not needed any more.\n"
	}
	return p.print(text)
}

// agree shows whom a restored database lets in again, and asks.
func (p *program) agree(ctx context.Context, returning []db.APITokenMetadata) error {
	if p.yes && p.json {
		return nil // nobody reads along
	}
	text := "No token becomes valid again, or gets back another scope or a later expiry.\n"
	if len(returning) > 0 {
		text = "These tokens become valid again, or get back another scope or a later expiry:\n" + table(returning, shortHash)
	}
	_, _ = fmt.Fprint(p.stderr, text+"\n")
	if p.yes || p.askYes(ctx, "Put the backup in the place of the database? (y/N): ") {
		return nil
	}
	return exitError{code: exitCancelled, message: "Restore cancelled."}
}
