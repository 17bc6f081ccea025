package db

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// Recovery is off unless an operator wants it. With it, every tenant's private
// key is sealed to the operator's recovery key too, so that a tenant whose
// last API token was lost can be given another one. Whoever holds the recovery
// private key can read all secrets: it belongs on another machine.

const (
	recoveryPublicPrefix  = "mcpfusion-recovery-public-"
	recoveryPrivatePrefix = "mcpfusion-recovery-private-"
	recoveryHolder        = "recovery"
	// RecoveryOff is the setting that turns recovery off again.
	RecoveryOff = "off"
)

var (
	recoveryKey  = []byte("recovery_public_key") // in the bucket system
	pathRecovery = pathKeys + recoveryHolder
)

// ErrRecoveryKey is returned for text that is no recovery public key.
var ErrRecoveryKey = errors.New("not a recovery public key (MCP_FUSION_RECOVERY_PUBLIC_KEY); allowed: the text that " +
	"recovery-key new printed, beginning " + recoveryPublicPrefix + ", or " + RecoveryOff)

// NewRecoveryKey draws a key pair and returns both halves as text: the public
// one for WithRecovery, the private one to be kept away.
func NewRecoveryKey() (public, private string, err error) {
	key, err := vault.NewPrivateKey()
	if err != nil {
		return "", "", err
	}
	secret, err := key.Bytes()
	if err != nil {
		return "", "", err
	}
	half := key.Public()
	encode := base64.RawURLEncoding.EncodeToString
	return recoveryPublicPrefix + encode(half[:]), recoveryPrivatePrefix + encode(secret), nil
}

func parseRecoveryPublic(text string) (key vault.PublicKey, err error) {
	digits, found := strings.CutPrefix(strings.TrimSpace(text), recoveryPublicPrefix)
	b, err := base64.RawURLEncoding.DecodeString(digits)
	if !found || err != nil || len(b) != len(key) {
		return key, ErrRecoveryKey
	}
	key = vault.PublicKey(b)
	// Nothing can be sealed to some points of the curve, all zeros for one.
	if _, err := vault.Seal(key, vault.Place{}, nil); err != nil {
		return key, ErrRecoveryKey
	}
	return key, nil
}

// recovery is what the operator wants of it. Only this is believed: a key that
// merely stands in the database may have been put there by somebody who can
// write the file, and sealing to it would hand them every secret.
type recovery struct {
	// isSet tells a wish from none. Without one, sealings stay as they are.
	isSet bool
	// key is all zeros when recovery is to be off.
	key vault.PublicKey
}

// newRecovery reads the setting of WithRecovery.
func newRecovery(setting string) (recovery, error) {
	switch strings.ToLower(strings.TrimSpace(setting)) {
	case "":
		return recovery{}, nil
	case RecoveryOff:
		return recovery{isSet: true}, nil
	}
	key, err := parseRecoveryPublic(setting)
	return recovery{isSet: true, key: key}, err
}

func (r recovery) isOn() bool { return r.key != vault.PublicKey{} }

// publish keeps the key in the database, for people to see.
func (r recovery) publish(s store.Store) error {
	if !r.isSet {
		return nil
	}
	return s.Update(func(tx store.Tx) error {
		old, err := tx.Get(bucketSystem, recoveryKey)
		switch {
		case err != nil:
			return err
		case !r.isOn():
			return tx.Delete(bucketSystem, recoveryKey)
		case bytes.Equal(old, r.key[:]):
			return nil
		}
		return tx.Put(bucketSystem, recoveryKey, r.key[:])
	})
}

// Recovery says whether tenants' keys are sealed to a recovery key.
type Recovery struct {
	// PublicKey is the key that the database names, as text; "" when it names
	// none.
	PublicKey string `json:"public_key"`
	// IsOn tells that WithRecovery has said so too. If it has not, nothing is
	// sealed to the key any more.
	IsOn bool `json:"on"`
}

// Recovery returns how that stands.
func (d *DB) Recovery() (Recovery, error) {
	var r Recovery
	err := d.store.View(func(tx store.Tx) error {
		value, err := tx.Get(bucketSystem, recoveryKey)
		r = Recovery{}
		if value != nil {
			r = Recovery{recoveryPublicPrefix + base64.RawURLEncoding.EncodeToString(value), d.recovery.isOn()}
		}
		return err
	})
	return r, err
}

// The value of a sealing to the recovery key begins with the public key it is
// for.

// isCurrent reports whether a tenant's key is sealed as the operator wants it.
func (r recovery) isCurrent(tx store.Tx, tenant hash) (bool, error) {
	if !r.isSet {
		return true, nil
	}
	have, err := tx.Get(bucketTenants, recoverySlot(tenant))
	if !r.isOn() || err != nil {
		return have == nil, err
	}
	return bytes.HasPrefix(have, r.key[:]), nil
}

// hasFormer reports whether there is a sealing to another key than the present
// one: whoever has that key and an old copy of the file knows the tenant's.
func (r recovery) hasFormer(tx store.Tx, tenant hash) (bool, error) {
	have, err := tx.Get(bucketTenants, recoverySlot(tenant))
	return have != nil && !(r.isOn() && bytes.HasPrefix(have, r.key[:])), err
}

// seal returns a tenant's key as it is stored for the present recovery key; nil
// when recovery is off.
func (r recovery) seal(tenant hash, key vault.PrivateKey) ([]byte, error) {
	if !r.isOn() {
		return nil, nil
	}
	sealed, err := sealKey(r.key, tenant, recoveryHolder, key)
	if err != nil {
		return nil, err
	}
	return slices.Concat(r.key[:], sealed), nil
}

// put seals a tenant's key to the present recovery key, or drops the sealing
// that there is.
func (r recovery) put(tx store.Tx, tenant hash, key vault.PrivateKey) error {
	value, err := r.seal(tenant, key)
	if err != nil {
		return err
	}
	return sealing{recoverySlot(tenant), value}.put(tx)
}

func recoverySlot(tenant hash) []byte { return slices.Concat(tenant[:], []byte(pathRecovery)) }
