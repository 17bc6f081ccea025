package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// filesOf returns the files that a path of the configuration means.
func filesOf(path string) []string {
	if isFolder(path) {
		return filesIn(path)
	}
	return []string{path}
}

// fingerprint depends on the names and contents of all files.
func (w *watcher) fingerprint() [sha256.Size]byte {
	hash := sha256.New()
	for _, path := range w.paths {
		for _, file := range filesOf(path) {
			fmt.Fprintf(hash, "%q %v\n", file, copyFile(hash, file))
		}
	}
	return [sha256.Size]byte(hash.Sum(nil))
}

// filesIn leaves out what is hidden, as the loader does.
func filesIn(folder string) (files []string) {
	entries, _ := os.ReadDir(folder) // sorted; one that cannot be read has none
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".json" && !strings.HasPrefix(entry.Name(), ".") {
			files = append(files, filepath.Join(folder, entry.Name()))
		}
	}
	return files
}

// copyFile reads what is a regular file; another might have no end.
func copyFile(w io.Writer, path string) error {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, errors.ErrUnsupported)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

func folderOf(path string) string {
	if isFolder(path) {
		return path
	}
	return filepath.Dir(path)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
