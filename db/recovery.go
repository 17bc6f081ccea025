package db

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
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
var ErrRecoveryKey = errors.New("not a recovery public key, which is the text that recovery-key new printed, beginning " + recoveryPublicPrefix)

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
	return vault.PublicKey(b), nil
}

// setRecovery makes the setting that of the database; "" leaves it alone.
func setRecovery(s store.Store, setting string) error {
	switch setting {
	case "":
		return nil
	case RecoveryOff:
		return s.Update(func(tx store.Tx) error { return tx.Delete(bucketSystem, recoveryKey) })
	}
	key, err := parseRecoveryPublic(setting)
	if err != nil {
		return err
	}
	return s.Update(func(tx store.Tx) error {
		old, err := tx.Get(bucketSystem, recoveryKey)
		if err != nil || bytes.Equal(old, key[:]) {
			return err
		}
		return tx.Put(bucketSystem, recoveryKey, key[:])
	})
}

// Recovery returns the recovery public key as text, "" when recovery is off.
func (d *DB) Recovery() (string, error) {
	var text string
	err := d.store.View(func(tx store.Tx) error {
		value, err := tx.Get(bucketSystem, recoveryKey)
		text = ""
		if value != nil {
			text = recoveryPublicPrefix + base64.RawURLEncoding.EncodeToString(value)
		}
		return err
	})
	return text, err
}

// isRecoveryCurrent reports whether a tenant's key is sealed to the present
// recovery key, or to none when there is none. The value of the sealing begins
// with the public key it is for.
func isRecoveryCurrent(tx store.Tx, tenant hash) (bool, error) {
	want, err := tx.Get(bucketSystem, recoveryKey)
	if err != nil {
		return false, err
	}
	have, err := tx.Get(bucketTenants, recoverySlot(tenant))
	if want == nil || err != nil {
		return have == nil, err
	}
	return bytes.HasPrefix(have, want), nil
}

// putRecovery seals a tenant's key to the present recovery key, and drops a
// sealing to a former one.
func putRecovery(tx store.Tx, tenant hash, key vault.PrivateKey) error {
	value, err := tx.Get(bucketSystem, recoveryKey)
	if err != nil {
		return err
	}
	if value == nil {
		return tx.Delete(bucketTenants, recoverySlot(tenant))
	}
	if len(value) != vault.PublicKeySize {
		return fmt.Errorf("recovery key: %w", errFormat)
	}
	sealed, err := sealKey(vault.PublicKey(value), tenant, recoveryHolder, key)
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, recoverySlot(tenant), slices.Concat(value, sealed))
}

func recoverySlot(tenant hash) []byte { return slices.Concat(tenant[:], []byte(pathRecovery)) }
