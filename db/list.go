package db

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// pageSize is how many tokens one read transaction lists.
const pageSize = 256

// APITokenMetadata describes an API token without the token.
type APITokenMetadata struct {
	// Hash names the token: 64 hex digits.
	Hash string `json:"hash"`
	// Tenant is the hash of the tenant's first token.
	Tenant string `json:"tenant"`
	// Prefix is the first 8 digits of the token itself. Several tokens may
	// share one. It is 00000000 for one that was taken over from files, until
	// it is presented.
	Prefix    string    `json:"prefix"`
	CreatedAt time.Time `json:"created_at"`
	// LastUsed is nil for a token that never was.
	LastUsed    *time.Time `json:"last_used"`
	Description string     `json:"description"`
	// ExpiresAt is nil for a token that never expires.
	ExpiresAt *time.Time `json:"expires_at"`
	Disabled  bool       `json:"disabled"`
	Scope     Scope      `json:"scope"`
	// Ending tells that another token took this one's place.
	Ending bool `json:"ending"`
	// RekeyPending tells that another token of the tenant ended, and what the
	// tenant stores is not sealed anew yet: that token with an old copy of
	// the file opens it. Or the tenant was taken over, and its key stands in
	// clear. The next presentation of this token ends that.
	RekeyPending bool `json:"rekey_pending"`
}

// ListAPITokens returns all tokens, newest first. Tokens that are added or
// deleted while it runs may be in the list or not. It is never nil without an
// error.
func (d *DB) ListAPITokens() ([]APITokenMetadata, error) {
	return d.listByHash(nil)
}

// FindAPITokens returns the tokens that ref may mean, newest first: ref is the
// 8 digits of a prefix, the 64 of a hash, or a hash's first 12 and "...". Case
// does not matter. Whatever else it is, it means no token.
func (d *DB) FindAPITokens(ref string) ([]APITokenMetadata, error) {
	ref = strings.ToLower(ref)
	if isPrefix(ref) {
		return d.listByPrefix(ref)
	}
	if beginning, ok := parseHashRef(ref); ok {
		return d.listByHash(beginning)
	}
	return []APITokenMetadata{}, nil
}

// parseHashRef returns the bytes with which the hash begins.
func parseHashRef(ref string) (beginning []byte, ok bool) {
	digits, short := strings.CutSuffix(ref, "...")
	if short && len(digits) != 12 || !short && len(digits) != 64 {
		return nil, false
	}
	beginning, err := hex.DecodeString(digits)
	return beginning, err == nil
}

// listByHash returns the tokens whose hash begins with the bytes.
func (d *DB) listByHash(beginning []byte) ([]APITokenMetadata, error) {
	list := []APITokenMetadata{}
	prefix := slices.Concat([]byte(pathByHash), beginning)
	for after := []byte(nil); ; {
		page, last, err := d.page(prefix, after)
		if err != nil {
			return nil, fmt.Errorf("list tokens: %w", err)
		}
		list = append(list, page...)
		if len(page) < pageSize {
			break
		}
		after = last
	}
	sortNewestFirst(list)
	return list, nil
}

// page returns the next tokens, and the key of the last of them.
func (d *DB) page(prefix, after []byte) (page []APITokenMetadata, last []byte, err error) {
	err = d.store.View(func(tx store.Tx) error {
		page = make([]APITokenMetadata, 0, pageSize)
		for key, value := range tx.Range(bucketIndex, prefix, after) {
			token, ok := hashAfter(key, pathByHash)
			if !ok {
				return fmt.Errorf("key %q: %w", key, errFormat)
			}
			metadata, err := d.metadata(tx, token, value)
			if err != nil {
				return err
			}
			page = append(page, metadata)
			if len(page) == pageSize {
				last = bytes.Clone(key)
				break
			}
		}
		return nil
	})
	return page, last, err
}

// listByPrefix needs no pages: that two tokens share a prefix is rare.
func (d *DB) listByPrefix(prefix string) ([]APITokenMetadata, error) {
	var list []APITokenMetadata
	err := d.store.View(func(tx store.Tx) error {
		list = []APITokenMetadata{}
		path := sharedPrefix(prefix)
		for key := range tx.Range(bucketIndex, path, nil) {
			token, ok := hashAfter(key, string(path))
			if !ok {
				return fmt.Errorf("key %q: %w", key, errFormat)
			}
			metadata, err := d.metadataOf(tx, token)
			if err != nil {
				return err
			}
			list = append(list, metadata)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find tokens: %w", err)
	}
	sortNewestFirst(list)
	return list, nil
}

func (d *DB) metadataOf(tx store.Tx, token hash) (APITokenMetadata, error) {
	value, err := tx.Get(bucketIndex, byHashKey(token))
	if err != nil {
		return APITokenMetadata{}, err
	}
	return d.metadata(tx, token, value)
}

// metadata describes the token that has value as its record.
func (d *DB) metadata(tx store.Tx, token hash, value []byte) (APITokenMetadata, error) {
	record, err := decodeToken(token, value)
	if err != nil {
		return APITokenMetadata{}, err
	}
	used, err := d.lastUsed(tx, token)
	if err != nil {
		return APITokenMetadata{}, err
	}
	scope, err := decodeScope(record.scope)
	if err != nil {
		return APITokenMetadata{}, fmt.Errorf("token %s: %w", token, err)
	}
	return APITokenMetadata{
		Hash:         token.String(),
		Tenant:       record.tenant.String(),
		Prefix:       record.Prefix,
		CreatedAt:    record.CreatedAt,
		LastUsed:     used,
		Description:  record.Description,
		ExpiresAt:    record.expiresAt(),
		Disabled:     record.disabled,
		Scope:        scope,
		Ending:       record.ending,
		RekeyPending: record.rekey,
	}, nil
}

func sortNewestFirst(list []APITokenMetadata) {
	slices.SortFunc(list, func(a, b APITokenMetadata) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.Hash, b.Hash))
	})
}

// TenantTokens returns the tokens of the tenant with the hash, newest first.
// ErrTenantNotFound: there is no such tenant.
func (d *DB) TenantTokens(tenantHash string) ([]APITokenMetadata, error) {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return nil, err
	}
	var list []APITokenMetadata
	err = d.store.View(func(tx store.Tx) error {
		list = []APITokenMetadata{}
		if _, err := readTenant(tx, t.hash); err != nil {
			return err
		}
		for _, token := range tokensOf(tx, t.hash) {
			metadata, err := d.metadataOf(tx, token)
			if err != nil {
				return err
			}
			list = append(list, metadata)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("tokens of tenant %s: %w", t.ShortID(), err)
	}
	sortNewestFirst(list)
	return list, nil
}
