// Package vault seals a tenant's secrets so that only its API tokens open
// them.
//
// Everything is HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256, AES-256-GCM. Each tenant has a key pair; whoever holds the
// public key can seal a secret to it, and only the private key opens it. The
// private key is stored sealed to each of the tenant's API tokens, whose key
// pairs come from the tokens themselves. So what is on disk opens nothing.
//
// A sealed text is bound to its [Place]: put elsewhere, it does not open. It
// is not bound to who sealed it: whoever can write the database can plant a
// secret of their own.
//
// The functions are pure: no storage, no clock but a parameter, and all of
// them may be called concurrently.
package vault

import (
	"crypto/ecdh"
	"crypto/hpke"
	"errors"
	"fmt"
)

const (
	// formatVersion is the first byte of every sealed text, and part of what
	// it is bound to.
	formatVersion = 1
	// MaxPlaintext is the longest text that can be sealed, in bytes.
	MaxPlaintext = 1 << 20
	// Overhead is by how many bytes a sealed text is longer than what is in
	// it: the version, the encapsulated key and the tag of AES-GCM.
	Overhead = 1 + PublicKeySize + 16
)

var (
	// ErrTampered is returned when a sealed text does not open: it was
	// changed, put elsewhere, or sealed for another key. Which of these
	// cannot be told.
	ErrTampered = errors.New("sealed text does not open here")
	// ErrTooLong is returned for a text that is longer than can be sealed.
	ErrTooLong = fmt.Errorf("text to seal is over the limit of %d bytes", MaxPlaintext)
)

var (
	kem  = hpke.DHKEM(ecdh.X25519())
	kdf  = hpke.HKDFSHA256()
	aead = hpke.AES256GCM()
)

// Seal returns plaintext sealed to a public key and bound to a place. Two
// sealings of the same text differ.
func Seal(to PublicKey, at Place, plaintext []byte) ([]byte, error) {
	if len(plaintext) > MaxPlaintext {
		return nil, ErrTooLong
	}
	info, err := at.info()
	if err != nil {
		return nil, err
	}
	key, err := kem.NewPublicKey(to[:])
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	sealed, err := hpke.Seal(key, kdf, aead, info, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append([]byte{formatVersion}, sealed...), nil
}

// Open returns what Seal was given, or ErrTampered.
func (k PrivateKey) Open(at Place, sealed []byte) ([]byte, error) {
	if k.key == nil || len(sealed) < Overhead || sealed[0] != formatVersion {
		return nil, ErrTampered
	}
	info, err := at.info()
	if err != nil {
		return nil, err
	}
	plaintext, err := hpke.Open(k.key, kdf, aead, info, sealed[1:])
	if err != nil {
		return nil, ErrTampered // which step failed helps nobody but an attacker
	}
	return plaintext, nil
}
