package mcpserver

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// stateLife is how long a person may take to answer.
const stateLife = 10 * time.Minute

// maxState is the longest requestState that is looked at, in bytes. One of ours
// has a key of a service, some 50 bytes beside that, and a third more.
const maxState = 1 << 10

// errState is returned for a requestState that is none for this call, or has
// expired.
var errState = errors.New("mcpserver: not a state of this call")

// sealState makes the requestState of a call that waits for its service to be
// connected. Nobody but this gateway reads it or makes one up (AES-256-GCM), and
// it opens for the same call of the same tenant only.
func sealState(tenant *db.Tenant, w toolRequest, now time.Time) (string, error) {
	seal, err := stateSeal(tenant)
	if err != nil {
		return "", err
	}
	plain := binary.BigEndian.AppendUint64(nil, uint64(now.Add(stateLife).Unix()))
	plain = append(plain, w.tool.Service...)
	return base64.RawURLEncoding.EncodeToString(seal.Seal(nil, nil, plain, w.boundTo(tenant))), nil
}

// openState returns errState unless the state was sealed for the call. Another
// error means that the tenant's key does not open.
func openState(tenant *db.Tenant, w toolRequest, state string, now time.Time) error {
	if len(state) > maxState {
		return errState
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil {
		return errState
	}
	seal, err := stateSeal(tenant)
	if err != nil {
		return err
	}
	plain, err := seal.Open(nil, nil, sealed, w.boundTo(tenant))
	if err != nil || len(plain) < 8 || string(plain[8:]) != w.tool.Service {
		return errState
	}
	if uint64(now.Unix()) >= binary.BigEndian.Uint64(plain) {
		return errState
	}
	return nil
}

// stateSeal makes a nonce for each state, and puts it in front.
func stateSeal(tenant *db.Tenant) (cipher.AEAD, error) {
	key, err := tenant.DeriveKey("mcp request state", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// boundTo names the call whose state it is. JSON keeps the parts apart.
func (w toolRequest) boundTo(tenant *db.Tenant) []byte {
	bound, _ := json.Marshal([]any{tenant.Hash(), w.called.Name, sha256.Sum256(canonical(w.called.RawArguments))}) // always can be
	return bound
}

// canonical spells the same arguments in the same way: a client may write them
// anew when it calls again.
func canonical(arguments json.RawMessage) []byte {
	d := json.NewDecoder(bytes.NewReader(arguments))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil || value == nil {
		return []byte("{}") // none; what is no JSON has been refused
	}
	spelled, _ := json.Marshal(value) // always can be
	return spelled
}
