package db

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

// readMail reads a secret, which opens the tenant's key.
func readMail(t *testing.T, tenant *Tenant) string {
	t.Helper()
	data, err := tenant.OAuthToken("mail")
	require.NoError(t, err)
	return data.AccessToken
}

// endings are the ways in which a token ceases to be let in, or everything of
// its tenant is sealed anew.
var endings = map[string]func(t *testing.T, d *DB, other, hash string){
	"delete": func(t *testing.T, d *DB, _, hash string) { require.NoError(t, d.DeleteAPIToken(hash)) },
	"disable": func(t *testing.T, d *DB, _, hash string) {
		require.NoError(t, d.ChangeAPIToken(hash, TokenChange{Disabled: new(true)}))
	},
	"expire now": func(t *testing.T, d *DB, _, hash string) {
		require.NoError(t, d.ChangeAPIToken(hash, TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))}))
	},
	"rotate": func(t *testing.T, d *DB, other, hash string) {
		require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(other)}, hash, 0))
	},
	"rotate with a grace": func(t *testing.T, d *DB, other, hash string) {
		require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(other)}, hash, time.Hour))
	},
	"re-key": func(t *testing.T, d *DB, other, _ string) { require.NoError(t, authenticate(t, d, other).Rekey()) },
}

func TestOpenKeysGoWithTheirToken(t *testing.T) {
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			d := openNew(t)
			first, _ := add(t, d, "")
			token, hash := join(t, d, first)
			tenant := authenticate(t, d, token)
			require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a")))
			third, _ := join(t, d, first)
			bystander := authenticate(t, d, third)
			readMail(t, bystander)
			old := d.keys.Get(tenant.token, time.Now())
			require.False(t, old.IsZero())
			end(t, d, first, hash)
			require.True(t, d.keys.Get(tenant.token, time.Now()).IsZero())
			byHash := d.keys.Get(tenant.hash, time.Now())
			require.NotEqual(t, old.Public(), byHash.Public(), "for access by hash neither")
			if name == "re-key" || strings.HasPrefix(name, "rotate") {
				require.True(t, d.keys.Get(bystander.token, time.Now()).IsZero(), "what was replaced is of no use to others")
			}
			require.Equal(t, "a", readMail(t, bystander))
		})
	}
}

// What was let in before it ended may end its work, and leaves nothing open.
func TestWhatIsNotLetInAnyMoreKeepsNoKeyOpen(t *testing.T) {
	for _, change := range []TokenChange{{Disabled: new(true)}, {ExpiresAt: new(time.Now().Add(-time.Second))}} {
		d := openNew(t)
		token, hash := add(t, d, "")
		tenant := authenticate(t, d, token)
		require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a")))
		require.NoError(t, d.ChangeAPIToken(hash, change))
		require.Zero(t, d.keys.Len())

		require.Equal(t, "a", readMail(t, tenant))
		require.NoError(t, tenant.UpdateOAuthToken("mail", func(old *OAuthTokenData) (*OAuthTokenData, error) {
			return oauthToken(old.AccessToken + "b"), nil
		}), "a refresh that was running is not lost")
		require.Equal(t, "ab", readMail(t, tenant))
		require.Zero(t, d.keys.Len())
	}
}

func TestOpenKeysGoWhenTheirTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		token, _ := newSettings(t, d, TokenSettings{ExpiresAt: new(time.Now().Add(5 * time.Minute))})
		tenant := authenticate(t, d, token)
		require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a")))
		other, otherHash := join(t, d, token)
		phone := authenticate(t, d, other)
		readMail(t, phone)
		change(t, d, otherHash, TokenChange{ExpiresAt: new(time.Now().Add(10 * time.Minute))})
		readMail(t, phone)
		readMail(t, tenant)
		require.Equal(t, 2, d.keys.Len(), "each of two tokens, of which one has the tenant's name")

		time.Sleep(5*time.Minute - time.Second)
		readMail(t, tenant)
		readMail(t, phone)
		time.Sleep(5*time.Minute + flushEvery)
		synctest.Wait()
		require.Zero(t, d.keys.Len())
		require.NoError(t, d.Close())
	})
}

// A change whose answer was lost may have been stored.
func TestOpenKeysGoAlsoWhenTheAnswerIsLost(t *testing.T) {
	for name, end := range map[string]func(d *DB, hash string) error{
		"disable": func(d *DB, hash string) error { return d.ChangeAPIToken(hash, TokenChange{Disabled: new(true)}) },
		"delete":  func(d *DB, hash string) error { return d.DeleteAPIToken(hash) },
	} {
		w := newWorld(t)
		tenant := authenticate(t, w.d, w.tokens[0])
		_, err := tenant.unlock()
		require.NoError(t, err)
		require.False(t, w.d.keys.Get(tenant.token, time.Now()).IsZero(), name)
		w.faulty.at, w.faulty.kind = commitOf(t, end), fault{lost: true}
		require.ErrorIs(t, end(w.d, w.hashes[0]), errFault, name)
		require.True(t, w.faulty.mend())
		require.Error(t, tenant.Check(), "it was stored")
		require.True(t, w.d.keys.Get(tenant.token, time.Now()).IsZero(), name)
		require.True(t, w.d.keys.Get(tenant.hash, time.Now()).IsZero(), name)
	}
}

// commitOf is at which moment a change commits.
func commitOf(t *testing.T, change func(d *DB, hash string) error) int {
	t.Helper()
	w := newWorld(t)
	before := w.faulty.passed()
	require.NoError(t, change(w.d, w.hashes[0]))
	return w.faulty.passed() - before
}
