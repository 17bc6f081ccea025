package db

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"slices"

	"github.com/PivotLLM/MCPFusion/db/vault"
)

// The keys, and the format of their values. {tenant} and {token} are hashes
// as 32 raw bytes, {prefix} is 8 lower-case hex digits; everything else stands
// as it is. A hash that is in the key is not in the value.
//
//	bucket api_tokens
//	{tenant}/metadata              head, then JSON {created_at, public_key}
//	{tenant}/keys/{token}          proof of membership (32 bytes), tenant's private key sealed to
//	                               this token of the tenant
//	{tenant}/keys/temporary        head, then the tenant's private key in clear: of a tenant that
//	                               was taken over, until its token is presented
//	{tenant}/keys/recovery         recovery public key (32 bytes), tenant's private key sealed to it
//	{tenant}/oauth_tokens/{service}
//	{tenant}/service_credentials/{kind}/{service}
//	                               head, length of the hint (2 bytes big-endian), the hint as
//	                               JSON {created_at, updated_at, expires_at, scope, needs_sign_in,
//	                               last_refresh, last_error}, sealed JSON
//
//	bucket token_index
//	by_hash/{token}                head, tenant (32 bytes), the token's public key
//	                               (32 bytes; zeros for a token that was taken over, until it
//	                               is presented), then JSON {prefix, created_at, description};
//	                               where the token has limits, they stand before the JSON and
//	                               the head's first byte is 2: expiry as Unix time in seconds
//	                               (8 bytes), flags (1 byte: 1 disabled, 2 the tenant's key is to
//	                               be replaced, 4 ending), length of the scope (2 bytes), scope
//	                               as JSON {services, tools, read_only}
//	by_prefix/{prefix}/{token}     empty
//	ending/{expiry}{token}         empty; the expiry of a token with the flag ending, as it
//	                               stands there
//	last_used/{token}              head, then Unix time in nanoseconds, 8 bytes big-endian
//
//	bucket system
//	schema_version                 "2"
//	recovery_public_key            32 bytes
//	taken_over/{token}             empty; so that what was deleted is not taken over again
//	stats/{tenant}                 head, then calls, failed calls, and when the last was as Unix time
//	                               in nanoseconds, 8 bytes each
//
// The head is a byte of value 1, and in 4 bytes big-endian the CRC-32C of the
// hash in the key and what follows the head, and of the first byte where that
// is not 1: the engine does not notice a byte that has become another one.
// Numbers are big-endian. Times in JSON are RFC 3339 in UTC. Package vault
// says what sealed is.
const (
	bucketTenants = "api_tokens"
	bucketIndex   = "token_index"
	bucketSystem  = "system"

	pathMetadata = "/metadata"
	pathKeys     = "/keys/"
	pathByHash   = "by_hash/"
	pathByPrefix = "by_prefix/"
	pathLastUsed = "last_used/"
	pathEnding   = "ending/"

	// Below a tenant, between slashes.
	slotOAuth       = "oauth_tokens"
	slotCredentials = "service_credentials"

	recordVersion = 1
	limitsVersion = 2 // of a token's value that has limits
	prefixLength  = 8
	headSize      = 1 + crc32.Size
	tokenSize     = sha256.Size + vault.PublicKeySize
)

var schemaKey = []byte("schema_version")

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

// endingKey makes the tokens that end stand in the order in which they do.
func endingKey(expires int64, token hash) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(pathEnding), uint64(expires)), token[:]...)
}

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
