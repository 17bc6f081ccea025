package db

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/PivotLLM/MCPFusion/db/vault"
)

// The keys, and the format of their values. {tenant} and {token} are hashes
// as 32 raw bytes, {prefix} is 8 lower-case hex digits; everything else stands
// as it is. A hash that is in the key is not in the value.
//
//	bucket api_tokens
//	{tenant}/metadata              version 1, then JSON {created_at}
//	{tenant}/keys/{token}          empty: this token is the tenant's
//
//	bucket token_index
//	by_hash/{token}                version 1, tenant (32 bytes), the token's public key
//	                               (32 bytes), then JSON {prefix, created_at, description}
//	by_prefix/{prefix}/{token}     empty
//	last_used/{token}              Unix time in nanoseconds, 8 bytes big-endian
//
//	bucket system
//	schema_version                 "2"
//
// "version 1" is one byte of that value. Times in JSON are RFC 3339 in UTC.
const (
	bucketTenants = "api_tokens"
	bucketIndex   = "token_index"
	bucketSystem  = "system"

	pathMetadata = "/metadata"
	pathKeys     = "/keys/"
	pathByHash   = "by_hash/"
	pathByPrefix = "by_prefix/"
	pathLastUsed = "last_used/"

	recordVersion = 1
	prefixLength  = 8
	headSize      = 1 + sha256.Size + vault.PublicKeySize
)

var schemaKey = []byte("schema_version")

var errFormat = errors.New("value has an unknown format")

// hash is the SHA-256 sum of an API token's 64 characters. It names the token,
// and that of a tenant's first token the tenant.
type hash [sha256.Size]byte

// String returns the 64 hex digits that people see.
func (h hash) String() string { return hex.EncodeToString(h[:]) }

// parseHash reads 64 hex digits of either case.
func parseHash(s string) (h hash, ok bool) {
	if len(s) != hex.EncodedLen(len(h)) {
		return h, false
	}
	_, err := hex.Decode(h[:], []byte(s))
	return h, err == nil
}

func metadataKey(tenant hash) []byte { return slices.Concat(tenant[:], []byte(pathMetadata)) }

// memberPrefix is that of the keys of all tokens of a tenant.
func memberPrefix(tenant hash) []byte { return slices.Concat(tenant[:], []byte(pathKeys)) }

func memberKey(tenant, token hash) []byte { return slices.Concat(memberPrefix(tenant), token[:]) }

func byHashKey(token hash) []byte { return slices.Concat([]byte(pathByHash), token[:]) }

func lastUsedKey(token hash) []byte { return slices.Concat([]byte(pathLastUsed), token[:]) }

func byPrefixKey(prefix string, token hash) []byte {
	return slices.Concat(sharedPrefix(prefix), token[:])
}

// sharedPrefix is that of the keys of all tokens with one prefix.
func sharedPrefix(prefix string) []byte { return []byte(pathByPrefix + prefix + "/") }

// hashAfter reads the hash that is all of key behind path.
func hashAfter(key []byte, path string) (h hash, ok bool) {
	rest, found := bytes.CutPrefix(key, []byte(path))
	if !found || len(rest) != len(h) {
		return h, false
	}
	return hash(rest), true
}

// tokenRecord is the value of by_hash.
type tokenRecord struct {
	tenant    hash
	publicKey [vault.PublicKeySize]byte
	tokenText
}

// tokenText is what people see of a token. Authentication does not read it.
type tokenText struct {
	Prefix      string    `json:"prefix"`
	CreatedAt   time.Time `json:"created_at"`
	Description string    `json:"description"`
}

func (r tokenRecord) encode() ([]byte, error) {
	text, err := json.Marshal(r.tokenText)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte{recordVersion}, r.tenant[:], r.publicKey[:], text), nil
}

// tokenTenant reads only what authentication needs.
func tokenTenant(value []byte) (tenant hash, err error) {
	if len(value) < headSize || value[0] != recordVersion {
		return tenant, fmt.Errorf("token: %w", errFormat)
	}
	return hash(value[1 : 1+len(tenant)]), nil
}

func decodeToken(value []byte) (r tokenRecord, err error) {
	if r.tenant, err = tokenTenant(value); err != nil {
		return r, err
	}
	copy(r.publicKey[:], value[1+len(r.tenant):])
	if err := json.Unmarshal(value[headSize:], &r.tokenText); err != nil || !isPrefix(r.Prefix) || r.CreatedAt.IsZero() {
		return r, fmt.Errorf("token: %w", errFormat)
	}
	return r, nil
}

// isPrefix reports whether s is 8 lower-case hex digits.
func isPrefix(s string) bool { return len(s) == prefixLength && isLowerHex(s) }

func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// tenantRecord is the value of a tenant's metadata.
type tenantRecord struct {
	CreatedAt time.Time `json:"created_at"`
}

func (r tenantRecord) encode() ([]byte, error) {
	text, err := json.Marshal(r)
	return append([]byte{recordVersion}, text...), err
}

func decodeTenant(value []byte) (r tenantRecord, err error) {
	if len(value) == 0 || value[0] != recordVersion || json.Unmarshal(value[1:], &r) != nil || r.CreatedAt.IsZero() {
		return r, fmt.Errorf("tenant: %w", errFormat)
	}
	return r, nil
}

func encodeTime(nanoseconds int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(nanoseconds))
}

func decodeTime(value []byte) (time.Time, error) {
	if len(value) != 8 {
		return time.Time{}, fmt.Errorf("time: %w", errFormat)
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(value))).UTC(), nil
}
