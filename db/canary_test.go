package db

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// canary is a value that must not be found on disk. It has characters that
// JSON escapes.
func canary(tenant int, what string) string { return fmt.Sprintf("c4nary<%d>&%s/\"ü\"", tenant, what) }

// canaryNumber is an integer of a service credential.
const canaryNumber = int64(0x1122334455667701)

// spellings are the forms in which a value might lie on disk.
func spellings(value string) [][]byte {
	escaped, _ := json.Marshal(value)
	forms := [][]byte{[]byte(value), escaped[1 : len(escaped)-1], []byte(hex.EncodeToString([]byte(value)))}
	reversed := []byte(value)
	slices.Reverse(reversed)
	forms = append(forms, reversed)
	for shift := range 3 { // base64 looks different at each alignment; its ends depend on the neighbours
		padded := append(make([]byte, shift), value...)
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(padded)
			forms = append(forms, []byte(text[4:len(text)-4]))
		}
	}
	return forms
}

func numberSpellings(n int64) [][]byte {
	return [][]byte{
		fmt.Append(nil, n), fmt.Appendf(nil, "%x", n),
		binary.BigEndian.AppendUint64(nil, uint64(n)), binary.LittleEndian.AppendUint64(nil, uint64(n)),
	}
}

// requireAbsent looks for the canaries of 20 tenants in files.
func requireAbsent(t *testing.T, when string, contents ...[]byte) {
	t.Helper()
	for i, content := range contents {
		for tenant := range 20 {
			for _, what := range []string{"access", "refresh", "origin", "account", "api_keys", "bearer_tokens", "basic_auth", "user_credentials"} {
				for _, form := range spellings(canary(tenant, what)) {
					require.False(t, bytes.Contains(content, form), "%s: file %d holds %q", when, i, form)
				}
			}
		}
		for _, form := range numberSpellings(canaryNumber) {
			require.False(t, bytes.Contains(content, form), "%s: file %d holds %q", when, i, form)
		}
	}
}

func storeCanaries(t *testing.T, tenant *Tenant, n int) {
	t.Helper()
	expires := time.Now().Add(time.Hour)
	require.NoError(t, tenant.StoreOAuthToken("mail", &OAuthTokenData{
		AccessToken: canary(n, "access"), RefreshToken: canary(n, "refresh"), ExpiresAt: &expires, Scope: []string{"mail"},
		Origins: []string{canary(n, "origin")}, Account: canary(n, "account"),
	}))
	for _, kind := range CredentialKinds {
		require.NoError(t, tenant.StoreCredentials(kind, "mail", &ServiceCredentials{
			Type: "x", Data: map[string]any{"value": canary(n, string(kind)), "number": canaryNumber},
		}))
	}
}

// A stolen file, copy or backup gives away no secret and no API token.
func TestNoSecretIsFoundOnDisk(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	var tokens, hashes []string
	for n := range 20 {
		token, hash := add(t, d, fmt.Sprint("tenant ", n))
		tokens, hashes = append(tokens, token), append(hashes, hash)
		storeCanaries(t, authenticate(t, d, token), n)
	}
	look := func(when string) {
		file, err := os.ReadFile(filepath.Join(dir, fileName))
		require.NoError(t, err)
		var hot bytes.Buffer
		require.NoError(t, d.store.Backup(&hot))
		requireAbsent(t, when, file, hot.Bytes())
		for _, token := range tokens {
			raw, err := hex.DecodeString(token)
			require.NoError(t, err)
			for _, form := range [][]byte{[]byte(token), raw, []byte(token)[8:40]} {
				require.False(t, bytes.Contains(file, form), when)
				require.False(t, bytes.Contains(hot.Bytes(), form), when)
			}
		}
	}
	require.NotEmpty(t, spellings(canary(1, "access"))[0])
	look("stored")
	for n, token := range tokens { // again, as a refresh does
		storeCanaries(t, authenticate(t, d, token), n)
	}
	require.NoError(t, authenticate(t, d, tokens[0]).Rekey())
	look("updated")
	for _, hash := range hashes[:10] {
		require.NoError(t, d.DeleteOAuthToken(hash, "mail"))
		require.NoError(t, d.DeleteAPIToken(hash))
	}
	look("deleted")
	for n := range 100 {
		require.NoError(t, d.StoreOAuthToken(hashes[19], fmt.Sprint("s", n), oauthToken("other")))
	}
	look("100 writes later")
	require.NoError(t, d.Close())
	file, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	requireAbsent(t, "closed", file)
}

// The search itself would find what it looks for.
func TestTheSearchFindsCanaries(t *testing.T) {
	value := canary(3, "access")
	escaped, err := json.Marshal(map[string]string{"v": value})
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"plain":  []byte("xx" + value + "yy"),
		"json":   escaped,
		"hex":    []byte(hex.EncodeToString([]byte("x" + value))),
		"base64": []byte(base64.StdEncoding.EncodeToString([]byte("xxxx" + value + "yyyy"))),
		"url64":  []byte(base64.URLEncoding.EncodeToString([]byte("x" + value + "yyyy"))),
	} {
		found := slices.ContainsFunc(spellings(value), func(form []byte) bool { return bytes.Contains(content, form) })
		require.True(t, found, name)
	}
}
