package db

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// errFormat is met in what this version cannot have written.
var errFormat error = formatError{}

// formatError is store.ErrCorrupt with a text of its own.
type formatError struct{}

func (formatError) Error() string { return "damaged, or written by another version" }

func (formatError) Is(target error) bool { return target == store.ErrCorrupt }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(owner hash, content []byte) uint32 {
	return crc32.Update(crc32.Checksum(owner[:], castagnoli), castagnoli, content)
}

// withHead makes a value of the content that belongs to a token or tenant.
func withHead(owner hash, content []byte) []byte {
	value := append(make([]byte, 0, headSize+len(content)), recordVersion)
	return append(binary.BigEndian.AppendUint32(value, checksum(owner, content)), content...)
}

// withoutHead returns the content of a value, if it is what was stored.
func withoutHead(owner hash, value []byte) (content []byte, err error) {
	if len(value) < headSize || value[0] != recordVersion {
		return nil, errFormat
	}
	content = value[headSize:]
	if binary.BigEndian.Uint32(value[1:]) != checksum(owner, content) {
		return nil, errFormat
	}
	return content, nil
}

// tokenRecord is the value of by_hash.
type tokenRecord struct {
	tenant    hash
	publicKey vault.PublicKey
	tokenText
}

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
	return withHead(token, slices.Concat(r.tenant[:], r.publicKey[:], text)), nil
}

// tokenTenant reads only what authentication needs.
func tokenTenant(token hash, value []byte) (tenant hash, err error) {
	content, err := withoutHead(token, value)
	if err != nil || len(content) < tokenSize {
		return tenant, fmt.Errorf("token %s: %w", token, errFormat)
	}
	return hash(content[:len(tenant)]), nil
}

func decodeToken(token hash, value []byte) (r tokenRecord, err error) {
	if r.tenant, err = tokenTenant(token, value); err != nil {
		return r, err
	}
	content := value[headSize:]
	copy(r.publicKey[:], content[len(r.tenant):])
	if err := json.Unmarshal(content[tokenSize:], &r.tokenText); err != nil || !isPrefix(r.Prefix) || r.CreatedAt.IsZero() {
		return r, fmt.Errorf("token %s: %w", token, errFormat)
	}
	return r, nil
}

// tenantRecord is the value of a tenant's metadata.
type tenantRecord struct {
	CreatedAt time.Time `json:"created_at"`
	// Key is the public key; a tenant from before there were keys has none
	// until its token is presented.
	Key []byte `json:"public_key,omitempty"`
}

func (r tenantRecord) hasKey() bool { return len(r.Key) == vault.PublicKeySize }

// publicKey is all zeros, which nothing can be sealed to, where there is none.
func (r tenantRecord) publicKey() (key vault.PublicKey) {
	copy(key[:], r.Key)
	return key
}

func (r tenantRecord) encode(tenant hash) ([]byte, error) {
	text, err := json.Marshal(r)
	return withHead(tenant, text), err
}

func decodeTenant(tenant hash, value []byte) (r tenantRecord, err error) {
	text, err := withoutHead(tenant, value)
	if err != nil || json.Unmarshal(text, &r) != nil || r.CreatedAt.IsZero() || (len(r.Key) > 0 && !r.hasKey()) {
		return r, fmt.Errorf("tenant %s: %w", tenant, errFormat)
	}
	return r, nil
}

func encodeTime(token hash, nanoseconds int64) []byte {
	return withHead(token, binary.BigEndian.AppendUint64(nil, uint64(nanoseconds)))
}

func decodeTime(token hash, value []byte) (time.Time, error) {
	content, err := withoutHead(token, value)
	if err != nil || len(content) != 8 {
		return time.Time{}, fmt.Errorf("last use of token %s: %w", token, errFormat)
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(content))).UTC(), nil
}
