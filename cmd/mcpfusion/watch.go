package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// watcher notices that files, or the *.json of folders, may have changed. It
// watches the folders that the files are in, since editors and Kubernetes put
// another file, or another folder, in the place of one.
type watcher struct {
	// events has something when a file may have changed.
	events chan struct{}

	paths   []string
	folders *fsnotify.Watcher // nil when nothing is watched
	seen    [sha256.Size]byte
}

// watch returns a watcher also with an error; that one notices nothing.
func watch(paths []string) (*watcher, error) {
	w := &watcher{events: make(chan struct{}, 1)}
	for _, path := range paths {
		w.paths = append(w.paths, filepath.Clean(path))
	}
	w.seen = w.fingerprint()
	folders, err := fsnotify.NewWatcher()
	if err != nil {
		return w, err
	}
	w.folders = folders
	go w.listen() // until it is closed
	return w, w.addFolders()
}

// addFolders watches what is not watched yet, or not any more since it was
// replaced.
func (w *watcher) addFolders() (err error) {
	for _, path := range w.paths {
		err = errors.Join(err, w.folders.Add(folderOf(path)))
		if real, e := filepath.EvalSymlinks(path); e == nil {
			err = errors.Join(err, w.folders.Add(folderOf(real)))
		}
	}
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

func (w *watcher) listen() {
	for {
		select {
		case event, ok := <-w.folders.Events:
			if !ok {
				return
			}
			if !w.concerns(filepath.Clean(event.Name)) {
				continue
			}
		case _, ok := <-w.folders.Errors: // events were lost
			if !ok {
				return
			}
		}
		select {
		case w.events <- struct{}{}:
		default:
		}
	}
}

// concerns leaves out what else happens in a folder, which may be that of a
// database. Kubernetes swaps "..data", through which the files are seen.
func (w *watcher) concerns(name string) bool {
	return filepath.Ext(name) == ".json" || slices.Contains(w.paths, name) || strings.HasPrefix(filepath.Base(name), "..")
}

// changed reports whether the files are other ones than when it was last
// called.
func (w *watcher) changed() bool {
	if w.folders != nil {
		_ = w.addFolders() // what is not there is not watched
	}
	before := w.seen
	w.seen = w.fingerprint()
	return w.seen != before
}

// fingerprint depends on the names and contents of all files.
func (w *watcher) fingerprint() [sha256.Size]byte {
	hash := sha256.New()
	for _, path := range w.paths {
		files := []string{path}
		if isFolder(path) {
			files = filesIn(path)
		}
		for _, file := range files {
			fmt.Fprintf(hash, "%q %v\n", file, copyFile(hash, file))
		}
	}
	return [sha256.Size]byte(hash.Sum(nil))
}

func filesIn(folder string) (files []string) {
	entries, _ := os.ReadDir(folder) // sorted; one that cannot be read has none
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".json" {
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

func (w *watcher) close() {
	if w.folders != nil {
		_ = w.folders.Close() // there is nothing to lose
	}
}
