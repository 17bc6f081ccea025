package main

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// watcher notices that files, or the *.json of folders, may have changed. It
// watches the folders that the files are in, since editors put another file in
// the place of one, and those of the symbolic links that lead there, since
// Kubernetes, and who installs releases beside each other, make a link lead
// elsewhere.
type watcher struct {
	// events has something when a file may have changed.
	events chan struct{}

	paths   []string          // absolute
	folders *fsnotify.Watcher // nil when nothing is watched
	seen    [sha256.Size]byte

	mu    sync.Mutex // guards names
	names map[string]bool
}

// watch returns a watcher also with an error; that one does not notice all.
func watch(paths []string) (*watcher, error) {
	w := &watcher{events: make(chan struct{}, 1)}
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return w, err
		}
		w.paths = append(w.paths, absolute)
	}
	w.seen = w.fingerprint()
	folders, err := fsnotify.NewWatcher()
	if err != nil {
		return w, err
	}
	w.folders = folders
	go w.listen() // until it is closed
	return w, w.follow()
}

// follow watches where the paths lead now. The error is about the folders of
// the files themselves: those around them may be closed to us.
func (w *watcher) follow() (err error) {
	names, folders, needed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, path := range w.paths {
		for _, file := range append(filesOf(path), path) {
			links, real := onTheWay(file)
			for _, name := range append(links, real, filepath.Dir(real)) {
				names[name], folders[filepath.Dir(name)] = true, true
			}
			folders[folderOf(real)], needed[folderOf(real)] = true, true
		}
	}
	w.mu.Lock()
	w.names = names
	w.mu.Unlock()
	for _, folder := range w.folders.WatchList() {
		if !folders[folder] {
			_ = w.folders.Remove(folder) // it may be gone
		}
	}
	for folder := range folders {
		if e := w.folders.Add(folder); e != nil && needed[folder] {
			err = errors.Join(err, e)
		}
	}
	return err
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
// database, and hidden files, in which editors and browsers write as they go.
// Kubernetes has names that begin with two dots.
func (w *watcher) concerns(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	base := filepath.Base(name)
	hidden := strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "..")
	return filepath.Ext(name) == ".json" && !hidden || w.names[name]
}

// changed reports whether the files are other ones than when it was last
// called.
func (w *watcher) changed() bool {
	if w.folders != nil {
		_ = w.follow() // what is not there is not watched
	}
	before := w.seen
	w.seen = w.fingerprint()
	return w.seen != before
}

func (w *watcher) close() {
	if w.folders != nil {
		_ = w.folders.Close() // there is nothing to lose
	}
}
