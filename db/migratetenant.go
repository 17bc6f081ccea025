package db

import (
	"errors"
	"iter"
	"strings"
	"time"
)

// oldTenant is what an older MCPFusion has of one tenant, as far as it can be
// taken over, and what becomes of it here.
type oldTenant struct {
	// hash is that of the API token; it names the tenant.
	hash hash
	// token is nil where only secrets were found, of a tenant that is here.
	token   *oldToken
	secrets []oldSecret
	// refused are items that were decided when they were read.
	refused []MigrateItem
	// left says that it was deleted here.
	left bool
	// key is what was done with the key of a new tenant.
	key oldKey
}

type oldKey int

const (
	keyNone oldKey = iota
	keyTemporary
	keyRecovery
)

// oldToken is an API token.
type oldToken struct {
	item     MigrateItem
	text     tokenText
	lastUsed time.Time // zero for never
}

// oldSecret is a secret, as it is going to be sealed.
type oldSecret struct {
	item  MigrateItem
	slot  slot
	hint  hint
	plain []byte
}

// items yields the token's item first.
func (o *oldTenant) items() iter.Seq[MigrateItem] {
	return func(yield func(MigrateItem) bool) {
		if o.token != nil && !yield(o.token.item) {
			return
		}
		for _, s := range o.secrets {
			if !yield(s.item) {
				return
			}
		}
		for _, item := range o.refused {
			if !yield(item) {
				return
			}
		}
	}
}

func (i *MigrateItem) settle(outcome MigrateOutcome, reason string) {
	i.Outcome, i.Reason = outcome, reason
}

// fail settles everything that was not refused already.
func (o *oldTenant) fail(reason string) {
	if o.token != nil {
		o.token.item.settle(MigrateFailed, reason)
	}
	for i := range o.secrets {
		o.secrets[i].item.settle(MigrateFailed, reason)
	}
}

// refuse settles an item that cannot be taken over.
func (o *oldTenant) refuse(item MigrateItem, err error) {
	item.settle(MigrateFailed, err.Error())
	if errors.Is(err, errOldCached) || errors.Is(err, errOldOwner) {
		item.Outcome = MigrateSkipped
	}
	o.refused = append(o.refused, item)
}

// refuseAll settles all secrets, those that could not be read as well.
func (o *oldTenant) refuseAll(outcome MigrateOutcome, reason string) {
	for _, s := range o.secrets {
		o.refused = append(o.refused, s.item)
	}
	o.secrets = nil
	for i := range o.refused {
		o.refused[i].settle(outcome, reason)
	}
}

// keep adds a secret that was read, or why it cannot be taken over.
func (o *oldTenant) keep(item MigrateItem, s oldSecret, err error) {
	if err != nil {
		o.refuse(item, err)
		return
	}
	s.item = item
	if s.slot.kind == slotCredentials {
		s.item.Kind = s.slot.name
	}
	o.secrets = append(o.secrets, s)
}

// maxOldName is how much of a name is shown, in characters: as much as a hash
// has.
const maxOldName = 64

// oldPath joins names for people to read. Hashes are whole, so that they can be
// found again.
func oldPath(names ...string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = cleanDescription(name)
		if runes := []rune(shown[i]); len(runes) > maxOldName {
			shown[i] = string(runes[:maxOldName]) + "..."
		}
	}
	return strings.Join(shown, "/")
}
