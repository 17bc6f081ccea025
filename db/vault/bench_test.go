package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

const benchSize = 3 << 10 // about an OAuth token of Microsoft 365

// BenchmarkSeal stands beside what it cannot do without: a key pair, one
// X25519 and AES-256-GCM of the same text.
func BenchmarkSeal(b *testing.B) {
	key := newKey(b)
	text := make([]byte, benchSize)
	b.Run("primitives", func(b *testing.B) {
		to, err := ecdh.X25519().NewPublicKey(publicBytes(key))
		require.NoError(b, err)
		for b.Loop() {
			ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
			require.NoError(b, err)
			shared, err := ephemeral.ECDH(to)
			require.NoError(b, err)
			gcm(b, shared).Seal(nil, make([]byte, 12), text, nil)
		}
	})
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			_, err := Seal(key.Public(), here, text)
			require.NoError(b, err)
		}
	})
}

// BenchmarkOpen stands beside one X25519 and AES-256-GCM of the same text.
func BenchmarkOpen(b *testing.B) {
	key := newKey(b)
	text := make([]byte, benchSize)
	b.Run("primitives", func(b *testing.B) {
		own, err := ecdh.X25519().GenerateKey(rand.Reader)
		require.NoError(b, err)
		peer, err := ecdh.X25519().NewPublicKey(publicBytes(key))
		require.NoError(b, err)
		shared, err := own.ECDH(peer)
		require.NoError(b, err)
		ciphertext := gcm(b, shared).Seal(nil, make([]byte, 12), text, nil)
		for b.Loop() {
			shared, err := own.ECDH(peer)
			require.NoError(b, err)
			_, err = gcm(b, shared).Open(nil, make([]byte, 12), ciphertext, nil)
			require.NoError(b, err)
		}
	})
	b.Run("open", func(b *testing.B) {
		sealed, err := Seal(key.Public(), here, text)
		require.NoError(b, err)
		for b.Loop() {
			_, err := key.Open(here, sealed)
			require.NoError(b, err)
		}
	})
}

func publicBytes(key PrivateKey) []byte {
	public := key.Public()
	return public[:]
}

func gcm(b *testing.B, key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	require.NoError(b, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(b, err)
	return aead
}
