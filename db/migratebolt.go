package db

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// The buckets of an older MCPFusion's database. {hash} is the SHA-256 of an API
// token's characters in hex, as ours; values are JSON.
//
//	api_tokens/{hash}                  metadata of the token (schema 1.1), or a bucket (1.0):
//	api_tokens/{hash}/metadata
//	api_tokens/{hash}/oauth_tokens/{service}
//	api_tokens/{hash}/service_credentials/{service}, or /{kind}/{service}
//	tenants/{hash}/...                 the same two (1.1)
//	token_index, system, key_to_user   what is not needed here
//	users, auth_codes                  what there is nothing like here
const (
	oldTokens  = "api_tokens"
	oldTenants = "tenants"
)

// oldNoAuth stood for the tenant of a server without authentication.
const oldNoAuth = "NOAUTH"

// oldPage is how many tenants are read and taken over at a time.
const oldPage = 64

// oldOthers says why a bucket is left out; an empty text says that nobody will
// miss it.
var oldOthers = map[string]string{
	oldTokens: "", oldTenants: "", "token_index": "", "system": "", "key_to_user": "",
	"users":      "users and their knowledge have no counterpart here: tenants are what API tokens open",
	"auth_codes": "codes of sign-ins that were under way",
}

type oldDatabase struct {
	file    *store.Foreign
	version string
	now     time.Time
}

// openOldDatabase refuses what is not an older MCPFusion's.
func openOldDatabase(path string, cfg config) (oldSource, error) {
	file, err := store.OpenForeign(path, store.Options{LockTimeout: cfg.lockTimeout, Warn: cfg.logger.Warning})
	if err != nil {
		return nil, err
	}
	o := &oldDatabase{file: file, now: time.Now().UTC()}
	if err := file.View(o.readVersion); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return o, nil
}

func (o *oldDatabase) readVersion(tx *store.ForeignTx) error {
	o.version = string(tx.Get(string(schemaKey), bucketSystem))
	switch {
	case o.version == "1.0", o.version == "1.1", o.version == "" && tx.Has(oldTokens):
		return nil
	case o.version == schemaVersion:
		return fmt.Errorf("%w: it is a database of this mcpfusion already (schema version %s), there is nothing to take over",
			ErrSchema, schemaVersion)
	}
	return fmt.Errorf("%w: only a database of an older MCPFusion (schema version 1.0 or 1.1) can be taken over", ErrSchema)
}

func (o *oldDatabase) schema() string { return o.version }

func (o *oldDatabase) close() error { return o.file.Close() }

func (o *oldDatabase) tenants(*hash) iter.Seq2[[]*oldTenant, error] {
	return func(yield func([]*oldTenant, error) bool) {
		_ = o.pages(yield, o.readTenant, oldTokens) &&
			o.pages(yield, o.readOrphan, oldTenants) &&
			o.pages(yield, o.readOther)
	}
}

// pages yields what read makes of the entries of a bucket, and reports whether
// to go on. read returns nil to leave one out.
func (o *oldDatabase) pages(
	yield func([]*oldTenant, error) bool, read func(tx *store.ForeignTx, name string, value []byte) *oldTenant, path ...string,
) bool {
	for after := []byte(nil); ; {
		var page []*oldTenant
		count := 0
		err := o.file.View(func(tx *store.ForeignTx) error {
			page, count = nil, 0
			for key, value := range tx.Range(after, path...) {
				if old := read(tx, string(key), value); old != nil {
					page = append(page, old)
				}
				after = key
				if count++; count == oldPage {
					break
				}
			}
			return nil
		})
		if !yield(page, err) || err != nil {
			return false
		}
		if count < oldPage {
			return true
		}
	}
}

// readTenant reads an API token and all that it opens.
func (o *oldDatabase) readTenant(tx *store.ForeignTx, name string, value []byte) *oldTenant {
	item := MigrateItem{Kind: MigrateTokens, Place: oldPath(oldTokens, name)}
	if value == nil {
		value = tx.Get("metadata", oldTokens, name)
	}
	id, ok := parseHash(name)
	text, used, err := decodeOldToken(id, value, o.now)
	if !ok {
		err = errOldHash
	}
	old := &oldTenant{hash: id}
	old.readSecrets(tx, firstTime(text.CreatedAt, o.now), oldTenants, name)
	old.readSecrets(tx, firstTime(text.CreatedAt, o.now), oldTokens, name)
	if err != nil {
		old.refuseAll(MigrateFailed, "its API token could not be taken over")
		old.refuse(item, err)
		return old
	}
	old.token = &oldToken{item, text, used}
	return old
}

// readOrphan leaves out tenants that an API token leads to.
func (o *oldDatabase) readOrphan(tx *store.ForeignTx, name string, _ []byte) *oldTenant {
	if tx.Get(name, oldTokens) != nil || tx.Has(oldTokens, name) {
		return nil
	}
	old := &oldTenant{}
	old.readSecrets(tx, o.now, oldTenants, name)
	_, ok := parseHash(name)
	switch {
	case name == oldNoAuth:
		old.refuseAll(MigrateSkipped, "it was stored without authentication, so no API token opens it")
	case !ok:
		old.refuseAll(MigrateFailed, errOldHash.Error())
	default:
		old.refuseAll(MigrateSkipped, "its API token was deleted, so nobody can use it")
	}
	return old
}

// readOther reports what is left out.
func (o *oldDatabase) readOther(tx *store.ForeignTx, name string, _ []byte) *oldTenant {
	reason, known := oldOthers[name]
	if !known {
		reason = "it is unknown"
	}
	count := 0
	for range tx.Range(nil, name) {
		count++
	}
	if reason == "" || count == 0 {
		return nil
	}
	item := MigrateItem{Kind: MigrateOthers, Place: oldPath(name), Outcome: MigrateSkipped}
	item.Reason = fmt.Sprintf("not taken over (entries: %d): %s", count, reason)
	return &oldTenant{refused: []MigrateItem{item}}
}

// readSecrets reads the connections and credentials below a path.
func (o *oldTenant) readSecrets(tx *store.ForeignTx, since time.Time, path ...string) {
	connections := append(path[:len(path):len(path)], slotOAuth)
	for service, value := range tx.Range(nil, connections...) {
		s, err := decodeOldOAuth(string(service), value, since)
		o.keep(MigrateItem{Kind: KindOAuthTokens, Place: oldPath(append(connections, string(service))...)}, s, err)
	}
	credentials := append(path[:len(path):len(path)], slotCredentials)
	o.readCredentials(tx, since, "", credentials...)
	for kind, value := range tx.Range(nil, credentials...) {
		if value == nil {
			o.readCredentials(tx, since, string(kind), append(credentials, string(kind))...)
		}
	}
}

func (o *oldTenant) readCredentials(tx *store.ForeignTx, since time.Time, kind string, path ...string) {
	for service, value := range tx.Range(nil, path...) {
		if kind == "" && value == nil {
			continue // a bucket of a kind
		}
		s, err := decodeOldCredentials(kind, string(service), value, since)
		o.keep(MigrateItem{Kind: slotCredentials, Place: oldPath(append(path[:len(path):len(path)], string(service))...)}, s, err)
	}
}
