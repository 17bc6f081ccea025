package db

import (
	"fmt"
	"slices"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// A tenant that was taken over from another database has no token at hand to
// seal its key to. The key stands in clear until the token is presented.

// pathTakenOver has each token that ever was taken over, in the bucket system:
// one that was deleted since must not come back with another run.
const pathTakenOver = "taken_over/"

func takenOverKey(token hash) []byte { return slices.Concat([]byte(pathTakenOver), token[:]) }

var pathTemporary = pathKeys + "temporary"

func temporarySlot(tenant hash) []byte { return slices.Concat(tenant[:], []byte(pathTemporary)) }

func putTemporary(tx store.Tx, tenant hash, key vault.PrivateKey) error {
	plain, err := key.Bytes()
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, temporarySlot(tenant), withHead(tenant, plain))
}

// temporaryKey returns the zero key where there is none.
func temporaryKey(tx store.Tx, tenant hash) (vault.PrivateKey, error) {
	value, err := tx.Get(bucketTenants, temporarySlot(tenant))
	if value == nil || err != nil {
		return vault.PrivateKey{}, err
	}
	plain, err := withoutHead(tenant, value)
	if err != nil {
		return vault.PrivateKey{}, fmt.Errorf("temporary key of tenant %s: %w", tenant, err)
	}
	return vault.ParsePrivateKey(plain)
}

// endTemporary seals a key that stood in clear to the token that was presented.
func (t *Tenant) endTemporary(tx store.Tx, own, key vault.PrivateKey) error {
	value, err := tx.Get(bucketTenants, temporarySlot(t.hash))
	if value == nil || err != nil {
		return err
	}
	if err := tx.Delete(bucketTenants, temporarySlot(t.hash)); err != nil {
		return err
	}
	record, err := readToken(tx, t.token)
	if err != nil {
		return err
	}
	record.publicKey = own.Public()
	if err := record.setPrefix(tx, t.token, t.secret.Reveal()[:prefixLength]); err != nil {
		return err
	}
	if err := record.write(tx, t.token); err != nil {
		return err
	}
	return member{t.token, record.publicKey}.put(tx, t.hash, key)
}

// unknownPrefix is that of a token of which only the hash was found, until it
// is presented.
const unknownPrefix = "00000000"

// setPrefix moves the token's entry in the index. The record is not written.
func (r *tokenRecord) setPrefix(tx store.Tx, token hash, prefix string) error {
	if r.Prefix == prefix {
		return nil
	}
	if err := tx.Delete(bucketIndex, byPrefixKey(r.Prefix, token)); err != nil {
		return err
	}
	r.Prefix = prefix
	return tx.Put(bucketIndex, byPrefixKey(prefix, token), nil)
}
