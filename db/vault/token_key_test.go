package vault

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tokenPublicKey is what db stores of a token's key.
func tokenPublicKey(token string) ([]byte, error) {
	key, err := TokenKey(token)
	if err != nil {
		return nil, err
	}
	public := key.Public()
	return public[:], nil
}

const vectorToken = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// The vector is what keeps tokens that people hold working: it never changes.
func TestTokenPublicKeyVector(t *testing.T) {
	key, err := tokenPublicKey(vectorToken)
	require.NoError(t, err)
	require.Len(t, key, PublicKeySize)
	require.Equal(t, "73de5bc4812d6940e1befd0fbc0a3e777371616f536d1fbd9950641dbcfbfe31", hex.EncodeToString(key))
}

// The same key again, step by step as RFC 9180 writes it.
func TestTokenPublicKeyFollowsTheRFC(t *testing.T) {
	token, err := hex.DecodeString(vectorToken)
	require.NoError(t, err)
	ikm, err := hkdf.Key(sha256.New, token, nil, "mcpfusion/v1/api-token/key-pair", 32)
	require.NoError(t, err)

	suite := "KEM\x00\x20"
	prk, err := hkdf.Extract(sha256.New, append([]byte("HPKE-v1"+suite+"dkp_prk"), ikm...), nil)
	require.NoError(t, err)
	secret, err := hkdf.Expand(sha256.New, prk, "\x00\x20HPKE-v1"+suite+"sk", 32)
	require.NoError(t, err)
	private, err := ecdh.X25519().NewPrivateKey(secret)
	require.NoError(t, err)

	key, err := tokenPublicKey(vectorToken)
	require.NoError(t, err)
	require.Equal(t, private.PublicKey().Bytes(), key)
}

func TestTokenPublicKeyRefusesWhatIsNoToken(t *testing.T) {
	for _, token := range []string{
		"", "00", vectorToken[2:], vectorToken + "20", strings.ToUpper(vectorToken),
		strings.Replace(vectorToken, "00", "zz", 1), " " + vectorToken[1:],
	} {
		_, err := tokenPublicKey(token)
		require.ErrorIs(t, err, errTokenFormat)
		require.NotContains(t, err.Error(), "0102030405", "the error shows the token")
	}
}
