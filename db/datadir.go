package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// SystemDir is the data directory of an installation for the whole system.
// mcpfusion uses it when it exists, and never creates it.
const SystemDir = "/opt/mcpfusion"

// access(2) modes, which package syscall leaves out.
const (
	accessEnter = 1
	accessWrite = 2
)

// DefaultDataDir returns the data directory for when none was named: systemDir
// if it exists, else .mcpfusion in the home directory.
//
// A systemDir that this user cannot enter and write is an error that says what
// to do. It never falls through to the home directory, where a second database
// would hide that there is a first.
func DefaultDataDir(systemDir, home string) (string, error) {
	_, err := os.Stat(systemDir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && home == "":
		return "", errors.New("there is no home directory: name a data directory (--data-dir or MCP_FUSION_DB_DIR)")
	case errors.Is(err, fs.ErrNotExist):
		return filepath.Join(home, ".mcpfusion"), nil
	case err == nil:
		err = syscall.Access(systemDir, accessEnter|accessWrite)
	}
	if err != nil {
		return "", fmt.Errorf("data directory %s cannot be used (%w): run as its owner, "+
			"or name another one (--data-dir or MCP_FUSION_DB_DIR)", systemDir, err)
	}
	return systemDir, nil
}

// prepareDir sees to it that dir is a directory that only its owner can enter.
// A missing one is created, or fs.ErrNotExist.
func prepareDir(dir string, create bool) error {
	if create {
		if err := makeDir(dir); err != nil {
			return fmt.Errorf("create data directory: %w%s", err, store.Advice(err))
		}
	}
	// What is opened stays the same while it is checked and mended.
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open data directory: %w%s", err, store.Advice(err))
	}
	defer d.Close()
	return mendDir(d)
}

func mendDir(d *os.File) error {
	info, err := d.Stat()
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("data directory %s is not a directory", d.Name())
	}
	if info.Mode()&0o077 == 0 {
		return nil
	}
	if isOwner(info) && holdsOnlyOurs(d) && d.Chmod(info.Mode()&^0o077) == nil {
		return nil
	}
	return fmt.Errorf("other users can enter the data directory %s: run chmod 700 %s, or use a directory of its own",
		d.Name(), shellWord(d.Name()))
}

func isOwner(info fs.FileInfo) bool {
	return int(info.Sys().(*syscall.Stat_t).Uid) == os.Geteuid()
}

// holdsOnlyOurs reports whether a directory can be closed to others without
// taking anything from them.
func holdsOnlyOurs(d *os.File) bool {
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		switch {
		case name == fileName, strings.HasPrefix(name, fileName+"."): // and copies
		case name == "local.token", name == "mcpfusion.sock", name == "env":
		default:
			return false
		}
	}
	return err == nil
}

// makeDir creates a directory and its missing parents. As root, each belongs
// to the owner of the one that it is in.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeDir(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrExist) { // another process was faster
			return nil
		}
		return err
	}
	if os.Geteuid() != 0 {
		return nil
	}
	parent, err := os.Stat(filepath.Dir(dir))
	if err != nil {
		return err
	}
	owner := parent.Sys().(*syscall.Stat_t)
	return os.Lchown(dir, int(owner.Uid), int(owner.Gid))
}

// shellWord quotes s for a command that is to be typed.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+,@%", r)
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
