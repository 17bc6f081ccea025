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
	// maxOpenKeys and maxOpenSecrets bound how many there are, and how many of
	// the secrets that they have opened.
	maxOpenKeys, maxOpenSecrets = 10_000, 10_000
)

// maxUnlocks is how often a key is opened for one transaction, where others
// replace it in between.
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

// key returns the tenant's private key if it is open and still the tenant's,
// else errKeyNotOpen: a re-keying may have come between.
func (t *Tenant) key(tx store.Tx) (vault.PrivateKey, error) {
	record, err := readTenant(tx, t.hash)
	if err != nil {
		return vault.PrivateKey{}, err
	}
	if err := t.checkMember(tx); err != nil {
		return vault.PrivateKey{}, err
	}
	if !t.recovered.IsZero() {
		return t.proven(record)
	}
	key := t.opened
	if key.IsZero() {
		key = t.db.keys.Get(t.ringed(), time.Now())
	}
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

// proven returns the key that a proof brought, if it is the tenant's.
func (t *Tenant) proven(record tenantRecord) (vault.PrivateKey, error) {
	if t.recovered.Public() != record.publicKey() {
		return vault.PrivateKey{}, ErrProof
	}
	return t.recovered, nil
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
// ErrLocked. run works with the tenant that it is given, which has the key also
// where that may not stay in memory.
func (t *Tenant) withKey(run func(t *Tenant) error) error {
	with := *t
	for range maxUnlocks {
		err := run(&with)
		if !errors.Is(err, errKeyNotOpen) {
			return err
		}
		if t.secret.IsEmpty() {
			return ErrLocked
		}
		if with.opened, err = t.unlock(); err != nil { // the next run may find it changed again
			return err
		}
	}
	return ErrLocked
}

// unlock opens the tenant's private key with the API token and puts it on the
// keyring. A tenant from before there were keys gets one, and one that was
// taken over gets one that does not stand in clear.
func (t *Tenant) unlock() (vault.PrivateKey, error) {
	key, err := t.openOrComplete()
	if err != nil {
		return key, fmt.Errorf("open the key of tenant %s: %w", t.ShortID(), err)
	}
	t.keep(key)
	return key, nil
}

func (t *Tenant) openOrComplete() (vault.PrivateKey, error) {
	own, err := vault.TokenKey(t.secret.Reveal())
	if err != nil {
		return vault.PrivateKey{}, ErrInvalidToken
	}
	var key vault.PrivateKey
	var complete bool
	err = t.db.store.View(func(tx store.Tx) (err error) {
		key, complete, err = t.openKey(tx, own)
		return err
	})
	if err != nil || complete {
		return key, err
	}
	before := key.Public()
	err = t.db.store.Update(func(tx store.Tx) (err error) {
		key, err = t.completeKey(tx, own)
		return err
	})
	if err != nil || key.Public() != before { // after an error too: it may have been stored
		t.db.keys.DropKey(before)
	}
	return key, err
}

// completeKey makes what openKey found missing: the key itself, its sealing to
// the token, or that to the present recovery key. Where somebody else may know
// the key, there is a new one.
func (t *Tenant) completeKey(tx store.Tx, own vault.PrivateKey) (vault.PrivateKey, error) {
	key, complete, err := t.openKey(tx, own)
	switch {
	case err != nil || complete:
		return key, err
	case key.IsZero():
		return t.firstKey(tx, own)
	}
	known, err := t.isKnownToOthers(tx)
	if err != nil {
		return key, err
	}
	if !known {
		return key, t.db.recovery.put(tx, t.hash, key)
	}
	if err := t.endTemporary(tx, own, key); err != nil {
		return key, err
	}
	next, err := vault.NewPrivateKey()
	if err != nil {
		return next, err
	}
	return next, t.rekey(tx, key, next)
}

// isKnownToOthers reports whether whoever has a former recovery key, or just
// the file, has the tenant's key.
func (t *Tenant) isKnownToOthers(tx store.Tx) (bool, error) {
	former, err := t.db.recovery.hasFormer(tx, t.hash)
	if former || err != nil {
		return former, err
	}
	value, err := tx.Get(bucketTenants, temporarySlot(t.hash))
	return value != nil, err
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
	sealings, err := t.db.sealings(t.hash, key, []member{{t.token, own.Public()}})
	if err != nil {
		return key, err
	}
	return key, putTenantKey(tx, t.hash, record, key.Public(), sealings)
}

// openKey opens the tenant's private key. That its public half is the stored
// one shows that nobody replaced the latter, to have secrets sealed to a key
// of their own. It is not complete when the tenant has no key at all, one that
// stands in clear, or one that is not sealed to the present recovery key.
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
	temporary, err := temporaryKey(tx, t.hash)
	if err != nil {
		return key, false, err
	}
	takenOver := !temporary.IsZero() || record.hasKey() && len(sealed) == 0
	if err := t.isGenuine(tx, own, takenOver); err != nil {
		return key, false, err
	}
	switch {
	case !record.hasKey():
		return key, false, nil
	case len(sealed) == 0 && !temporary.IsZero():
		key = temporary
	case len(sealed) == 0 && t.isLockedOut(tx):
		return key, false, ErrRecoveryOnly
	default:
		if key, err = openMember(t.hash, t.token, own, sealed); err != nil {
			return key, false, err
		}
	}
	if key.Public() != record.publicKey() {
		return vault.PrivateKey{}, false, ErrTampered
	}
	complete, err = t.db.recovery.isCurrent(tx, t.hash)
	return key, complete && temporary.IsZero(), err
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
// A token that was taken over has none there until it is presented.
func (t *Tenant) isGenuine(tx store.Tx, own vault.PrivateKey, takenOver bool) error {
	record, err := readToken(tx, t.token)
	if err == nil && record.publicKey != own.Public() && !(takenOver && record.isUnknown()) {
		err = ErrTampered
	}
	return err
}

// isLockedOut reports whether nobody ever sealed the tenant's key to this
// token: the tenant was taken over while recovery was on.
func (t *Tenant) isLockedOut(tx store.Tx) bool {
	record, err := readToken(tx, t.token)
	return err == nil && record.isUnknown()
}
