package db

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// tokenRecord is the value of by_hash.
type tokenRecord struct {
	tenant hash
	// publicKey is all zeros for a token that was taken over and not presented
	// since.
	publicKey vault.PublicKey
	limits
	tokenText
}

// isUnknown reports whether the token's public key is not known yet.
func (r tokenRecord) isUnknown() bool { return r.publicKey == vault.PublicKey{} }

// tokenText is what people see of a token. Authentication does not read it.
type tokenText struct {
	Prefix      string    `json:"prefix"`
	CreatedAt   time.Time `json:"created_at"`
	Description string    `json:"description"`
}

func (r tokenRecord) encode(token hash) ([]byte, error) {
	text, err := json.Marshal(r.tokenText)
	if err != nil {
		return nil, err
	}
	limited, err := r.limits.encode()
	if err != nil {
		return nil, err
	}
	version := byte(recordVersion)
	if limited != nil {
		version = limitsVersion
	}
	return withVersion(version, token, slices.Concat(r.tenant[:], r.publicKey[:], limited, text)), nil
}

// splitToken reads what authentication needs, and returns the JSON that
// follows.
func splitToken(token hash, value []byte) (r tokenRecord, text []byte, err error) {
	version, content, err := splitHead(token, value)
	if err != nil || len(content) < tokenSize {
		return r, nil, fmt.Errorf("token %s: %w", token, errFormat)
	}
	copy(r.tenant[:], content)
	copy(r.publicKey[:], content[len(r.tenant):])
	text = content[tokenSize:]
	switch version {
	case recordVersion:
	case limitsVersion:
		r.limits, text, err = decodeLimits(text)
	default:
		err = errFormat
	}
	if err != nil {
		return r, nil, fmt.Errorf("token %s: %w", token, err)
	}
	return r, text, nil
}

func decodeToken(token hash, value []byte) (tokenRecord, error) {
	r, text, err := splitToken(token, value)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r.tokenText); err != nil || !isPrefix(r.Prefix) || r.CreatedAt.IsZero() {
		return r, fmt.Errorf("token %s: %w", token, errFormat)
	}
	return r, nil
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

// write stores the record, and no more.
func (r tokenRecord) write(tx store.Tx, token hash) error {
	value, err := r.encode(token)
	if err != nil {
		return err
	}
	return tx.Put(bucketIndex, byHashKey(token), value)
}

// putToken stores a token with all that leads to it. Its tenant's key is not
// sealed to it yet.
func putToken(tx store.Tx, token hash, record tokenRecord) error {
	if err := record.write(tx, token); err != nil {
		return err
	}
	if err := tx.Put(bucketTenants, memberKey(record.tenant, token), nil); err != nil {
		return err
	}
	return tx.Put(bucketIndex, byPrefixKey(record.Prefix, token), nil)
}

// deleteToken deletes a token and, if it was the last, its tenant.
func deleteToken(tx store.Tx, token hash, record tokenRecord) error {
	keys := [][]byte{byHashKey(token), byPrefixKey(record.Prefix, token), lastUsedKey(token)}
	if record.ending {
		keys = append(keys, endingKey(record.expires, token))
	}
	for _, key := range keys {
		if err := tx.Delete(bucketIndex, key); err != nil {
			return err
		}
	}
	if err := tx.Delete(bucketTenants, memberKey(record.tenant, token)); err != nil {
		return err
	}
	return deleteEmptyTenant(tx, record.tenant)
}

// tokensOf returns the tokens of a tenant.
func tokensOf(tx store.Tx, tenant hash) []hash {
	var tokens []hash
	prefix := memberPrefix(tenant)
	for key := range tx.Range(bucketTenants, prefix, nil) {
		if token, ok := hashAfter(key, string(prefix)); ok {
			tokens = append(tokens, token)
		}
	}
	return tokens // an error of Range ends the transaction by itself
}

// deleteEmptyTenant deletes a tenant that has no token left.
func deleteEmptyTenant(tx store.Tx, tenant hash) error {
	if len(tokensOf(tx, tenant)) > 0 {
		return nil
	}
	// Should listing have ended with an error, this returns it.
	if err := tx.Delete(bucketSystem, statsKey(tenant)); err != nil {
		return err
	}
	return tx.DeletePrefix(bucketTenants, tenant[:])
}
