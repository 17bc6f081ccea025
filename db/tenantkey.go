package db

import (
	"errors"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

const (
	// keyIdle is how long an opened tenant key stays in memory without use.
	keyIdle = 15 * time.Minute
	// maxOpenKeys bounds how many there are.
	maxOpenKeys = 10_000
)

// sealedKeySize is the length of a sealed private key in bytes.
const sealedKeySize = 32 + vault.Overhead

// errKeyNotOpen says that the keyring does not have the tenant's present key.
// It stays within this package.
var errKeyNotOpen = errors.New("tenant key is not open")

// keyPlace is where a tenant's private key stands, sealed to one of its API
// tokens or to the recovery key.
func keyPlace(tenant hash, holder string) vault.Place {
	return vault.Place{Tenant: tenant, Kind: "tenant_key", Name: holder}
}

func sealKey(to vault.PublicKey, tenant hash, holder string, key vault.PrivateKey) ([]byte, error) {
	plain, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	return vault.Seal(to, keyPlace(tenant, holder), plain)
}

// readTenant returns a tenant's record, or ErrTenantNotFound.
func readTenant(tx store.Tx, tenant hash) (tenantRecord, error) {
	value, err := tx.Get(bucketTenants, metadataKey(tenant))
	if err != nil {
		return tenantRecord{}, err
	}
	if value == nil {
		return tenantRecord{}, ErrTenantNotFound
	}
	return decodeTenant(tenant, value)
}

// key returns the tenant's private key if the keyring has it and it still is
// the tenant's, else errKeyNotOpen: a re-keying may have come between.
func (t *Tenant) key(tx store.Tx) (vault.PrivateKey, error) {
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return vault.PrivateKey{}, err
	}
	key := t.db.keys.Get(t.hash, time.Now())
	if key.IsZero() || key.Public() != record.publicKey() {
		return vault.PrivateKey{}, errKeyNotOpen
	}
	return key, nil
}

// withKey runs a transaction, and opens the tenant's key first where that is
// necessary and possible. Without the API token it is not: then it is
// ErrLocked.
func (t *Tenant) withKey(run func() error) error {
	err := run()
	if !errors.Is(err, errKeyNotOpen) {
		return err
	}
	if t.secret.IsEmpty() {
		return ErrLocked
	}
	if err := t.unlock(); err != nil {
		return err
	}
	if err := run(); !errors.Is(err, errKeyNotOpen) {
		return err
	}
	return ErrLocked // the key was changed or dropped again in this moment
}

// unlock opens the tenant's private key with the API token and puts it on the
// keyring. A tenant from before there were keys gets one.
func (t *Tenant) unlock() error {
	own, err := vault.TokenKey(t.secret.Reveal())
	if err != nil {
		return ErrInvalidToken
	}
	var key vault.PrivateKey
	var complete bool
	err = t.db.store.View(func(tx store.Tx) (err error) {
		key, complete, err = t.openKey(tx, own)
		return err
	})
	if err == nil && !complete {
		err = t.db.store.Update(func(tx store.Tx) (err error) {
			key, err = t.completeKey(tx, own)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("open the key of tenant %s: %w", t.ShortID(), err)
	}
	t.db.keys.Put(t.hash, key, time.Now())
	return nil
}

// completeKey makes what openKey found missing: the key itself, or its sealing
// to the present recovery key.
func (t *Tenant) completeKey(tx store.Tx, own vault.PrivateKey) (vault.PrivateKey, error) {
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return vault.PrivateKey{}, err
	}
	if !record.hasKey() {
		key, err := vault.NewPrivateKey()
		if err != nil {
			return key, err
		}
		return key, putTenantKey(tx, t.hash, record, key)
	}
	key, complete, err := t.openKey(tx, own)
	if err != nil || complete {
		return key, err
	}
	return key, putRecovery(tx, t.hash, key)
}

// openKey opens the tenant's private key. That its public half is the stored
// one shows that nobody replaced the latter, to have secrets sealed to a key
// of their own. It is not complete when the tenant has no key at all, or one
// that is not sealed to the present recovery key.
func (t *Tenant) openKey(tx store.Tx, own vault.PrivateKey) (key vault.PrivateKey, complete bool, err error) {
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return key, false, err
	}
	sealed, err := tx.Get(bucketTenants, memberKey(t.hash, t.token))
	switch {
	case err != nil:
		return key, false, err
	case sealed == nil:
		return key, false, ErrInvalidToken // deleted meanwhile
	case !record.hasKey():
		return key, false, nil
	}
	plain, err := own.Open(keyPlace(t.hash, t.token.String()), sealed)
	if err != nil {
		return key, false, err
	}
	if key, err = vault.ParsePrivateKey(plain); err != nil {
		return key, false, err
	}
	if key.Public() != record.publicKey() {
		return key, false, ErrTampered
	}
	complete, err = isRecoveryCurrent(tx, t.hash)
	return key, complete, err
}

// member is an API token of a tenant.
type member struct {
	token  hash
	record tokenRecord
}

// members returns the tokens of a tenant.
func members(tx store.Tx, tenant hash) ([]member, error) {
	var tokens []hash
	prefix := memberPrefix(tenant)
	for key := range tx.Range(bucketTenants, prefix, nil) {
		if token, ok := hashAfter(key, string(prefix)); ok {
			tokens = append(tokens, token)
		}
	}
	list := make([]member, 0, len(tokens))
	for _, token := range tokens {
		value, err := tx.Get(bucketIndex, byHashKey(token))
		if err != nil {
			return nil, err
		}
		record, err := decodeToken(token, value)
		if err != nil {
			return nil, err
		}
		list = append(list, member{token, record})
	}
	return list, nil
}

// putTenantKey makes key the tenant's: it stores the public half, and the
// private one sealed to each of the tenant's tokens and to the recovery key.
func putTenantKey(tx store.Tx, tenant hash, record tenantRecord, key vault.PrivateKey) error {
	public := key.Public()
	record.Key = public[:]
	if err := putTenant(tx, tenant, record); err != nil {
		return err
	}
	all, err := members(tx, tenant)
	if err != nil {
		return err
	}
	for _, m := range all {
		sealed, err := sealKey(m.record.publicKey, tenant, m.token.String(), key)
		if err != nil {
			return err
		}
		if err := tx.Put(bucketTenants, memberKey(tenant, m.token), sealed); err != nil {
			return err
		}
	}
	return putRecovery(tx, tenant, key)
}
