package db

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
	"github.com/PivotLLM/MCPFusion/global"
)

// tokenLength is that of an API token: 32 bytes in hex digits.
const tokenLength = 64

// AddAPIToken makes a new tenant with one API token, and returns that token
// and its hash. The token is 64 lower-case hex digits, stored nowhere, and
// returned only here. Its hash, 64 hex digits as well, is the SHA-256 of those
// digits and names the tenant, too.
//
// With an error, there is no token; except that one may be listed that nobody
// has, if the disk failed at the last moment.
//
// Of the description, what would disturb a terminal is removed: control
// characters, marks that change the direction of text, and invalid UTF-8. At
// most 200 characters of it are kept.
func (d *DB) AddAPIToken(description string) (token, hash string, err error) {
	added, err := d.NewAPIToken(TokenSettings{Description: description})
	return added.Token.Reveal(), added.Hash, err
}

// NewAPIToken is AddAPIToken with settings. ErrSettings: they cannot be.
func (d *DB) NewAPIToken(settings TokenSettings) (Added, error) {
	added, err := d.newTenant(settings)
	if err != nil {
		return Added{}, fmt.Errorf("add token: %w", err)
	}
	return added, nil
}

func (d *DB) newTenant(settings TokenSettings) (Added, error) {
	record, err := settings.record(time.Now())
	if err != nil {
		return Added{}, err
	}
	drawn := drawToken()
	if err := drawn.complete(&record, drawn.hash); err != nil {
		return Added{}, err
	}
	key, err := vault.NewPrivateKey()
	if err != nil {
		return Added{}, err
	}
	sealings, err := d.sealings(drawn.hash, key, []member{{drawn.hash, record.publicKey}})
	if err != nil {
		return Added{}, err
	}
	err = d.addToken(drawn.hash, record, func(tx store.Tx) error {
		return putTenantKey(tx, drawn.hash, tenantRecord{CreatedAt: record.CreatedAt}, key.Public(), sealings)
	})
	if err != nil {
		return Added{}, err
	}
	(&Tenant{db: d, hash: drawn.hash, token: drawn.hash, secret: drawn.secret}).keep(key)
	return drawn.added(drawn.hash), nil
}

// JoinAPIToken makes a further API token of the tenant that proof opens.
// ErrInvalidToken, ErrTokenExpired, ErrTokenDisabled, ErrTenantNotFound and
// ErrProof say why it opens none.
func (d *DB) JoinAPIToken(proof Proof, settings TokenSettings) (Added, error) {
	added, err := d.join(proof, settings)
	if err != nil {
		return Added{}, fmt.Errorf("add token: %w", err)
	}
	return added, nil
}

func (d *DB) join(proof Proof, settings TokenSettings) (Added, error) {
	record, err := settings.record(time.Now())
	if err != nil {
		return Added{}, err
	}
	tenant, err := d.proven(proof)
	if err != nil {
		return Added{}, err
	}
	drawn := drawTokenFor(tenant.hash)
	if err := drawn.complete(&record, tenant.hash); err != nil {
		return Added{}, err
	}
	err = tenant.withKey(func(tenant *Tenant) error {
		return d.addToken(drawn.hash, record, func(tx store.Tx) error {
			key, err := tenant.key(tx)
			if err != nil {
				return err
			}
			return member{drawn.hash, record.publicKey}.put(tx, tenant.hash, key)
		})
	})
	if err != nil {
		return Added{}, err
	}
	return drawn.added(tenant.hash), nil
}

// addToken stores a token, with what else belongs to it in the same
// transaction. When that fails, and was stored all the same, it is taken back:
// nobody will ever have this token.
func (d *DB) addToken(token hash, record tokenRecord, also func(tx store.Tx) error) error {
	err := d.store.Update(func(tx store.Tx) error {
		if err := putToken(tx, token, record); err != nil {
			return err
		}
		return also(tx)
	})
	if err != nil && !errors.Is(err, errKeyNotOpen) { // which is tried again
		_ = d.store.Update(func(tx store.Tx) error { return deleteToken(tx, token, record) })
	}
	return err
}

// drawnToken is a token that was just made up.
type drawnToken struct {
	secret global.Secret
	hash   hash
}

func drawToken() drawnToken {
	var secret [tokenLength / 2]byte
	_, _ = rand.Read(secret[:]) // never fails
	text := hex.EncodeToString(secret[:])
	id, _ := hashToken(text)
	return drawnToken{global.NewSecret(text), id}
}

// drawTokenFor draws until the hash begins with the same 12 bits as that of
// the tenant, about 4,096 times: tenants could be spread over several
// databases by those bits, and each token would still lead to its tenant's.
func drawTokenFor(tenant hash) drawnToken {
	for {
		drawn := drawToken()
		if drawn.hash[0] == tenant[0] && drawn.hash[1]>>4 == tenant[1]>>4 {
			return drawn
		}
	}
}

// complete adds to the record what follows from the token.
func (t drawnToken) complete(record *tokenRecord, tenant hash) error {
	key, err := vault.TokenKey(t.secret.Reveal())
	if err != nil {
		return err
	}
	record.tenant, record.publicKey = tenant, key.Public()
	record.Prefix = t.secret.Reveal()[:prefixLength]
	return nil
}

func (t drawnToken) added(tenant hash) Added {
	return Added{Token: t.secret, Hash: t.hash.String(), Tenant: tenant.String()}
}

// hashToken returns the hash of what has the form of an API token.
func hashToken(token string) (h hash, ok bool) {
	if len(token) != tokenLength || !isLowerHex(token) {
		return h, false
	}
	return sha256.Sum256([]byte(token)), true
}

func putTenant(tx store.Tx, tenant hash, record tenantRecord) error {
	value, err := record.encode(tenant)
	if err != nil {
		return err
	}
	return tx.Put(bucketTenants, metadataKey(tenant), value)
}

// DeleteAPIToken deletes the token with the hash (64 hex digits): from when it
// returns, Authenticate does not know the token, and what Admit let in with it
// is cancelled. With a tenant's last token, the tenant goes and all that is in
// it. No token of that hash is ErrTokenNotFound. After any other error the
// token may be there or not; a further call says which.
func (d *DB) DeleteAPIToken(hash string) error {
	token, ok := parseHash(hash)
	if !ok {
		return fmt.Errorf("delete token: %w", ErrTokenNotFound)
	}
	record, err := d.changeToken(token, func(tx store.Tx, record *tokenRecord) error {
		if err := deleteToken(tx, token, *record); err != nil {
			return err
		}
		return wantRekey(tx, record.tenant)
	})
	d.dropKeys(token, record)
	if err != nil {
		return fmt.Errorf("delete token: %w", err)
	}
	d.used.forget(token)
	return nil
}

// changeToken runs change in a transaction that has the token's record, which
// change may alter for the result, and then enforces what became of the token.
func (d *DB) changeToken(token hash, change func(tx store.Tx, record *tokenRecord) error) (record tokenRecord, err error) {
	err = d.store.Update(func(tx store.Tx) (err error) {
		if record, err = readToken(tx, token); err != nil {
			return err
		}
		return change(tx, &record)
	})
	// After an error too: it may have been stored.
	d.enforce(token)
	return record, err
}

// dropKeys takes what a token may have opened from the memory. Its callers do so
// after an error too.
func (d *DB) dropKeys(token hash, record tokenRecord) {
	d.keys.Drop(token)
	d.keys.Drop(record.tenant)
}
