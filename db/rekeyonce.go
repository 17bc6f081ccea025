package db

import (
	"sync"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// wantRekey makes the next presentation of any token of the tenant replace the
// tenant's key: one that is gone had the present one.
func wantRekey(tx store.Tx, tenant hash) error { return markRekey(tx, tenant, true) }

// settleRekey notes that the tenant's key was replaced.
func settleRekey(tx store.Tx, tenant hash) error { return markRekey(tx, tenant, false) }

func markRekey(tx store.Tx, tenant hash, wanted bool) error {
	for _, token := range tokensOf(tx, tenant) {
		record, err := readToken(tx, token)
		if err != nil || record.rekey == wanted {
			continue // one that is damaged must not keep another from being deleted
		}
		record.rekey = wanted
		if err := record.write(tx, token); err != nil {
			return err
		}
	}
	return nil
}

// rekeyPause is the time between two attempts at a re-keying that fails.
const rekeyPause = time.Minute

// attempts says when tenants were last tried to be re-keyed, so that requests
// which come together do it once, and one that cannot be done, because a
// secret is damaged, does not slow each request down.
type attempts struct {
	mu sync.Mutex // guards at, and is held for moments only
	at map[hash]time.Time
}

// begin reports whether it is time for an attempt.
func (a *attempts) begin(tenant hash, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, tried := a.at[tenant]; tried && now.Sub(last) < rekeyPause {
		return false
	}
	if a.at == nil {
		a.at = map[hash]time.Time{}
	}
	a.at[tenant] = now
	return true
}

func (a *attempts) done(tenant hash) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.at, tenant)
}

// wantsRekey reports whether nobody has re-keyed the tenant meanwhile: opening a
// key that stood in clear does.
func (t *Tenant) wantsRekey(tx store.Tx) (bool, error) {
	record, err := readToken(tx, t.token)
	return record.rekey, err
}

// rekeyOnce re-keys the tenant because another of its tokens has ended. That it
// fails is no reason not to let the presented one in.
func (t *Tenant) rekeyOnce() {
	if !t.db.rekeys.begin(t.hash, time.Now()) {
		return
	}
	if err := t.rekeyIf(t.wantsRekey); err != nil {
		t.db.logger.Errorf("%v; trying again when the tenant's token is presented in a minute; until then a token "+
			"that has ended opens its secrets in a copy of the file", err)
		return
	}
	t.db.rekeys.done(t.hash)
}
