package db

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

func TestStatusSaysWhatIsWorthIt(t *testing.T) {
	d := openNew(t)
	status, err := d.Status()
	require.NoError(t, err)
	require.NotNil(t, status)
	add(t, d, "nothing to it")
	token, hash := add(t, d, "")
	second, secondHash := join(t, d, token)
	require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
	pending, pendingHash := add(t, d, "")
	_, gone := join(t, d, pending)
	require.NoError(t, d.DeleteAPIToken(gone))
	d.keys.Clear()

	status, err = d.Status()
	require.NoError(t, err)
	require.Len(t, status, 2)
	byTenant := map[string]TenantStatus{status[0].Tenant: status[0], status[1].Tenant: status[1]}
	require.Less(t, status[0].Tenant, status[1].Tenant)
	require.True(t, byTenant[pendingHash].RekeyPending)
	require.Empty(t, byTenant[pendingHash].Connections)
	got := byTenant[hash]
	require.ElementsMatch(t, []string{token[:8], second[:8]}, got.Tokens)
	require.False(t, got.RekeyPending)
	require.Equal(t, "mail", got.Connections[0].Service)
	require.NoError(t, d.DeleteAPIToken(secondHash))
}

// Pages end between tenants, however many keys a tenant has.
func TestEachTenantIsVisitedOnce(t *testing.T) {
	d := openNew(t)
	want := map[hash]bool{}
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		for range 2*pageSize + 1 {
			drawn, record := drawnAlone(t)
			require.NoError(t, putTenant(tx, drawn.hash, tenantRecord{CreatedAt: record.CreatedAt}))
			require.NoError(t, putToken(tx, drawn.hash, record))
			want[drawn.hash] = true
		}
		return nil
	}))
	visited := map[hash]bool{}
	require.NoError(t, d.eachTenant(func(_ store.Tx, tenant hash) error {
		require.False(t, visited[tenant])
		visited[tenant] = true
		return nil
	}))
	require.Equal(t, want, visited)
}

func TestStatsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newDir(t)
		d := openDir(t, dir)
		token, hash := add(t, d, "")
		add(t, d, "idle")
		join(t, d, token)
		require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a1")))
		require.NoError(t, d.StoreCredentials(hash, APIKeys, "files", apiKey("k")))
		tenant := authenticate(t, d, token)
		at := time.Now().UTC()
		tenant.Count(false)
		tenant.Count(true)
		want := []TenantUsage{{hash, 2, 1, at}}
		stats, err := d.Stats()
		require.NoError(t, err)
		require.Equal(t, want, stats.Usage, "at once")
		require.Equal(t, []int{3, 2, 1, 1, 0}, []int{stats.Tokens, stats.Tenants, stats.Connections, stats.Credentials, stats.TemporaryKeys})
		require.Positive(t, stats.FileBytes)
		require.Less(t, stats.FreeBytes, stats.FileBytes)

		time.Sleep(flushEvery)
		synctest.Wait()
		require.Empty(t, d.usage.pending())
		requireSound(t, d)
		tenant.Count(false)
		require.NoError(t, d.Close())
		d = openDir(t, dir)
		stats, err = d.Stats()
		require.NoError(t, err)
		require.EqualValues(t, 3, stats.Usage[0].Calls)
		require.EqualValues(t, 1, stats.Usage[0].Errors)

		tenant = authenticate(t, d, token)
		tokens, err := d.ListAPITokens()
		require.NoError(t, err)
		for _, token := range tokens {
			require.NoError(t, d.DeleteAPIToken(token.Hash))
		}
		tenant.Count(false) // of a call that was running
		require.NoError(t, d.flush())
		require.Empty(t, dump(t, d))
		stats, err = d.Stats()
		require.NoError(t, err)
		require.Empty(t, stats.Usage)
		requireSound(t, d)
	})
}

func TestCountsDuringAFlushAreNotLost(t *testing.T) {
	var u usage
	tenant := hash{1}
	u.add(tenant, counts{1, 0, 5})
	flushing := u.pending()
	u.add(tenant, counts{1, 1, 7})
	u.written(flushing)
	require.Equal(t, counts{1, 1, 7}, u.get(tenant))
}

func TestConnectionsShowRefreshesAndFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, hash := add(t, d, "")
		tenant := authenticate(t, d, token)
		shown := func() Connection {
			requireSound(t, d)
			list, err := d.Connections(hash)
			require.NoError(t, err)
			require.Len(t, list, 1)
			return list[0]
		}
		update := func(access string) {
			require.NoError(t, tenant.UpdateOAuthToken("mail", func(*OAuthTokenData) (*OAuthTokenData, error) {
				return oauthToken(access), nil
			}))
		}
		require.ErrorIs(t, tenant.NoteFailure("mail", time.Time{}, "x", true), ErrNotFound)
		update("a1")
		require.Nil(t, shown().LastRefresh, "a new connection is not refreshed")
		time.Sleep(time.Hour)
		at := time.Now().UTC()
		update("a2")
		require.Equal(t, at, *shown().LastRefresh)
		time.Sleep(time.Hour)
		update("a2")
		require.Equal(t, at, *shown().LastRefresh, "the same token is none")

		require.NoError(t, tenant.NoteFailure("mail", shown().UpdatedAt, "invalid_grant\x1b", true))
		require.Equal(t, "invalid_grant", shown().LastError)
		require.True(t, shown().NeedsSignIn)
		require.Equal(t, at, *shown().LastRefresh)
		data, err := tenant.OAuthToken("mail")
		require.NoError(t, err)
		require.Equal(t, "a2", data.AccessToken)

		require.NoError(t, tenant.Rekey())
		require.True(t, shown().NeedsSignIn, "it goes with the record")
		require.NoError(t, d.StoreOAuthToken(hash, "mail", oauthToken("a3")))
		require.Empty(t, shown().LastError)
		require.False(t, shown().NeedsSignIn)
		require.Nil(t, shown().LastRefresh)
	})
}

// A refresh that ends when somebody has connected anew says nothing about the
// new connection, even if the clock stood still between the two.
func TestAFailureOfAnotherTokenIsNotNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, hash := add(t, d, "")
		tenant := authenticate(t, d, token)
		require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("failed")))
		failed, err := tenant.OAuthToken("mail")
		require.NoError(t, err)
		require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("anew")))
		before := dumpValues(t, d)

		require.NoError(t, tenant.NoteFailure("mail", failed.UpdatedAt, "invalid_grant", true))
		require.Equal(t, before, dumpValues(t, d))
		list, err := d.Connections(hash)
		require.NoError(t, err)
		require.False(t, list[0].NeedsSignIn)

		require.NoError(t, tenant.Rekey())
		anew, err := tenant.OAuthToken("mail")
		require.NoError(t, err)
		require.NoError(t, tenant.NoteFailure("mail", anew.UpdatedAt.Local(), "invalid_grant", true))
		list, err = d.Connections(hash)
		require.NoError(t, err)
		require.True(t, list[0].NeedsSignIn, "it is the token that failed")
	})
}

// dumpValues is what stands in the database of tenants.
func dumpValues(t *testing.T, d *DB) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		for key, value := range tx.Range(bucketTenants, nil, nil) {
			found[string(key)] = string(value)
		}
		return nil
	}))
	return found
}
