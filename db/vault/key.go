package vault

import (
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
)

const (
	// PublicKeySize is the length of a public key in bytes.
	PublicKeySize = 32
	// purposeLabel begins the info of every key that Derive makes.
	purposeLabel = "mcpfusion/v1/purpose/"
)

// PublicKey is an X25519 public key. Anybody may have it.
type PublicKey [PublicKeySize]byte

// PrivateKey opens what was sealed to its public key. It prints as redacted in
// every format. The zero value opens nothing.
type PrivateKey struct {
	key    hpke.PrivateKey
	public PublicKey
}

// withPublic keeps the public half beside the key: it is asked for at each
// read, and costs a multiplication on the curve.
func withPublic(key hpke.PrivateKey) PrivateKey {
	return PrivateKey{key, PublicKey(key.PublicKey().Bytes())}
}

// NewPrivateKey draws a key.
func NewPrivateKey() (PrivateKey, error) {
	key, err := kem.GenerateKey()
	if err != nil {
		return PrivateKey{}, fmt.Errorf("new key: %w", err)
	}
	return withPublic(key), nil
}

// ParsePrivateKey reads what Bytes returned.
func ParsePrivateKey(b []byte) (PrivateKey, error) {
	key, err := kem.NewPrivateKey(b)
	if err != nil {
		return PrivateKey{}, ErrTampered // without err, which may show bytes
	}
	return withPublic(key), nil
}

// IsZero reports whether there is no key.
func (k PrivateKey) IsZero() bool { return k.key == nil }

// Public returns the public half: of the zero key all zeros.
func (k PrivateKey) Public() PublicKey { return k.public }

// Bytes returns the key itself (SerializePrivateKey of RFC 9180), to be
// sealed. The key must not be zero.
func (k PrivateKey) Bytes() ([]byte, error) { return k.key.Bytes() }

// Derive returns a symmetric key of size bytes for one purpose. Keys of
// different purposes tell nothing about each other or about k.
func (k PrivateKey) Derive(purpose string, size int) ([]byte, error) {
	secret, err := k.key.Bytes()
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, secret, nil, purposeLabel+purpose, size)
}

const redacted = "[redacted]"

// String implements fmt.Stringer.
func (PrivateKey) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (PrivateKey) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb reaches the field.
func (PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (PrivateKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, which JSON uses as well.
func (PrivateKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
