package db

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
	"github.com/PivotLLM/MCPFusion/global"
)

// Proof shows that its holder may act for a tenant: with one of its API
// tokens, or with the tenant's private key, which the recovery key has opened.
type Proof struct {
	// Token is an API token of the tenant; if it is set, the rest is not used.
	Token global.Secret
	// Tenant is the hash of the tenant, and Key its private key in 64 hex
	// digits.
	Tenant string
	Key    global.Secret
}

// proven returns the tenant that a proof opens.
func (d *DB) proven(proof Proof) (*Tenant, error) {
	if !proof.Token.IsEmpty() {
		return d.Authenticate(proof.Token.Reveal())
	}
	tenant, err := d.byHash(proof.Tenant)
	if err != nil {
		return nil, err
	}
	plain, err := hex.DecodeString(proof.Key.Reveal())
	if err != nil {
		return nil, ErrProof
	}
	if tenant.recovered, err = vault.ParsePrivateKey(plain); err != nil {
		return nil, ErrProof
	}
	return tenant, nil
}

// RecoverySealing returns the private key of the tenant with the hash, as it is
// sealed to the operator's recovery key; OpenRecovery opens it. ErrNotFound: it
// is sealed to none. ErrTenantNotFound: there is no such tenant.
func (d *DB) RecoverySealing(tenantHash string) ([]byte, error) {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return nil, err
	}
	var sealing []byte
	err = d.store.View(func(tx store.Tx) error {
		if _, err := readTenant(tx, t.hash); err != nil {
			return err
		}
		value, err := tx.Get(bucketTenants, recoverySlot(t.hash))
		if value == nil && err == nil {
			err = ErrNotFound
		}
		sealing = bytes.Clone(value)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the recovery sealing of tenant %s: %w", t.ShortID(), err)
	}
	return sealing, nil
}

// OpenRecovery returns the proof that a recovery private key, as NewRecoveryKey
// wrote it, makes of RecoverySealing. ErrRecoveryPrivateKey: the text is no such
// key. ErrProof: the sealing is to another key, or damaged.
func OpenRecovery(private global.Secret, tenantHash string, sealing []byte) (Proof, error) {
	recovery, err := parseRecoveryPrivate(private)
	if err != nil {
		return Proof{}, err
	}
	tenant, ok := parseHash(tenantHash)
	if !ok {
		return Proof{}, ErrTenantNotFound
	}
	public := recovery.Public()
	sealed, found := bytes.CutPrefix(sealing, public[:])
	if !found {
		return Proof{}, fmt.Errorf("sealed to another recovery key: %w", ErrProof)
	}
	key, err := recovery.Open(keyPlace(tenant, recoveryHolder), sealed)
	if err != nil {
		return Proof{}, ErrProof
	}
	return Proof{Tenant: tenantHash, Key: global.NewSecret(hex.EncodeToString(key))}, nil
}

// ErrRecoveryPrivateKey is returned for text that is no recovery private key.
var ErrRecoveryPrivateKey = errors.New("not a recovery private key; allowed: the file that recovery-key new wrote, " +
	"beginning " + recoveryPrivatePrefix)

func parseRecoveryPrivate(text global.Secret) (vault.PrivateKey, error) {
	digits, found := strings.CutPrefix(strings.TrimSpace(text.Reveal()), recoveryPrivatePrefix)
	b, err := base64.RawURLEncoding.DecodeString(digits)
	if !found || err != nil {
		return vault.PrivateKey{}, ErrRecoveryPrivateKey
	}
	key, err := vault.ParsePrivateKey(b)
	if err != nil {
		return key, ErrRecoveryPrivateKey
	}
	return key, nil
}
