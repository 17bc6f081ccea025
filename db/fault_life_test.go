package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

// lifeWrites are what a DB writes about a token after it was added.
var lifeWrites = []struct {
	name string
	do   func(w *world) error
	// What there is after it; after a commit whose answer was lost; and what a
	// repetition then gets, and makes.
	done, lost string
	again      error
	then       string
}{{
	name: "disable", do: func(w *world) error { return w.d.ChangeAPIToken(w.hashes[1], TokenChange{Disabled: new(true)}) },
	done: "first:a1 second:a1,disabled", lost: "first:a1 second:a1,disabled", then: "first:a1 second:a1,disabled",
}, {
	// What nobody got is taken back.
	name: "join", do: func(w *world) error {
		_, err := w.d.JoinAPIToken(w.proof(), TokenSettings{Description: "new"})
		return err
	},
	done: "first:a1 new second:a1", lost: "first:a1 second:a1", then: "first:a1 new second:a1",
}, {
	name: "end", do: func(w *world) error { return w.d.EndAPIToken(w.proof(), w.hashes[1], 0) },
	done: "first:a1", lost: "first:a1", again: ErrTokenNotFound, then: "first:a1",
}, {
	name: "end with grace", do: func(w *world) error { return w.d.EndAPIToken(w.proof(), w.hashes[1], time.Hour) },
	done: "first:a1 second:a1,expires", lost: "first:a1 second:a1,expires", then: "first:a1 second:a1,expires",
}, {
	name: "drop the sealing of one that has ended", do: func(w *world) error {
		if err := w.d.EndAPIToken(w.proof(), w.hashes[1], time.Hour); err != nil {
			return err
		}
		return w.d.dropEnded(time.Now().Add(2 * time.Hour))
	},
	done: "first:a1,rekey second,expires,rekey", lost: "first:a1,rekey second,expires,rekey",
	then: "first:a1,rekey second,expires,rekey",
}}

func (w *world) proof() Proof { return Proof{Token: global.NewSecret(w.tokens[0])} }

// life says of each token of the first tenant what it opens and how it stands.
// It presents none.
func (w *world) life(t *testing.T) string {
	t.Helper()
	requireSound(t, w.d)
	list, err := w.d.ListAPITokens()
	require.NoError(t, err)
	var all []string
	for _, m := range list {
		if m.Tenant != w.hashes[0] {
			continue
		}
		text := "new"
		if i := slices.Index(w.hashes, m.Hash); i >= 0 {
			text = []string{"first", "second"}[i] + w.reads(t, w.tokens[i])
		}
		for flag, set := range map[string]bool{",disabled": m.Disabled, ",expires": m.ExpiresAt != nil} {
			if set {
				text += flag
			}
		}
		if m.RekeyPending {
			text += ",rekey"
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// reads returns the access token that an API token opens, "" when it opens
// nothing, whether it would be let in or not.
func (w *world) reads(t *testing.T, token string) string {
	t.Helper()
	w.d.keys.Clear()
	id, _ := hashToken(token)
	tenant := &Tenant{db: w.d, hash: mustHash(t, w.hashes[0]), token: id, secret: global.NewSecret(token)}
	data, err := tenant.OAuthToken("mail")
	if err != nil {
		require.ErrorIs(t, err, ErrTampered)
		return ""
	}
	return ":" + data.AccessToken
}

func newLifeWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	require.NoError(t, w.d.StoreOAuthToken(w.hashes[0], "mail", oauthToken("a1")))
	w.faulty.mend() // counts from here
	return w
}

// Each write about a token's life fails once, as not stored and as stored
// without an answer. It is then whole or not there, and can be repeated.
func TestEachWriteOfATokensLifeFailsOnce(t *testing.T) {
	const before = "first:a1 second:a1"
	for _, op := range lifeWrites {
		w := newLifeWorld(t)
		require.NoError(t, op.do(w))
		moments := w.faulty.passed()
		require.Equal(t, op.done, w.life(t))
		require.Greater(t, moments, 1)
		for n := range moments {
			for _, kind := range []fault{{}, {lost: true}} {
				t.Run(fmt.Sprintf("%s, write %d, %+v", op.name, n+1, kind), func(t *testing.T) {
					w := newLifeWorld(t)
					w.faulty.at, w.faulty.kind = n+1, kind
					require.ErrorIs(t, op.do(w), errFault)
					require.True(t, w.faulty.mend())
					last := n == moments-1 && kind.lost
					if last {
						require.Equal(t, op.lost, w.life(t))
					} else if !strings.HasPrefix(op.name, "drop") { // whose first half may be done
						require.Equal(t, before, w.life(t))
					}
					require.NoError(t, w.d.Close())
					w.reopen(t)
					if err := op.do(w); last {
						require.ErrorIs(t, err, op.again)
					} else {
						require.NoError(t, err)
					}
					require.Equal(t, op.then, w.life(t))
				})
			}
		}
	}
}
