package db

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

func oauthToken(access string) *OAuthTokenData {
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return &OAuthTokenData{AccessToken: access, RefreshToken: "refresh-" + access, TokenType: "Bearer", ExpiresAt: &expires, Scope: []string{"mail", "files"}}
}

func apiKey(key string) *ServiceCredentials {
	return &ServiceCredentials{Type: "api_key", Data: map[string]any{"key": key}}
}

func authenticate(t testing.TB, d *DB, token string) *Tenant {
	t.Helper()
	tenant, err := d.Authenticate(token)
	require.NoError(t, err)
	return tenant
}

// reopen closes the database and opens it again: its keyring is empty then.
func reopen(t testing.TB, d *DB, dir string) *DB {
	t.Helper()
	require.NoError(t, d.Close())
	return openDir(t, dir)
}

func TestSecretsComeBackAsTheyWereStored(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	tenant := authenticate(t, d, token)
	for _, kind := range CredentialKinds {
		require.NoError(t, tenant.StoreCredentials(kind, "mail", apiKey("k-"+string(kind))))
	}
	requireSound(t, d)

	d = reopen(t, d, dir)
	tenant = authenticate(t, d, token)
	got, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	want := oauthToken("a1")
	want.CreatedAt, want.UpdatedAt = got.CreatedAt, got.UpdatedAt
	require.Equal(t, want.AccessToken, got.AccessToken)
	require.True(t, want.ExpiresAt.Equal(*got.ExpiresAt))
	require.Equal(t, want.Scope, got.Scope)
	require.WithinDuration(t, time.Now(), got.CreatedAt, time.Minute)
	for _, kind := range CredentialKinds {
		credentials, err := tenant.Credentials(kind, "mail")
		require.NoError(t, err)
		require.Equal(t, map[string]any{"key": "k-" + string(kind)}, credentials.Data)
	}
	all, err := d.ListOAuthTokens(hash)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "refresh-a1", all["mail"].RefreshToken)
}

func TestReadingByHashNeedsThePresentedToken(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "")
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	_, err := d.GetOAuthToken(hash, "mail")
	require.NoError(t, err, "AddAPIToken made the tenant readable")

	d = reopen(t, d, dir)
	_, err = d.GetOAuthToken(hash, "mail")
	require.ErrorIs(t, err, ErrLocked)
	_, err = d.ListOAuthTokens(hash)
	require.ErrorIs(t, err, ErrLocked)
	connections, err := d.Connections(hash)
	require.NoError(t, err, "what is in clear needs no key")
	require.Equal(t, []string{"mail", "files"}, connections[0].Scope)
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a2")), "storing needs no key")
	require.NoError(t, d.StoreCredentials(hash, APIKeys, "mail", apiKey("k")))

	valid, got, err := d.ValidateAPIToken(token)
	require.NoError(t, err)
	require.True(t, valid)
	require.Equal(t, hash, got)
	data, err := d.GetOAuthToken(hash, "mail")
	require.NoError(t, err)
	require.Equal(t, "a2", data.AccessToken)
	require.NoError(t, d.DeleteOAuthToken(hash, "mail"))
	_, err = d.GetOAuthToken(hash, "mail")
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, d.DeleteOAuthToken(hash, "mail"), ErrNotFound)
	require.NoError(t, d.DeleteCredentials(hash, APIKeys, "mail"))
	requireSound(t, d)
}

func TestErrorsCanBeToldApart(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	tenant := authenticate(t, d, token)
	_, err := tenant.OAuthToken("none")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = tenant.Credentials("passwords", "mail")
	require.ErrorIs(t, err, ErrCredentialKind)
	for _, name := range []string{"", "a/b", "a\x00", strings.Repeat("x", 129), "\xff"} {
		require.ErrorIs(t, tenant.StoreOAuthToken(name, oauthToken("x")), ErrServiceName, "%q", name)
	}
	stranger := strings.Repeat("ab", 32)
	for _, unknown := range []string{stranger, "", "xyz"} {
		_, err = d.GetOAuthToken(unknown, "mail")
		require.ErrorIs(t, err, ErrTenantNotFound)
		require.ErrorIs(t, d.StoreOAuthToken(unknown, "mail", oauthToken("x")), ErrTenantNotFound)
		_, err = d.Connections(unknown)
		require.ErrorIs(t, err, ErrTenantNotFound)
	}
	huge := apiKey(strings.Repeat("x", vault.MaxPlaintext))
	require.ErrorIs(t, tenant.StoreCredentials(APIKeys, "mail", huge), vault.ErrTooLong)

	require.NoError(t, d.DeleteAPIToken(hash))
	require.ErrorIs(t, tenant.StoreOAuthToken("mail", oauthToken("late")), ErrTenantNotFound, "a refresh that was still running brings nobody back")
	require.ErrorIs(t, d.StoreOAuthToken(hash, "mail", oauthToken("late")), ErrTenantNotFound)
	requireSound(t, d)
}

func TestValidationOpensNothing(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, _ := add(t, d, "")
	d = reopen(t, d, dir)
	tenant := authenticate(t, d, token)
	require.Zero(t, d.keys.Len())
	_, err := tenant.OAuthToken("none")
	require.ErrorIs(t, err, ErrNotFound)
	require.Zero(t, d.keys.Len(), "there was nothing to open")
}

func TestOpenKeysGoAfterIdleMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		_, hash := add(t, d, "")
		require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a")))
		time.Sleep(14 * time.Minute)
		_, err := d.GetOAuthToken(hash, "mail")
		require.NoError(t, err)
		time.Sleep(16 * time.Minute)
		synctest.Wait()
		require.Zero(t, d.keys.Len())
		_, err = d.GetOAuthToken(hash, "mail")
		require.ErrorIs(t, err, ErrLocked)
		require.NoError(t, d.Close())
	})
}

func TestUpdateSeesTheOldValue(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	var calls int
	require.NoError(t, tenant.UpdateOAuthToken("mail", func(old *OAuthTokenData) (*OAuthTokenData, error) {
		calls++
		require.Nil(t, old)
		return oauthToken("a1"), nil
	}))
	refused := errors.New("newer already")
	require.ErrorIs(t, tenant.UpdateOAuthToken("mail", func(old *OAuthTokenData) (*OAuthTokenData, error) {
		require.Equal(t, "a1", old.AccessToken)
		return oauthToken("a2"), refused
	}), refused)
	require.NoError(t, tenant.UpdateOAuthToken("mail", func(*OAuthTokenData) (*OAuthTokenData, error) { return nil, nil }))
	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "a1", data.AccessToken)
	require.Equal(t, 1, calls)
}

// Sixteen refreshes at once: each sees what the one before has stored.
func TestUpdatesOfOneTokenDoNotLoseEachOther(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("")))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			err := tenant.UpdateOAuthToken("mail", func(old *OAuthTokenData) (*OAuthTokenData, error) {
				return oauthToken(old.AccessToken + "x"), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("x", 16), data.AccessToken)
}

// Whatever is put elsewhere in the database does not open there.
func TestMovedRecordsDoNotOpen(t *testing.T) {
	d := openNew(t)
	aliceToken, alice := add(t, d, "")
	bobToken, bob := add(t, d, "")
	a, b := authenticate(t, d, aliceToken), authenticate(t, d, bobToken)
	require.NoError(t, a.StoreOAuthToken("mail", oauthToken("alices")))
	require.NoError(t, a.StoreCredentials(APIKeys, "mail", apiKey("alices")))
	from, other := oauthSlot("mail").key(a.hash), credentialSlot(APIKeys, "mail").key(a.hash)
	// Whoever writes the file can make the checksum fit.
	move := func(source, target []byte) {
		require.NoError(t, d.store.Update(func(tx store.Tx) error {
			value, err := tx.Get(bucketTenants, source)
			require.NoError(t, err)
			h, sealed, err := decodeRecord(hash(source[:32]), value)
			require.NoError(t, err)
			moved, err := encodeRecord(hash(target[:32]), h, sealed)
			require.NoError(t, err)
			return tx.Put(bucketTenants, target, moved)
		}))
	}
	move(from, oauthSlot("mail").key(b.hash))
	move(from, oauthSlot("files").key(a.hash))
	move(other, oauthSlot("calendar").key(a.hash))
	move(other, credentialSlot(BearerTokens, "mail").key(a.hash))
	for name, read := range map[string]func() error{
		"another tenant":  func() error { _, err := b.OAuthToken("mail"); return err },
		"another service": func() error { _, err := a.OAuthToken("files"); return err },
		"another sort":    func() error { _, err := a.OAuthToken("calendar"); return err },
		"another kind":    func() error { _, err := a.Credentials(BearerTokens, "mail"); return err },
	} {
		require.ErrorIs(t, read(), ErrTampered, name)
	}
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		sealed, err := tx.Get(bucketTenants, memberKey(a.hash, a.token))
		require.NoError(t, err)
		return tx.Put(bucketTenants, memberKey(b.hash, b.token), bytes.Clone(sealed))
	}))
	d.keys.Clear()
	_, err := b.OAuthToken("mail")
	require.ErrorIs(t, err, ErrTampered, "another tenant's key")
	require.NotEqual(t, alice, bob)
}

func TestFlippedBitsAreNoticed(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	require.NoError(t, tenant.StoreCredentials(APIKeys, "mail", apiKey("k")))
	key := credentialSlot(APIKeys, "mail").key(tenant.hash)
	var value []byte
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		v, err := tx.Get(bucketTenants, key)
		value = bytes.Clone(v)
		return err
	}))
	put := func(value []byte) {
		require.NoError(t, d.store.Update(func(tx store.Tx) error { return tx.Put(bucketTenants, key, bytes.Clone(value)) }))
	}
	for at := range value { // by accident: the checksum notices
		value[at] ^= 1
		put(value)
		_, err := tenant.Credentials(APIKeys, "mail")
		require.ErrorIs(t, err, ErrCorrupt, "byte %d", at)
		value[at] ^= 1
	}
	h, sealed, err := decodeRecord(tenant.hash, value)
	require.NoError(t, err)
	for at := range sealed { // on purpose, with a new checksum: the seal does
		changed := bytes.Clone(sealed)
		changed[at] ^= 1
		forged, err := encodeRecord(tenant.hash, h, changed)
		require.NoError(t, err)
		put(forged)
		_, err = tenant.Credentials(APIKeys, "mail")
		require.ErrorIs(t, err, ErrTampered, "byte %d", at)
	}
}

// Somebody who can write the file cannot make the gateway seal to a key of
// their own: the next presented token notices. Before that, storing by hash
// does not; SECURITY.md says so.
func TestReplacedPublicKeyIsNoticed(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	token, hash := add(t, d, "")
	foreign, err := vault.NewPrivateKey()
	require.NoError(t, err)
	id, public := mustHash(t, hash), foreign.Public()
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		return putTenant(tx, id, tenantRecord{Key: public[:], CreatedAt: time.Now()})
	}))
	d = reopen(t, d, dir)
	tenant := authenticate(t, d, token)
	require.ErrorIs(t, tenant.StoreOAuthToken("mail", oauthToken("a")), ErrTampered)
	_, _, err = d.ValidateAPIToken(token)
	require.ErrorIs(t, err, ErrTampered)
}

func TestTenantWithoutKeyGetsOne(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "old")
	id := mustHash(t, hash)
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		if err := putTenant(tx, id, tenantRecord{CreatedAt: time.Now()}); err != nil {
			return err
		}
		return tx.Put(bucketTenants, memberKey(id, id), nil)
	}))
	d.keys.Clear()
	requireSound(t, d)
	require.ErrorIs(t, d.StoreOAuthToken(hash, "mail", oauthToken("a")), ErrLocked, "there is nothing to seal to yet")
	_, err := authenticate(t, d, token).OAuthToken("mail")
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a")))
	data, err := d.GetOAuthToken(hash, "mail")
	require.NoError(t, err)
	require.Equal(t, "a", data.AccessToken)
	requireSound(t, d)
}

func TestSecretsPrintAsRedacted(t *testing.T) {
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+verb, *oauthToken("c4nary"), oauthToken("c4nary"))
		fmt.Fprintf(&out, verb+verb, *apiKey("c4nary"), apiKey("c4nary"))
	}
	d := openDir(t, filepath.Join(t.TempDir(), "data"))
	token, _ := add(t, d, "")
	fmt.Fprintf(&out, "%v %+v %#v", authenticate(t, d, token), *authenticate(t, d, token), authenticate(t, d, token))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "o", oauthToken("c4nary"), "c", *apiKey("c4nary"))
	require.NotContains(t, out.String(), "c4nary")
	require.NotContains(t, out.String(), fmt.Sprintf("%x", "c4nary"))
	require.NotContains(t, out.String(), token)
}

// One record that was damaged hides nothing else, and can be replaced.
func TestDamagedRecordStandsAlone(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	tenant := authenticate(t, d, token)
	for _, service := range []string{"a", "b"} {
		require.NoError(t, tenant.StoreOAuthToken(service, oauthToken(service)))
	}
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		return tx.Put(bucketTenants, oauthSlot("a").key(tenant.hash), []byte("x"))
	}))
	connections, err := d.Connections(hash)
	require.NoError(t, err)
	require.Len(t, connections, 2)
	require.True(t, connections[0].Damaged)
	require.False(t, connections[1].Damaged)
	_, err = tenant.OAuthToken("a")
	require.ErrorIs(t, err, ErrCorrupt)
	_, err = tenant.OAuthToken("b")
	require.NoError(t, err)
	require.ErrorIs(t, tenant.Rekey(), ErrCorrupt, "nothing is lost by a re-keying")
	require.NoError(t, tenant.StoreOAuthToken("a", oauthToken("anew")))
	require.NoError(t, tenant.Rekey())
	requireSound(t, d)
}
