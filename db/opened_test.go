package db

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

// newOpened returns a tenant whose secret for mail was opened with its second
// token.
func newOpened(t *testing.T) (d *DB, first string, tenant *Tenant, hash string) {
	t.Helper()
	d = openNew(t)
	first, _ = add(t, d, "")
	token, hash := join(t, d, first)
	tenant = authenticate(t, d, token)
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a")))
	require.Zero(t, d.keys.OpenedLen())
	require.Equal(t, "a", readMail(t, tenant))
	require.Equal(t, 1, d.keys.OpenedLen())
	return d, first, tenant, hash
}

func TestOpenedSecretsGoWithTheirToken(t *testing.T) {
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			d, first, _, hash := newOpened(t)
			end(t, d, first, hash)
			require.Zero(t, d.keys.OpenedLen())
		})
	}
}

func TestOpenedSecretsGoWhenTheyChange(t *testing.T) {
	for name, change := range map[string]func(d *DB, tenant *Tenant) error{
		"store":  func(_ *DB, tenant *Tenant) error { return tenant.StoreOAuthToken("mail", oauthToken("b")) },
		"delete": func(_ *DB, tenant *Tenant) error { return tenant.DeleteOAuthToken("mail") },
		"by hash": func(d *DB, tenant *Tenant) error {
			return d.StoreOAuthToken(tenant.Hash(), "mail", oauthToken("b"))
		},
		"update": func(_ *DB, tenant *Tenant) error {
			return tenant.UpdateOAuthToken("mail", func(*OAuthTokenData) (*OAuthTokenData, error) { return oauthToken("b"), nil })
		},
		"close": func(d *DB, _ *Tenant) error { return d.Close() },
	} {
		d, _, tenant, _ := newOpened(t)
		require.NoError(t, change(d, tenant), name)
		require.Zero(t, d.keys.OpenedLen(), name)
	}
	d, _, tenant, _ := newOpened(t)
	require.NoError(t, tenant.StoreOAuthToken("files", oauthToken("b")))
	require.NoError(t, tenant.StoreCredentials(APIKeys, "mail", apiKey("k")))
	require.Equal(t, 1, d.keys.OpenedLen(), "others stay")
}

func TestOpenedSecretsGoAfterIdleMinutesAndAtExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, _ := newSettings(t, d, TokenSettings{ExpiresAt: new(time.Now().Add(40 * time.Minute))})
		tenant := authenticate(t, d, token)
		require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a")))
		readMail(t, tenant)
		time.Sleep(16 * time.Minute)
		synctest.Wait()
		require.Zero(t, d.keys.OpenedLen())

		readMail(t, tenant)
		time.Sleep(14 * time.Minute)
		readMail(t, tenant)
		require.Equal(t, 1, d.keys.OpenedLen())
		time.Sleep(10*time.Minute + flushEvery)
		synctest.Wait()
		require.Zero(t, d.keys.OpenedLen())
		require.NoError(t, d.Close())
	})
}

// What counts is what stands in the database, whoever has put it there.
func TestOpenedSecretsAreNotBelievedAgainstTheDatabase(t *testing.T) {
	d, first, tenant, _ := newOpened(t)
	move := func(from, to slot) {
		require.NoError(t, d.store.Update(func(tx store.Tx) error {
			value, err := tx.Get(bucketTenants, from.key(tenant.hash))
			require.NoError(t, err)
			return tx.Put(bucketTenants, to.key(tenant.hash), []byte(string(value)))
		}))
	}
	require.NoError(t, tenant.StoreOAuthToken("files", oauthToken("b")))
	move(oauthSlot("files"), oauthSlot("mail"))
	_, err := tenant.OAuthToken("mail")
	require.ErrorIs(t, err, ErrTampered)
	require.NoError(t, d.store.Update(func(tx store.Tx) error { return tx.Delete(bucketTenants, oauthSlot("mail").key(tenant.hash)) }))
	_, err = authenticate(t, d, first).OAuthToken("mail")
	require.ErrorIs(t, err, ErrNotFound)
}

// Who reads what another token has opened must be able to open the key.
func TestOpenedSecretsAreForThoseWhoHaveTheKey(t *testing.T) {
	d, first, tenant, hash := newOpened(t)
	require.Equal(t, "a", readMail(t, authenticate(t, d, first)), "another token of the tenant")
	byHash, err := d.GetOAuthToken(tenant.Hash(), "mail")
	require.NoError(t, err)
	require.Equal(t, "a", byHash.AccessToken)

	// A token that somebody who writes the file has planted among the tenant's.
	planted := drawToken()
	record := tokenRecord{tokenText: tokenText{CreatedAt: time.Now()}}
	require.NoError(t, planted.complete(&record, tenant.hash))
	require.NoError(t, d.store.Update(func(tx store.Tx) error { return putToken(tx, planted.hash, record) }))
	readMail(t, tenant)
	require.Equal(t, 1, d.keys.OpenedLen())
	_, err = authenticate(t, d, planted.secret.Reveal()).OAuthToken("mail")
	require.ErrorIs(t, err, ErrTampered)

	require.NoError(t, d.DeleteAPIToken(planted.hash.String()))
	readMail(t, authenticate(t, d, first))
	require.NoError(t, d.DeleteAPIToken(hash))
	_, err = tenant.OAuthToken("mail")
	require.ErrorIs(t, err, ErrInvalidToken)
}

// Whatever a caller does to its copy, the next one gets what is stored.
func TestOpenedSecretsAreCopied(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	given := oauthToken("a")
	given.Origins, given.Account = []string{"https://a:443"}, "me"
	require.NoError(t, tenant.StoreOAuthToken("mail", given))
	require.NoError(t, tenant.StoreCredentials(APIKeys, "mail", &ServiceCredentials{Type: "x", Data: map[string]any{
		"key": "k", "list": []any{"a", map[string]any{"b": nil}}, "object": map[string]any{"c": 1.5}, "none": []any{},
	}}))
	read := func() (*OAuthTokenData, *ServiceCredentials, string) {
		data, err := tenant.OAuthToken("mail")
		require.NoError(t, err)
		credentials, err := tenant.Credentials(APIKeys, "mail")
		require.NoError(t, err)
		text, err := json.Marshal([]any{data, credentials})
		require.NoError(t, err)
		return data, credentials, string(text)
	}
	_, _, want := read()
	for range 3 {
		data, credentials, got := read()
		require.Equal(t, want, got)
		require.Equal(t, 2, d.keys.OpenedLen())
		*data.ExpiresAt = time.Time{}
		data.AccessToken, data.Scope[0], data.Origins[0] = "x", "x", "x"
		list := credentials.Data["list"].([]any)
		list[1].(map[string]any)["b"] = "x"
		list[0] = "x"
		credentials.Data["object"].(map[string]any)["c"] = 2
		credentials.Data["key"] = "x"
	}
}

// Readers, refreshes and tokens that come and go: nobody reads what is older
// than what was stored before, and nothing stays that belongs to no key.
func TestOpenedSecretsServeManyAtOnce(t *testing.T) {
	d := openNew(t)
	token, _ := add(t, d, "")
	tenant := authenticate(t, d, token)
	number := func(n int64) *OAuthTokenData { return oauthToken(fmt.Sprint(n)) }
	require.NoError(t, tenant.StoreOAuthToken("mail", number(0)))
	var stored atomic.Int64
	var stop atomic.Bool
	var writers, readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for !stop.Load() {
				least := stored.Load()
				data, err := tenant.OAuthToken("mail")
				var n int64
				if err == nil {
					_, err = fmt.Sscan(data.AccessToken, &n)
					data.AccessToken, data.Scope[0] = "x", "x"
				}
				if err != nil || n < least {
					t.Error(n, least, err)
					return
				}
			}
		})
	}
	writers.Go(func() {
		for n := range int64(100) {
			if err := tenant.StoreOAuthToken("mail", number(n+1)); err != nil {
				t.Error(err)
			}
			stored.Store(n + 1)
		}
	})
	writers.Go(func() {
		for range 20 {
			added, err := d.JoinAPIToken(Proof{Token: global.NewSecret(token)}, TokenSettings{})
			if err == nil {
				_, err = authenticate(t, d, added.Token.Reveal()).OAuthToken("mail")
			}
			if err == nil {
				err = d.EndAPIToken(Proof{Token: global.NewSecret(token)}, added.Hash, 0)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	stop.Store(true)
	readers.Wait()
	require.LessOrEqual(t, d.keys.OpenedLen(), 1)
	require.NoError(t, tenant.DeleteOAuthToken("mail"))
	require.Zero(t, d.keys.OpenedLen())
}

// A reader that was overtaken by a deletion leaves nothing behind.
func TestAReaderThatWasOvertakenKeepsNothing(t *testing.T) {
	d, _, tenant, _ := newOpened(t)
	s := oauthSlot("mail")
	key := d.keys.Get(tenant.token, time.Now())
	var value []byte
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		stored, err := tx.Get(bucketTenants, s.key(tenant.hash))
		value = []byte(string(stored))
		return err
	}))
	require.NoError(t, tenant.DeleteOAuthToken("mail"))
	tenant.keepOpened(s, key, value, oauthToken("a"))
	require.Zero(t, d.keys.OpenedLen())
}

// BenchmarkOpenedSecret reads a secret of 3 KB in turns as it stands in memory
// and as it must be opened, and reports how many times longer the latter takes.
func BenchmarkOpenedSecret(b *testing.B) {
	d := openNew(b)
	token, _ := add(b, d, "")
	tenant := authenticate(b, d, token)
	require.NoError(b, tenant.StoreOAuthToken("mail", oauthToken(strings.Repeat("x", 3<<10))))
	at := oauthSlot("mail").place(tenant.hash)
	timed := func() time.Duration {
		began := time.Now()
		_, err := tenant.OAuthToken("mail")
		took := time.Since(began)
		require.NoError(b, err)
		return took
	}
	var kept, opened time.Duration
	for b.Loop() {
		d.keys.Forget(at)
		opened += timed()
		kept += timed()
	}
	b.ReportMetric(float64(opened)/float64(kept), "opened/kept")
	b.ReportMetric(float64(kept.Nanoseconds())/float64(b.N), "kept-ns")
}
