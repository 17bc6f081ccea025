package db

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
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

// checksum covers every version but the first, which is older than the rest:
// so no flipped bit makes one version of another.
func checksum(version byte, owner hash, content []byte) uint32 {
	sum := crc32.Update(crc32.Checksum(owner[:], castagnoli), castagnoli, content)
	if version != recordVersion {
		sum = crc32.Update(sum, castagnoli, []byte{version})
	}
	return sum
}

// withHead makes a value of the content that belongs to a token or tenant.
func withHead(owner hash, content []byte) []byte { return withVersion(recordVersion, owner, content) }

func withVersion(version byte, owner hash, content []byte) []byte {
	value := append(make([]byte, 0, headSize+len(content)), version)
	return append(binary.BigEndian.AppendUint32(value, checksum(version, owner, content)), content...)
}

// withoutHead returns the content of a value, if it is what was stored.
func withoutHead(owner hash, value []byte) (content []byte, err error) {
	version, content, err := splitHead(owner, value)
	if err == nil && version != recordVersion {
		err = errFormat
	}
	return content, err
}

func splitHead(owner hash, value []byte) (version byte, content []byte, err error) {
	if len(value) < headSize {
		return 0, nil, errFormat
	}
	version, content = value[0], value[headSize:]
	if binary.BigEndian.Uint32(value[1:]) != checksum(version, owner, content) {
		return 0, nil, errFormat
	}
	return version, content, nil
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
