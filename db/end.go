package db

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// EndAPIToken ends a token of the tenant that proof opens, and seals all that
// the tenant has anew, in one transaction: what is stored from then on does
// not open with the ended token and an old copy of the file. The token that
// is ended must be another one than proof's, and the tenant's, else it is
// ErrTokenNotFound.
//
// With zero grace the token is deleted. Otherwise it expires after the grace,
// or at its own time if that is sooner; then its sealing is dropped.
//
// After an error that errors.go does not name, the token may have ended or not.
func (d *DB) EndAPIToken(proof Proof, hash string, grace time.Duration) error {
	if err := d.endToken(proof, hash, grace); err != nil {
		return fmt.Errorf("end token: %w", err)
	}
	return nil
}

func (d *DB) endToken(proof Proof, hash string, grace time.Duration) error {
	token, ok := parseHash(hash)
	if !ok {
		return ErrTokenNotFound
	}
	if grace < 0 {
		return fmt.Errorf("%w: a negative grace", ErrSettings)
	}
	tenant, err := d.proven(proof)
	if err != nil {
		return err
	}
	if tenant.token == token {
		return fmt.Errorf("the token of the proof: %w", ErrTokenNotFound)
	}
	next, err := vault.NewPrivateKey()
	if err != nil {
		return err
	}
	var record tokenRecord
	var old vault.PrivateKey
	err = tenant.withKey(func(tenant *Tenant) error {
		record, err = d.changeToken(token, func(tx store.Tx, record *tokenRecord) (err error) {
			if record.tenant != tenant.hash {
				return ErrTokenNotFound
			}
			if old, err = tenant.key(tx); err != nil {
				return err
			}
			return tenant.endIn(tx, token, record, time.Now().Add(grace), grace == 0, old, next)
		})
		return err
	})
	d.dropKeys(token, record)
	d.keys.DropKey(old.Public())
	if err != nil {
		return err
	}
	tenant.keep(next)
	return nil
}

// endIn ends the token in a transaction and seals everything to the next key.
func (t *Tenant) endIn(tx store.Tx, token hash, record *tokenRecord, at time.Time, now bool, old, next vault.PrivateKey) (err error) {
	if now {
		err = deleteToken(tx, token, *record)
	} else {
		err = record.expireBy(tx, token, at)
	}
	if err != nil {
		return err
	}
	return t.rekey(tx, old, next)
}

// expireBy makes a token end for good, at the latest at a time.
func (r *tokenRecord) expireBy(tx store.Tx, token hash, at time.Time) error {
	if r.ending {
		if err := tx.Delete(bucketIndex, endingKey(r.expires, token)); err != nil {
			return err
		}
	}
	if r.expires == 0 || at.Unix() < r.expires {
		r.expires = at.Unix()
	}
	r.ending = true
	if err := r.write(tx, token); err != nil {
		return err
	}
	return tx.Put(bucketIndex, endingKey(r.expires, token), nil)
}

// maxEnds bounds how many tokens one round drops the sealings of.
const maxEnds = 100

// dropEnded drops the sealings of tokens whose grace is over, and makes their
// tenants be sealed anew.
func (d *DB) dropEnded(now time.Time) error {
	ended, err := d.ended(now)
	if len(ended) == 0 || err != nil {
		return err
	}
	for _, e := range ended { // each alone: one that is damaged keeps no other
		d.keys.Drop(e.token)
		err = errors.Join(err, d.store.Update(e.drop))
	}
	if err != nil {
		return fmt.Errorf("drop the sealings of ended tokens: %w", err)
	}
	return nil
}

// endedToken is an entry of the index of tokens that end.
type endedToken struct {
	expires int64
	token   hash
}

func (d *DB) ended(now time.Time) (ended []endedToken, err error) {
	err = d.store.View(func(tx store.Tx) error {
		ended = nil
		for key := range tx.Range(bucketIndex, []byte(pathEnding), nil) {
			e, ok := parseEnding(key)
			if !ok {
				return fmt.Errorf("key %q: %w", key, errFormat)
			}
			if e.expires > now.Unix() || len(ended) == maxEnds {
				break
			}
			ended = append(ended, e)
		}
		return nil
	})
	return ended, err
}

func parseEnding(key []byte) (e endedToken, ok bool) {
	rest, found := bytes.CutPrefix(key, []byte(pathEnding))
	if !found || len(rest) != 8+len(e.token) {
		return e, false
	}
	return endedToken{int64(binary.BigEndian.Uint64(rest)), hash(rest[8:])}, true
}

// drop takes the sealing away; the token stays, to be told that it expired.
func (e endedToken) drop(tx store.Tx) error {
	if err := tx.Delete(bucketIndex, endingKey(e.expires, e.token)); err != nil {
		return err
	}
	record, err := readToken(tx, e.token)
	if errors.Is(err, ErrTokenNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.Put(bucketTenants, memberKey(record.tenant, e.token), nil); err != nil {
		return err
	}
	return wantRekey(tx, record.tenant)
}
