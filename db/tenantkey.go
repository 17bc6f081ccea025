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

// maxUnlocks is how often a key is opened for one transaction, where others
// drop it from the keyring in between.
const maxUnlocks = 5

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
	if err := t.checkMember(tx); err != nil {
		return vault.PrivateKey{}, err
	}
	key := t.db.keys.Get(t.ringed(), time.Now())
	switch {
	case key.IsZero():
		return key, errKeyNotOpen
	case key.Public() == record.publicKey():
		return key, nil
	case t.secret.IsEmpty():
		return vault.PrivateKey{}, errKeyNotOpen
	}
	return t.overtaken(tx)
}

// checkMember returns ErrInvalidToken for a token that was deleted meanwhile.
func (t *Tenant) checkMember(tx store.Tx) error {
	if t.secret.IsEmpty() {
		return nil
	}
	value, err := tx.Get(bucketTenants, memberKey(t.hash, t.token))
	if err == nil && value == nil {
		err = ErrInvalidToken
	}
	return err
}

// overtaken opens the key at once, where the one on the keyring is not the
// tenant's any more: a re-keying was faster, and the next may be so again.
func (t *Tenant) overtaken(tx store.Tx) (vault.PrivateKey, error) {
	own, err := vault.TokenKey(t.secret.Reveal())
	if err != nil {
		return vault.PrivateKey{}, ErrInvalidToken
	}
	key, _, err := t.openKey(tx, own)
	if err == nil && key.IsZero() {
		err = errKeyNotOpen
	}
	return key, err
}

// withKey runs a transaction, and opens the tenant's key first where that is
// necessary and possible. Without the API token it is not: then it is
// ErrLocked.
func (t *Tenant) withKey(run func() error) error {
	for range maxUnlocks {
		err := run()
		if !errors.Is(err, errKeyNotOpen) {
			return err
		}
		if t.secret.IsEmpty() {
			return ErrLocked
		}
		if err := t.unlock(); err != nil { // the next run may find it changed again
			return err
		}
	}
	return ErrLocked
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
	t.keep(key)
	return nil
}

// ringed is under what the keyring has the key: a token that was presented must
// have opened it itself, so that one which somebody planted reads nothing.
func (t *Tenant) ringed() hash {
	if t.secret.IsEmpty() {
		return t.hash
	}
	return t.token
}

// keep puts the key on the keyring, for this token and for access by hash,
// unless the token was deleted meanwhile: a deletion that comes later finds the
// key there and drops it.
func (t *Tenant) keep(key vault.PrivateKey) {
	now := time.Now()
	t.db.keys.Put(t.hash, key, now)
	t.db.keys.Put(t.ringed(), key, now)
	err := t.db.store.View(func(tx store.Tx) error {
		_, err := t.key(tx)
		return err
	})
	if err != nil {
		t.db.keys.Drop(t.hash)
		t.db.keys.Drop(t.ringed())
	}
}

// completeKey makes what openKey found missing: the key itself, or its sealing
// to the present recovery key. A former recovery key is shut out by a new key.
func (t *Tenant) completeKey(tx store.Tx, own vault.PrivateKey) (vault.PrivateKey, error) {
	key, complete, err := t.openKey(tx, own)
	switch {
	case err != nil || complete:
		return key, err
	case key.IsZero():
		return t.firstKey(tx, own)
	}
	former, err := t.db.recovery.hasFormer(tx, t.hash)
	if err != nil {
		return key, err
	}
	if !former {
		return key, t.db.recovery.put(tx, t.hash, key)
	}
	next, err := vault.NewPrivateKey()
	if err != nil {
		return next, err
	}
	return next, t.rekey(tx, key, next)
}

// firstKey gives a tenant from before there were keys one, sealed to the
// presented token alone: no other could show that it is not planted.
func (t *Tenant) firstKey(tx store.Tx, own vault.PrivateKey) (vault.PrivateKey, error) {
	if err := neverHadKey(tx, t.hash); err != nil {
		return vault.PrivateKey{}, err
	}
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return vault.PrivateKey{}, err
	}
	key, err := vault.NewPrivateKey()
	if err != nil {
		return key, err
	}
	return key, t.db.putTenantKey(tx, t.hash, record, key, []member{{t.token, own.Public()}})
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
	}
	if err := t.isGenuine(tx, own); err != nil {
		return key, false, err
	}
	if !record.hasKey() {
		return key, false, nil
	}
	if key, err = openMember(t.hash, t.token, own, sealed); err != nil {
		return key, false, err
	}
	if key.Public() != record.publicKey() {
		return vault.PrivateKey{}, false, ErrTampered
	}
	complete, err = t.db.recovery.isCurrent(tx, t.hash)
	return key, complete, err
}

// neverHadKey returns ErrTampered for a tenant whose public key was taken away:
// there are secrets, or something is sealed to one of its tokens already.
func neverHadKey(tx store.Tx, tenant hash) error {
	secrets, err := listSecrets(tx, tenant)
	if err != nil {
		return err
	}
	sealed := len(secrets) > 0
	for _, value := range tx.Range(bucketTenants, memberPrefix(tenant), nil) {
		sealed = sealed || len(value) > 0
	}
	if sealed {
		return ErrTampered
	}
	return nil
}

// isGenuine returns ErrTampered when the index has another public key for the
// presented token than the token's own, to which the next key would be sealed.
func (t *Tenant) isGenuine(tx store.Tx, own vault.PrivateKey) error {
	record, err := readToken(tx, t.token)
	if err == nil && record.publicKey != own.Public() {
		err = ErrTampered
	}
	return err
}
