// Package vault derives the keys that seal a tenant's secrets, from the API
// token itself and from nothing that is stored.
package vault

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

const (
	// PublicKeySize is the length of a public key in bytes.
	PublicKeySize = 32
	// tokenSize is the length of an API token in bytes, before it is written
	// as hex digits.
	tokenSize = 32
	// tokenKeyLabel names what is derived from an API token, and how. Another
	// derivation gets another label, never this one.
	tokenKeyLabel = "mcpfusion/v1/api-token/key-pair"
)

var errTokenFormat = errors.New("an API token is 64 lower-case hex digits")

// TokenPublicKey returns the public half of an API token's key pair: an X25519
// public key of PublicKeySize bytes. It tells nothing about the token.
//
// The key pair is DeriveKeyPair of DHKEM(X25519, HKDF-SHA256) (RFC 9180,
// section 7.1.3), and its input HKDF-SHA256 of the token's 32 bytes, without a
// salt, with a label as info. An error means that token is not 64 lower-case
// hex digits; it does not contain them.
func TokenPublicKey(token string) ([]byte, error) {
	pair, err := tokenKeyPair(token)
	if err != nil {
		return nil, err
	}
	return pair.PublicKey().Bytes(), nil
}

func tokenKeyPair(token string) (hpke.PrivateKey, error) {
	secret, err := decodeToken(token)
	if err != nil {
		return nil, err
	}
	ikm, err := hkdf.Key(sha256.New, secret, nil, tokenKeyLabel, tokenSize)
	if err != nil {
		return nil, err
	}
	return hpke.DHKEM(ecdh.X25519()).DeriveKeyPair(ikm)
}

// decodeToken returns the token's bytes. It takes lower case only, so that a
// token has one spelling and one hash.
func decodeToken(token string) ([]byte, error) {
	secret, err := hex.DecodeString(token)
	if err != nil || len(secret) != tokenSize || hex.EncodeToString(secret) != token {
		return nil, errTokenFormat // without err, which shows digits of the token
	}
	return secret, nil
}
