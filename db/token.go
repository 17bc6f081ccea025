package db

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// tokenLength is that of an API token: 32 bytes in hex digits.
const tokenLength = 64

// AddAPIToken makes a new tenant with one API token, and returns that token
// and its hash. The token is 64 lower-case hex digits, stored nowhere, and
// returned only here. Its hash, 64 hex digits as well, is the SHA-256 of those
// digits and names the tenant, too.
//
// With an error, there is no token; except that one may be listed that nobody
// has, if the disk failed at the last moment.
//
// Of the description, what would disturb a terminal is removed: control
// characters, marks that change the direction of text, and invalid UTF-8. At
// most 200 characters of it are kept.
func (d *DB) AddAPIToken(description string) (token, hash string, err error) {
	token, id, record, err := newToken(description)
	if err != nil {
		return "", "", fmt.Errorf("add token: %w", err)
	}
	record.tenant = id
	key, err := vault.NewPrivateKey()
	if err != nil {
		return "", "", fmt.Errorf("add token: %w", err)
	}
	err = d.store.Update(func(tx store.Tx) error {
		if err := putToken(tx, id, record); err != nil {
			return err
		}
		return d.putTenantKey(tx, id, tenantRecord{CreatedAt: record.CreatedAt}, key, []member{{id, record.publicKey}})
	})
	if err != nil {
		// If it was stored all the same, nobody will ever have this token.
		_ = d.store.Update(func(tx store.Tx) error { return deleteToken(tx, id, record) })
		return "", "", fmt.Errorf("add token: %w", err)
	}
	d.keys.Put(id, key, time.Now())
	return token, id.String(), nil
}

// newToken draws a token. Its record has no tenant yet.
func newToken(description string) (token string, id hash, record tokenRecord, err error) {
	var secret [tokenLength / 2]byte
	_, _ = rand.Read(secret[:]) // never fails
	token = hex.EncodeToString(secret[:])
	key, err := vault.TokenKey(token)
	if err != nil {
		return "", id, record, err
	}
	record.publicKey = key.Public()
	record.tokenText = tokenText{
		Prefix:      token[:prefixLength],
		CreatedAt:   time.Now().UTC(),
		Description: cleanDescription(description),
	}
	id, _ = hashToken(token)
	return token, id, record, nil
}

// hashToken returns the hash of what has the form of an API token.
func hashToken(token string) (h hash, ok bool) {
	if len(token) != tokenLength || !isLowerHex(token) {
		return h, false
	}
	return sha256.Sum256([]byte(token)), true
}

func putTenant(tx store.Tx, tenant hash, record tenantRecord) error {
	value, err := record.encode(tenant)
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, metadataKey(tenant), value)
}

// putToken stores a token with all that leads to it. Its tenant's key is not
// sealed to it yet.
func putToken(tx store.Tx, token hash, record tokenRecord) error {
	value, err := record.encode(token)
	if err != nil {
		return err
	}
	if err := tx.Put(bucketTenants, memberKey(record.tenant, token), nil); err != nil {
		return err
	}
	if err := tx.Put(bucketIndex, byPrefixKey(record.Prefix, token), nil); err != nil {
		return err
	}
	return tx.Put(bucketIndex, byHashKey(token), value)
}

// DeleteAPIToken deletes the token with the hash (64 hex digits): from when it
// returns, Authenticate does not know the token. With a tenant's last token,
// the tenant goes and all that is in it. No token of that hash is
// ErrTokenNotFound. After any other error the token may be there or not; a
// further call says which.
func (d *DB) DeleteAPIToken(hash string) error {
	token, ok := parseHash(hash)
	if !ok {
		return fmt.Errorf("delete token: %w", ErrTokenNotFound)
	}
	var record tokenRecord
	err := d.store.Update(func(tx store.Tx) (err error) {
		if record, err = readToken(tx, token); err != nil {
			return err
		}
		return deleteToken(tx, token, record)
	})
	if err != nil {
		return fmt.Errorf("delete token: %w", err)
	}
	d.used.forget(token)
	d.keys.Drop(token)
	d.keys.Drop(record.tenant)
	return nil
}

// readToken returns a token's record, or ErrTokenNotFound.
func readToken(tx store.Tx, token hash) (tokenRecord, error) {
	value, err := tx.Get(bucketIndex, byHashKey(token))
	if err != nil {
		return tokenRecord{}, err
	}
	if value == nil {
		return tokenRecord{}, ErrTokenNotFound
	}
	return decodeToken(token, value)
}

func deleteToken(tx store.Tx, token hash, record tokenRecord) error {
	for _, key := range [][]byte{byHashKey(token), byPrefixKey(record.Prefix, token), lastUsedKey(token)} {
		if err := tx.Delete(bucketIndex, key); err != nil {
			return err
		}
	}
	if err := tx.Delete(bucketTenants, memberKey(record.tenant, token)); err != nil {
		return err
	}
	return deleteEmptyTenant(tx, record.tenant)
}

// deleteEmptyTenant deletes a tenant that has no token left.
func deleteEmptyTenant(tx store.Tx, tenant hash) error {
	prefix := memberPrefix(tenant)
	for key := range tx.Range(bucketTenants, prefix, nil) {
		if _, ok := hashAfter(key, string(prefix)); ok {
			return nil
		}
	}
	// Should the loop have ended with an error, this returns it.
	return tx.DeletePrefix(bucketTenants, tenant[:])
}
