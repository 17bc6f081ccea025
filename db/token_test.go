package db

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

func add(t testing.TB, d *DB, description string) (token, hash string) {
	t.Helper()
	token, hash, err := d.AddAPIToken(description)
	require.NoError(t, err)
	return token, hash
}

// addTo makes a further token of the tenant that the hash names, with a given
// prefix.
func addTo(t testing.TB, d *DB, tenant, prefix string) (token, hash string) {
	t.Helper()
	drawn, record := drawnFor(t, mustHash(t, tenant))
	record.Prefix = prefix
	key := d.keys.Get(record.tenant, time.Now())
	require.False(t, key.IsZero(), "the tenant was added a moment ago")
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		if err := putToken(tx, drawn.hash, record); err != nil {
			return err
		}
		return member{drawn.hash, record.publicKey}.put(tx, record.tenant, key)
	}))
	return drawn.secret.Reveal(), drawn.hash.String()
}

// drawnFor returns a token that is stored nowhere yet, with its record.
func drawnFor(t testing.TB, tenant hash) (drawnToken, tokenRecord) {
	t.Helper()
	drawn := drawToken()
	record, err := TokenSettings{Description: "further"}.record(time.Now())
	require.NoError(t, err)
	require.NoError(t, drawn.complete(&record, tenant))
	return drawn, record
}

// drawnAlone returns one that names its own tenant.
func drawnAlone(t testing.TB) (drawnToken, tokenRecord) {
	t.Helper()
	drawn, record := drawnFor(t, hash{})
	record.tenant = drawn.hash
	return drawn, record
}

// dump returns all keys of the database, to see that nothing is left.
func dump(t testing.TB, d *DB) []string {
	t.Helper()
	found := []string{}
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		for _, bucket := range []string{bucketTenants, bucketIndex} {
			for key := range tx.Range(bucket, nil, nil) {
				found = append(found, bucket+"/"+string(key))
			}
		}
		return nil
	}))
	return found
}

func TestAddedTokenIsWhatItSays(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "laptop")
	requireSound(t, d)
	require.Regexp(t, "^[0-9a-f]{64}$", token)
	sum := sha256.Sum256([]byte(token))
	require.Equal(t, hex.EncodeToString(sum[:]), hash)

	tenant, err := d.Authenticate(token)
	require.NoError(t, err)
	require.Equal(t, hash, tenant.Hash())
	require.Equal(t, hash, tenant.TokenHash())
	require.Equal(t, hash[:8], tenant.ShortID())
	valid, got, err := d.ValidateAPIToken(token)
	require.NoError(t, err)
	require.True(t, valid)
	require.Equal(t, hash, got)
}

func TestTokensPublicKeyIsStored(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	key, err := vault.TokenKey(token)
	require.NoError(t, err)
	want := key.Public()
	id, _ := parseHash(hash)
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		value, err := tx.Get(bucketIndex, byHashKey(id))
		require.NoError(t, err)
		record, err := decodeToken(id, value)
		require.Equal(t, want, record.publicKey)
		return err
	}))
}

func TestTheTokenItselfIsStoredNowhere(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	_, err := d.Authenticate(token)
	require.NoError(t, err)
	require.NoError(t, d.flush())
	raw, err := hex.DecodeString(token)
	require.NoError(t, err)
	var file strings.Builder
	require.NoError(t, d.store.Backup(&file))
	require.NotContains(t, file.String(), token)
	require.NotContains(t, file.String(), token[16:48])
	require.NotContains(t, file.String(), string(raw))
}

func TestWhatIsNoTokenIsInvalid(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	for _, wrong := range []string{
		"", " ", token[:63], token + "0", " " + token, token + "\n", strings.ToUpper(token), hash,
		strings.Repeat("0", 64), strings.Repeat("g", 64), strings.Repeat("\x00", 64),
	} {
		tenant, err := d.Authenticate(wrong)
		require.Equal(t, ErrInvalidToken, err, "%q", wrong)
		require.Nil(t, tenant)
		valid, got, err := d.ValidateAPIToken(wrong)
		require.NoError(t, err)
		require.False(t, valid)
		require.Empty(t, got)
	}
	require.Empty(t, d.used.pending(), "an invalid token leaves a mark")
}

func TestDeletedTokenLeavesNothing(t *testing.T) {
	d := openNew(t)
	before := dump(t, d)
	token, hash := add(t, d, "")
	_, err := d.Authenticate(token)
	require.NoError(t, err)
	require.NoError(t, d.flush())
	kept, keptHash := add(t, d, "kept")
	requireSound(t, d)

	require.NoError(t, d.DeleteAPIToken(strings.ToUpper(hash)))
	requireSound(t, d)
	_, err = d.Authenticate(token)
	require.Equal(t, ErrInvalidToken, err)
	_, err = d.Authenticate(kept)
	require.NoError(t, err)

	require.ErrorIs(t, d.DeleteAPIToken(hash), ErrTokenNotFound)
	require.NoError(t, d.DeleteAPIToken(keptHash))
	requireSound(t, d)
	require.Equal(t, before, dump(t, d))
}

func TestDeleteOfWhatIsNoHash(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	for _, wrong := range []string{"", hash[:8], hash + "00", token, token[:8], strings.Repeat("x", 64)} {
		require.ErrorIs(t, d.DeleteAPIToken(wrong), ErrTokenNotFound, wrong)
	}
	require.Len(t, dump(t, d), 4)
}

func TestTenantGoesWithItsLastToken(t *testing.T) {
	d := openNew(t)
	before := dump(t, d)
	first, firstHash := add(t, d, "first")
	second, secondHash := addTo(t, d, firstHash, "00000000")
	secret := append(metadataKey(hash(mustHash(t, firstHash))), "/later"...)
	require.NoError(t, d.store.Update(func(tx store.Tx) error { return tx.Put(bucketTenants, secret, []byte("x")) }))

	require.NoError(t, d.DeleteAPIToken(firstHash))
	_, err := d.Authenticate(first)
	require.Equal(t, ErrInvalidToken, err)
	tenant, err := d.Authenticate(second)
	require.NoError(t, err)
	require.Equal(t, firstHash, tenant.Hash(), "the tenant keeps its name")
	require.Equal(t, secondHash, tenant.TokenHash())
	require.Contains(t, dump(t, d), bucketTenants+"/"+string(secret))

	require.NoError(t, d.DeleteAPIToken(secondHash))
	requireSound(t, d)
	require.Equal(t, before, dump(t, d))
}

func mustHash(t testing.TB, s string) hash {
	t.Helper()
	h, ok := parseHash(s)
	require.True(t, ok)
	return h
}

func TestDescriptions(t *testing.T) {
	d := openNew(t)
	long := strings.Repeat("ü", 199)
	for given, want := range map[string]string{
		"":                             "",
		"  plain text\t\n":             "plain text",
		"a\x00b\x1b[31mc\x7f\u009bd\r": "ab[31mcd",
		"a\u202eb\u2066c\u200ed\u061c": "abcd",
		"a\u2028b\u2029c":              "abc",
		"a\xff\xfeb":                   "ab",
		"👩‍💻 ok":                       "👩‍💻 ok",
		long + "xyz":                   long + "x",
		long + " z":                    long,
	} {
		_, hash := add(t, d, given)
		found, err := d.FindAPITokens(hash)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].Description, "%q", given)
	}
	requireSound(t, d)
}

var errDiskFull = errors.New("disk full")

// brokenStore fails each Update before it is stored, unless it is mended.
type brokenStore struct {
	store.Store
	mended atomic.Bool
}

func (s *brokenStore) Update(fn func(store.Tx) error) error {
	if s.mended.Load() {
		return s.Store.Update(fn)
	}
	return s.Store.Update(func(tx store.Tx) error { return errors.Join(fn(tx), errDiskFull) })
}

func TestFailedWriteChangesNothing(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	broken := &brokenStore{Store: d.store}
	d.store = broken
	before := dump(t, d)

	token2, hash2, err := d.AddAPIToken("")
	require.ErrorIs(t, err, errDiskFull)
	require.Empty(t, token2+hash2)
	require.ErrorIs(t, d.DeleteAPIToken(hash), errDiskFull)
	require.Equal(t, before, dump(t, d))
	requireSound(t, d)
	_, err = d.Authenticate(token)
	require.NoError(t, err)
	broken.mended.Store(true)
}

func TestEverythingAtOnce(t *testing.T) {
	d := openNew(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				token, hash := add(t, d, "")
				tenant, err := d.Authenticate(token)
				require.NoError(t, err)
				require.Equal(t, hash, tenant.Hash())
				require.NoError(t, d.flush())
				require.NoError(t, d.DeleteAPIToken(hash))
				_, err = d.Authenticate(token)
				require.Equal(t, ErrInvalidToken, err)
			}
		})
		group.Go(func() {
			for range 10 {
				_, err := d.ListAPITokens()
				require.NoError(t, err)
				requireSound(t, d)
			}
		})
	}
	group.Wait()
	require.Empty(t, dump(t, d))
}
