package vault

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var here = Place{Tenant: [32]byte{1, 2, 3}, Kind: "oauth_tokens", Service: "mail", Name: "n"}

func newKey(t testing.TB) PrivateKey {
	t.Helper()
	key, err := NewPrivateKey()
	require.NoError(t, err)
	return key
}

func sealed(t testing.TB, to PublicKey, at Place, text string) []byte {
	t.Helper()
	s, err := Seal(to, at, []byte(text))
	require.NoError(t, err)
	return s
}

func TestWhatIsSealedOpens(t *testing.T) {
	key := newKey(t)
	for _, text := range []string{"", "x", strings.Repeat("long ", 1000), string(make([]byte, MaxPlaintext))} {
		s := sealed(t, key.Public(), here, text)
		require.Len(t, s, len(text)+Overhead)
		opened, err := key.Open(here, s)
		require.NoError(t, err)
		require.Equal(t, text, string(opened))
	}
	require.NotEqual(t, sealed(t, key.Public(), here, "x"), sealed(t, key.Public(), here, "x"))
	_, err := Seal(key.Public(), here, make([]byte, MaxPlaintext+1))
	require.ErrorIs(t, err, ErrTooLong)
}

func TestNothingOpensElsewhere(t *testing.T) {
	key := newKey(t)
	s := sealed(t, key.Public(), here, "secret")
	for name, place := range map[string]Place{
		"another tenant":  {Tenant: [32]byte{1, 2, 4}, Kind: here.Kind, Service: here.Service, Name: here.Name},
		"another kind":    {Tenant: here.Tenant, Kind: "api_keys", Service: here.Service, Name: here.Name},
		"another service": {Tenant: here.Tenant, Kind: here.Kind, Service: "mai", Name: here.Name},
		"another name":    {Tenant: here.Tenant, Kind: here.Kind, Service: here.Service},
		"shifted border":  {Tenant: here.Tenant, Kind: here.Kind, Service: here.Service + here.Name},
		"nowhere":         {},
	} {
		_, err := key.Open(place, s)
		require.ErrorIs(t, err, ErrTampered, name)
	}
	_, err := newKey(t).Open(here, s)
	require.ErrorIs(t, err, ErrTampered, "another key")
	_, err = PrivateKey{}.Open(here, s)
	require.ErrorIs(t, err, ErrTampered, "no key")
	other := bytes.Clone(s)
	other[0]++
	_, err = key.Open(here, other)
	require.ErrorIs(t, err, ErrTampered, "another version")
}

func TestEachFlippedBitIsNoticed(t *testing.T) {
	key := newKey(t)
	s := sealed(t, key.Public(), here, "secret")
	for bit := range len(s) * 8 {
		s[bit/8] ^= 1 << (bit % 8)
		_, err := key.Open(here, s)
		require.ErrorIs(t, err, ErrTampered, "bit %d", bit)
		s[bit/8] ^= 1 << (bit % 8)
	}
	for length := range len(s) {
		_, err := key.Open(here, s[:length])
		require.ErrorIs(t, err, ErrTampered)
	}
	_, err := key.Open(here, append(s, 0))
	require.ErrorIs(t, err, ErrTampered)
}

func TestKeyOfAllZerosIsRefused(t *testing.T) {
	_, err := Seal(PublicKey{}, here, []byte("x"))
	require.Error(t, err, "a low-order point would make a key that everybody knows")
}

func TestKeysSurviveTheirBytes(t *testing.T) {
	key := newKey(t)
	b, err := key.Bytes()
	require.NoError(t, err)
	again, err := ParsePrivateKey(b)
	require.NoError(t, err)
	require.Equal(t, key.Public(), again.Public())
	for _, wrong := range [][]byte{nil, b[1:], append(b, 0)} {
		_, err := ParsePrivateKey(wrong)
		require.ErrorIs(t, err, ErrTampered)
	}
}

func TestPurposesAreSeparate(t *testing.T) {
	key := newKey(t)
	one, err := key.Derive("one", 32)
	require.NoError(t, err)
	again, err := key.Derive("one", 32)
	require.NoError(t, err)
	two, err := key.Derive("two", 32)
	require.NoError(t, err)
	require.Len(t, one, 32)
	require.Equal(t, one, again)
	require.NotEqual(t, one, two)
}

func TestPrivateKeysPrintAsRedacted(t *testing.T) {
	key := newKey(t)
	b, err := key.Bytes()
	require.NoError(t, err)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb, key)
		fmt.Fprintf(&out, verb, struct{ K PrivateKey }{key})
	}
	asJSON, err := json.Marshal(map[string]PrivateKey{"k": key})
	require.NoError(t, err)
	out.Write(asJSON)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "k", key)
	require.Contains(t, out.String(), redacted)
	require.NotContains(t, strings.ToLower(out.String()), hex.EncodeToString(b)[:8])
	require.NotContains(t, out.String(), fmt.Sprint(b)[1:12])
}

func FuzzOpen(f *testing.F) {
	key, err := TokenKey(vectorToken)
	require.NoError(f, err)
	good := unhex(f, vectorSealed)
	f.Add(good)
	f.Add(good[:Overhead])
	f.Add([]byte{formatVersion})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		opened, err := key.Open(vectorPlace, sealed)
		if !bytes.Equal(sealed, good) {
			require.ErrorIs(t, err, ErrTampered)
			return
		}
		require.NoError(t, err)
		require.Equal(t, vectorPlaintext, string(opened))
	})
}
