package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/mcpserver"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

// tree is a folder in which a test changes things.
type tree struct {
	t    *testing.T
	root string
}

func (f tree) path(name string) string { return filepath.Join(f.root, name) }

func (f tree) write(name, content string) { write(f.t, f.path(name), content) }

func (f tree) link(target, name string) { require.NoError(f.t, os.Symlink(target, f.path(name))) }

func (f tree) move(from, to string) { require.NoError(f.t, os.Rename(f.path(from), f.path(to))) }

// TestWhereverAPathLeads changes are noticed, and again after the first, which
// may have made it lead elsewhere.
func TestWhereverAPathLeads(t *testing.T) {
	for name, c := range map[string]struct {
		path    string
		begin   func(tree)
		changes []func(tree)
	}{
		"a file": {"a.json", func(f tree) { f.write("a.json", "1") }, []func(tree){
			func(f tree) { f.write("a.json", "2") },
			func(f tree) { f.write("a.tmp", "3"); f.move("a.tmp", "a.json") },
			func(f tree) { f.move("a.json", "a.bak"); f.write("a.json", "4") },
			func(f tree) { f.write("a.json", "5") },
		}},
		"a file with another ending": {"conf", func(f tree) { f.write("conf", "1") }, []func(tree){
			func(f tree) { f.write("conf", "2") },
		}},
		"Kubernetes": {"k.json", func(f tree) {
			f.write("..1/k.json", "1")
			f.link("..1", "..data")
			f.link("..data/k.json", "k.json")
		}, []func(tree){
			func(f tree) { f.write("..2/k.json", "2"); f.link("..2", "tmp"); f.move("tmp", "..data") },
			func(f tree) { f.write("..3/k.json", "3"); f.link("..3", "tmp"); f.move("tmp", "..data") },
		}},
		"releases beside each other": {"current/etc/conf", func(f tree) {
			f.write("1/etc/conf", "1")
			f.link("1", "current")
		}, []func(tree){
			func(f tree) { f.write("2/etc/conf", "2"); f.link("2", "tmp"); f.move("tmp", "current") },
			func(f tree) { f.write("2/etc/conf", "3") },
			func(f tree) { f.write("3/etc/conf", "4"); f.link("3", "tmp"); f.move("tmp", "current") },
		}},
		"what a link leads to": {"conf", func(f tree) {
			f.write("elsewhere/x", "1")
			f.link("elsewhere/x", "conf")
		}, []func(tree){
			func(f tree) { f.write("elsewhere/x", "2") },
			func(f tree) { f.write("other/y", "3"); f.link("other/y", "tmp"); f.move("tmp", "conf") },
			func(f tree) { f.write("other/y", "4") },
		}},
		"a link in a folder": {"conf.d", func(f tree) {
			f.write("common/a", "1")
			f.write("conf.d/own.json", "1")
			f.link("../common/a", "conf.d/a.json")
		}, []func(tree){
			func(f tree) { f.write("common/a", "2") },
			func(f tree) { f.write("conf.d/new.json", "3") },
			func(f tree) { f.write("conf.d/new.json", "4") },
		}},
		"the folder of a file is replaced": {"etc/conf", func(f tree) { f.write("etc/conf", "1") }, []func(tree){
			func(f tree) { f.write("new/conf", "2"); f.move("etc", "old"); f.move("new", "etc") },
			func(f tree) { f.write("etc/conf", "3") },
		}},
		"a folder that is replaced": {"conf.d", func(f tree) { f.write("conf.d/a.json", "1") }, []func(tree){
			func(f tree) { f.write("new/a.json", "2"); f.move("conf.d", "old"); f.move("new", "conf.d") },
			func(f tree) { f.write("conf.d/a.json", "3") },
			func(f tree) { require.NoError(f.t, os.RemoveAll(f.path("conf.d"))); f.write("conf.d/a.json", "4") },
			func(f tree) { f.write("conf.d/a.json", "5") },
			func(f tree) { require.NoError(f.t, os.Remove(f.path("conf.d/a.json"))) },
			func(f tree) { f.write("conf.d/b.json", "6") },
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := tree{t, t.TempDir()}
			c.begin(f)
			w, err := watch([]string{f.path(c.path)})
			require.NoError(t, err)
			t.Cleanup(w.close)
			for i, change := range c.changes {
				change(f)
				w.awaitChange(t, i)
			}
		})
	}
}

// awaitChange wants events until the files are other ones.
func (w *watcher) awaitChange(t *testing.T, number int) {
	t.Helper()
	for {
		select {
		case <-w.events:
			if w.changed() {
				return
			}
		case <-time.After(waitFor):
			require.FailNow(t, "not noticed", "change %d; watched: %v", number, w.folders.WatchList())
		}
	}
}

func TestWhatIsNoLongerOnTheWayIsNotWatched(t *testing.T) {
	f := tree{t, t.TempDir()}
	f.write("1/conf", "1")
	f.link("1/conf", "conf")
	w, err := watch([]string{f.path("conf")})
	require.NoError(t, err)
	t.Cleanup(w.close)
	require.ElementsMatch(t, []string{f.root, f.path("1")}, w.folders.WatchList())
	f.write("2/conf", "2")
	f.link("2/conf", "tmp")
	f.move("tmp", "conf")
	require.True(t, w.changed())
	require.ElementsMatch(t, []string{f.root, f.path("2")}, w.folders.WatchList())
}

func TestAFolderThatCannotBeWatchedIsSaid(t *testing.T) {
	w, err := watch([]string{filepath.Join(t.TempDir(), "none", "a.json")})
	require.ErrorIs(t, err, os.ErrNotExist)
	w.close()
}

func TestLinksInACircleEnd(t *testing.T) {
	f := tree{t, t.TempDir()}
	f.link("b", "a")
	f.link("a", "b")
	links, _ := onTheWay(f.path("a/x"))
	require.Len(t, links, maxLinks)
}

func TestHiddenFilesAreNoConcern(t *testing.T) {
	w := &watcher{names: map[string]bool{"/etc/.conf": true, "/etc/..data": true}}
	for name, want := range map[string]bool{
		"/etc/a.json": true, "/etc/.a.json": false, "/etc/..a.json": true, "/etc/a.db": false, "/etc/.conf": true, "/etc/..data": true,
	} {
		require.Equal(t, want, w.concerns(name), name)
	}

	f := tree{t, t.TempDir()}
	w.paths = []string{f.root}
	before := w.fingerprint()
	f.write(".a.json", "1")
	require.Equal(t, before, w.fingerprint())
	require.Empty(t, filesOf(f.root), "nor are they watched by name")
}

// TestSeveralChangesAreOneReload: the files are read when they have been quiet
// for a while, and only when they are other ones.
func TestSeveralChangesAreOneReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := tree{t, t.TempDir()}
		f.write("a.json", "1")
		changes := &watcher{events: make(chan struct{}, 1), paths: []string{f.path("a.json")}}
		changes.seen = changes.fingerprint()
		var loaded []time.Duration
		begin := time.Now()
		hangups := make(chan os.Signal)
		logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
		require.NoError(t, err)
		r := &reloader{changes: changes, server: &mcpserver.Server{}, logger: logger, load: func() (*fusion.Fusion, error) {
			loaded = append(loaded, time.Since(begin))
			return nil, os.ErrNotExist
		}}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go r.run(ctx, hangups)

		changes.events <- struct{}{} // nothing is another one
		time.Sleep(time.Second)
		synctest.Wait()
		require.Empty(t, loaded)
		for range 8 {
			f.write("a.json", time.Since(begin).String())
			changes.events <- struct{}{}
			time.Sleep(settle - time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{time.Second + 7*(settle-time.Millisecond) + settle}, loaded)

		hangups <- os.Interrupt // whatever has changed
		synctest.Wait()
		require.Len(t, loaded, 2)

		begin, loaded = time.Now(), nil
		for range 46 { // somebody writes all the time
			f.write("a.json", time.Now().String())
			changes.events <- struct{}{}
			time.Sleep(90 * time.Millisecond)
		}
		synctest.Wait()
		require.Equal(t, []time.Duration{patience, 2*patience + 70*time.Millisecond}, loaded)
	})
}
