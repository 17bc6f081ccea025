package db

// WatchScope tells of changes of the scope of the API token that was presented,
// to a request that Admit let in, from the one that it was let in with: there
// is something to receive from changed when the scope is another one than it
// was last time, once for several changes in short succession. stop ends that.
func (t *Tenant) WatchScope() (changed <-chan struct{}, stop func()) {
	w := &watcher{t.limits.scope, make(chan struct{}, 1)}
	t.db.running.watch(t.token, w)
	t.Enforce() // it may have changed before
	return w.changed, func() { t.db.running.unwatch(t.token, w) }
}

// watcher is a request that wants to know when its token's scope changes.
type watcher struct {
	scope   string // the last one that it was told; guarded by the shard's lock
	changed chan struct{}
}

// tell never waits: a watcher that was not told yet need not be told twice.
func (w *watcher) tell(scope string) {
	if w.scope == scope {
		return
	}
	w.scope = scope
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// watch adds a watcher to a token with running requests; with others nothing
// happens that it could be told.
func (r *running) watch(token hash, w *watcher) {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if of := s.at[token]; of != nil {
		of.watchers[w] = struct{}{}
	}
}

func (r *running) unwatch(token hash, w *watcher) {
	s := r.shard(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	if of := s.at[token]; of != nil {
		delete(of.watchers, w)
	}
}
