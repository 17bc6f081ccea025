package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

const (
	// tokenSize is the length of an API token in bytes, before it is written
	// as hex digits.
	tokenSize = 32
	// tokenKeyLabel names what is derived from an API token, and how. Another
	// derivation gets another label, never this one.
	tokenKeyLabel = "mcpfusion/v1/api-token/key-pair"
)

var errTokenFormat = errors.New("an API token is 64 lower-case hex digits")

// TokenKey returns an API token's private key. Its public half may be stored:
// it tells nothing about the token.
//
// The key pair is DeriveKeyPair of DHKEM(X25519, HKDF-SHA256) (RFC 9180,
// section 7.1.3), and its input HKDF-SHA256 of the token's 32 bytes, without a
// salt, with a label as info. An error means that token is not 64 lower-case
// hex digits; it does not contain them.
func TokenKey(token string) (PrivateKey, error) {
	secret, err := decodeToken(token)
	if err != nil {
		return PrivateKey{}, err
	}
	ikm, err := hkdf.Key(sha256.New, secret, nil, tokenKeyLabel, tokenSize)
	if err != nil {
		return PrivateKey{}, err
	}
	key, err := kem.DeriveKeyPair(ikm)
	if err != nil {
		return PrivateKey{}, err
	}
	return withPublic(key), nil
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
