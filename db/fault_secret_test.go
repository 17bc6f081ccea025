package db

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// secretWrites are all that a DB writes about a tenant's secrets.
var secretWrites = []struct {
	name string
	do   func(t *Tenant) error
	// done is what opens after it, again what a repetition gets that comes
	// after a commit whose answer was lost.
	done  string
	again error
}{
	{name: "store a new OAuth token", do: func(t *Tenant) error { return t.StoreOAuthToken("files", oauthToken("new")) }, done: "mail=a1 files=new key=k1"},
	{name: "replace an OAuth token", do: func(t *Tenant) error { return t.StoreOAuthToken("mail", oauthToken("a2")) }, done: "mail=a2 key=k1"},
	{name: "update an OAuth token", do: func(t *Tenant) error {
		return t.UpdateOAuthToken("mail", func(*OAuthTokenData) (*OAuthTokenData, error) { return oauthToken("a3"), nil })
	}, done: "mail=a3 key=k1"},
	{name: "delete an OAuth token", do: func(t *Tenant) error { return t.DeleteOAuthToken("mail") }, done: "key=k1", again: ErrNotFound},
	{name: "replace a credential", do: func(t *Tenant) error { return t.StoreCredentials(APIKeys, "mail", apiKey("k2")) }, done: "mail=a1 key=k2"},
	{name: "delete a credential", do: func(t *Tenant) error { return t.DeleteCredentials(APIKeys, "mail") }, done: "mail=a1", again: ErrNotFound},
	{name: "re-key", do: func(t *Tenant) error { return t.Rekey() }, done: secretsBefore},
}

const secretsBefore = "mail=a1 key=k1"

// opened is what opens with each of the tenant's tokens.
func (w *world) opened(t *testing.T) string {
	t.Helper()
	requireSound(t, w.d)
	var each []string
	for _, token := range w.tokens[:2] {
		w.d.keys.Clear()
		each = append(each, openedWith(t, authenticate(t, w.d, token)))
	}
	require.Equal(t, each[0], each[1])
	return each[0]
}

func openedWith(t *testing.T, tenant *Tenant) string {
	t.Helper()
	text := ""
	for _, service := range []string{"mail", "files"} {
		data, err := tenant.OAuthToken(service)
		if !errors.Is(err, ErrNotFound) {
			require.NoError(t, err)
			text += " " + service + "=" + data.AccessToken
		}
	}
	credentials, err := tenant.Credentials(APIKeys, "mail")
	if !errors.Is(err, ErrNotFound) {
		require.NoError(t, err)
		text += fmt.Sprintf(" key=%v", credentials.Data["key"])
	}
	return text[1:]
}

func newSecretWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	tenant := authenticate(t, w.d, w.tokens[0])
	require.NoError(t, tenant.StoreOAuthToken("mail", oauthToken("a1")))
	require.NoError(t, tenant.StoreCredentials(APIKeys, "mail", apiKey("k1")))
	require.NoError(t, w.d.Close())
	w.reopen(t)
	return w
}

// Each write of a secret fails once, in each way: what opens is all of before
// or all of after, with every token of the tenant, also when opened again.
func TestEachWriteOfASecretFailsOnce(t *testing.T) {
	for _, op := range secretWrites {
		w := newSecretWorld(t)
		require.NoError(t, op.do(authenticate(t, w.d, w.tokens[0])))
		require.Equal(t, op.done, w.opened(t), op.name)
		moments := w.faulty.passed()
		require.GreaterOrEqual(t, moments, 2, op.name)
		for n := range moments {
			for _, kind := range []fault{{}, {stays: true}, {lost: true}, {lost: true, stays: true}} {
				t.Run(fmt.Sprintf("%s, write %d, %+v", op.name, n+1, kind), func(t *testing.T) {
					want, again := secretsBefore, error(nil)
					if n == moments-1 && kind.lost {
						want, again = op.done, op.again
					}
					w := newSecretWorld(t)
					w.faulty.at, w.faulty.kind = n+1, kind
					require.ErrorIs(t, op.do(authenticate(t, w.d, w.tokens[0])), errFault)
					require.True(t, w.faulty.mend())
					require.Equal(t, want, w.opened(t))
					require.NoError(t, w.d.Close())
					w.reopen(t)
					require.Equal(t, want, w.opened(t))
					require.ErrorIs(t, op.do(authenticate(t, w.d, w.tokens[0])), again)
					require.Equal(t, op.done, w.opened(t))
				})
			}
		}
	}
}
