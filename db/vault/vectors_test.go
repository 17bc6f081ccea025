package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The vectors keep stored secrets readable: they never change. A new format
// gets a new version and vectors of its own.
const (
	vectorPrivate   = "e84e690b044e51b059856abbe6e0908981dc71e511b293f7f1ce40b0fb047e64"
	vectorInfo      = "6d6370667573696f6e2f7365616c656401a0000000000000000000000000000000000000000000000000000000000000af000c6f617574685f746f6b656e73000c6d6963726f736f667433363500067265636f7264"
	vectorSealed    = "01f914f7eb78668e6cb3bcc2b8546a3c5fdf49936b7babcda79afcc5971eb73444f377481a4291e895bc300b965fd0f02b7a30ba9bcbe1ba59c541793ebbf71e10f854a5dd42c437a5a4"
	vectorPlaintext = `{"access_token":"vector"}`
	vectorPurpose   = "b555dff3e5ce74762f368a0b43ed01bdc022da14fb4861317f764658eee42ca2"
)

var vectorPlace = Place{Tenant: [32]byte{0xa0, 31: 0xaf}, Kind: "oauth_tokens", Service: "microsoft365", Name: "record"}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestVectors(t *testing.T) {
	key, err := TokenKey(vectorToken)
	require.NoError(t, err)
	private, err := key.Bytes()
	require.NoError(t, err)
	require.Equal(t, vectorPrivate, hex.EncodeToString(private))

	info, err := vectorPlace.info()
	require.NoError(t, err)
	require.Equal(t, vectorInfo, hex.EncodeToString(info))

	opened, err := key.Open(vectorPlace, unhex(t, vectorSealed))
	require.NoError(t, err)
	require.Equal(t, vectorPlaintext, string(opened))

	derived, err := key.Derive("request_state", 32)
	require.NoError(t, err)
	require.Equal(t, vectorPurpose, hex.EncodeToString(derived))
}

// TestVectorOpensStepByStep opens the sealed vector with nothing but X25519,
// HKDF and AES-GCM, in the steps of RFC 9180, sections 4.1, 5.1 and 5.2.
func TestVectorOpensStepByStep(t *testing.T) {
	sealed := unhex(t, vectorSealed)[1:]
	enc, ciphertext := sealed[:32], sealed[32:]
	private, err := ecdh.X25519().NewPrivateKey(unhex(t, vectorPrivate))
	require.NoError(t, err)
	ephemeral, err := ecdh.X25519().NewPublicKey(enc)
	require.NoError(t, err)
	dh, err := private.ECDH(ephemeral)
	require.NoError(t, err)

	const kemID = "KEM\x00\x20"
	context := slices.Concat(enc, private.PublicKey().Bytes())
	shared := labeledExpand(t, kemID, labeledExtract(t, kemID, nil, "eae_prk", dh), "shared_secret", context, 32)

	const suite = "HPKE\x00\x20\x00\x01\x00\x02"
	schedule := slices.Concat([]byte{0}, labeledExtract(t, suite, nil, "psk_id_hash", nil),
		labeledExtract(t, suite, nil, "info_hash", unhex(t, vectorInfo)))
	secret := labeledExtract(t, suite, shared, "secret", nil)
	block, err := aes.NewCipher(labeledExpand(t, suite, secret, "key", schedule, 32))
	require.NoError(t, err)
	gcm, err := cipher.NewGCM(block)
	require.NoError(t, err)
	opened, err := gcm.Open(nil, labeledExpand(t, suite, secret, "base_nonce", schedule, 12), ciphertext, nil)
	require.NoError(t, err)
	require.Equal(t, vectorPlaintext, string(opened))
}

func labeledExtract(t *testing.T, suite string, salt []byte, label string, ikm []byte) []byte {
	t.Helper()
	prk, err := hkdf.Extract(sha256.New, slices.Concat([]byte("HPKE-v1"+suite+label), ikm), salt)
	require.NoError(t, err)
	return prk
}

func labeledExpand(t *testing.T, suite string, prk []byte, label string, info []byte, size int) []byte {
	t.Helper()
	labeled := slices.Concat([]byte{byte(size >> 8), byte(size)}, []byte("HPKE-v1"+suite+label), info)
	out, err := hkdf.Expand(sha256.New, prk, string(labeled), size)
	require.NoError(t, err)
	return out
}
