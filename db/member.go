package db

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// member is an API token of a tenant, to which the tenant's key is sealed.
type member struct {
	token     hash
	publicKey vault.PublicKey
}

// mac proves that who made a member had the tenant's key: HMAC-SHA256 over
// tenant, token and the token's public key. Without it, somebody who can write
// the file could add a token of their own to a tenant, and the next re-keying
// would seal the new key to it.
func (m member) mac(tenant hash, key vault.PrivateKey) ([]byte, error) {
	secret, err := key.Derive("members", sha256.Size)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	h.Write(tenant[:])
	h.Write(m.token[:])
	h.Write(m.publicKey[:])
	return h.Sum(nil), nil
}

// seal returns the tenant's key as it is stored for the member: the proof, and
// then the key sealed to the token.
func (m member) seal(tenant hash, key vault.PrivateKey) ([]byte, error) {
	mac, err := m.mac(tenant, key)
	if err != nil {
		return nil, err
	}
	sealed, err := sealKey(m.publicKey, tenant, m.token.String(), key)
	if err != nil {
		return nil, err
	}
	return slices.Concat(mac, sealed), nil
}

// put stores the tenant's key for the member.
func (m member) put(tx store.Tx, tenant hash, key vault.PrivateKey) error {
	value, err := m.seal(tenant, key)
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, memberKey(tenant, m.token), value)
}

// check returns ErrTampered for a member that nobody with the key has made.
func (m member) check(tenant hash, key vault.PrivateKey, value []byte) error {
	mac, err := m.mac(tenant, key)
	if err != nil {
		return err
	}
	if len(value) < len(mac) || !hmac.Equal(mac, value[:len(mac)]) {
		return ErrTampered
	}
	return nil
}

// openMember opens the tenant's key with a token's own.
func openMember(tenant, token hash, own vault.PrivateKey, value []byte) (vault.PrivateKey, error) {
	if len(value) < sha256.Size {
		return vault.PrivateKey{}, ErrTampered
	}
	plain, err := own.Open(keyPlace(tenant, token.String()), value[sha256.Size:])
	if err != nil {
		return vault.PrivateKey{}, err
	}
	key, err := vault.ParsePrivateKey(plain)
	if err != nil {
		return key, err
	}
	return key, member{token, own.Public()}.check(tenant, key, value)
}

// members returns the tokens of a tenant, all proven with its key.
func members(tx store.Tx, tenant hash, key vault.PrivateKey) ([]member, error) {
	var list []member
	prefix := memberPrefix(tenant)
	for path, value := range tx.Range(bucketTenants, prefix, nil) {
		token, ok := hashAfter(path, string(prefix))
		if !ok {
			continue // the sealing to the recovery key
		}
		record, err := readToken(tx, token)
		if err != nil {
			return nil, err
		}
		if len(value) == 0 && (record.ending || record.isUnknown()) {
			continue // its sealing was dropped, or never was
		}
		m := member{token, record.publicKey}
		if err := m.check(tenant, key, value); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}
