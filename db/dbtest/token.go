package dbtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

func newToken(t *testing.T, m managed) {
	before := time.Now()
	expires := before.Add(time.Hour)
	scope := db.Scope{Services: []string{"mail", "files"}, Tools: []string{"mail_*"}, ReadOnly: true}
	added, err := m.NewAPIToken(db.TokenSettings{Description: "Laptop", ExpiresAt: &expires, Scope: scope})
	require.NoError(t, err)
	require.Regexp(t, "^[0-9a-f]{64}$", added.Token.Reveal())
	require.Equal(t, added.Hash, added.Tenant)

	listed := m.metadata(t, added.Hash)
	require.WithinRange(t, listed.CreatedAt, before, time.Now())
	end := expires.Truncate(time.Second).UTC()
	require.Equal(t, db.APITokenMetadata{
		Hash: added.Hash, Tenant: added.Hash, Prefix: added.Token.Reveal()[:8], CreatedAt: listed.CreatedAt, Description: "Laptop",
		ExpiresAt: &end, Scope: db.Scope{Services: []string{"files", "mail"}, Tools: []string{"mail_*"}, ReadOnly: true},
	}, listed)

	require.Equal(t, added.Hash, m.tenant(t, added.Token).Hash())
	require.NotNil(t, m.metadata(t, added.Hash).LastUsed)
	second := m.add(t, "")
	require.NotEqual(t, added.Tenant, second.Tenant)
	all, err := m.ListAPITokens()
	require.NoError(t, err)
	require.Equal(t, []db.APITokenMetadata{m.metadata(t, second.Hash), m.metadata(t, added.Hash)}, all, "newest first")
	m.requireSound(t)
}

func descriptions(t *testing.T, m managed) {
	for given, kept := range map[string]string{
		"":                              "",
		"  Büro 日本 🗝 ":                  "Büro 日本 🗝",
		`<a href="x">&amp;\u0041`:       `<a href="x">&amp;\u0041`,
		"\x1b[31mred\x1b[0m":            "[31mred[0m",
		"a\xff\xfeb":                    "ab",
		"real \ufffd":                   "real \ufffd",
		"one\ntwo\x00\u2028three\u202e": "onetwothree",
		strings.Repeat("ü", 300):        strings.Repeat("ü", 200),
	} {
		added := m.add(t, given)
		require.Equal(t, kept, m.metadata(t, added.Hash).Description, "%q", given)
		require.NoError(t, m.ChangeAPIToken(added.Hash, db.TokenChange{Description: new("other")}))
		require.NoError(t, m.ChangeAPIToken(added.Hash, db.TokenChange{Description: &given}))
		require.Equal(t, kept, m.metadata(t, added.Hash).Description, "%q", given)
	}
	m.requireSound(t)
}

// times that no token can expire at.
func impossibleTimes() []time.Time {
	return []time.Time{
		time.Now().Add(-time.Second), time.Unix(0, 0), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), // all but the zero time
	}
}

func refusedSettings(t *testing.T, m managed) {
	many := make([]string, 101)
	for i := range many {
		many[i] = strings.Repeat("x", i+1)
	}
	for _, scope := range []db.Scope{
		{Services: []string{""}},
		{Services: []string{"a,b"}},
		{Tools: []string{"[a"}},
		{Tools: []string{"a\nb"}},
		{Services: many},
		{Tools: []string{strings.Repeat("x", 129)}},
	} {
		_, err := m.NewAPIToken(db.TokenSettings{Scope: scope})
		require.ErrorIs(t, err, db.ErrSettings, "%v", scope)
	}
	for _, at := range impossibleTimes() {
		added, err := m.NewAPIToken(db.TokenSettings{ExpiresAt: &at})
		require.ErrorIs(t, err, db.ErrSettings, at)
		require.Equal(t, db.Added{}, added)
	}
	all, err := m.ListAPITokens()
	require.NoError(t, err)
	require.Equal(t, []db.APITokenMetadata{}, all)
}

func finding(t *testing.T, m managed) {
	added := m.add(t, "one")
	m.add(t, "two")
	prefix := added.Token.Reveal()[:8]
	for _, ref := range []string{prefix, strings.ToUpper(prefix), added.Hash, added.Hash[:12] + "...", strings.ToUpper(added.Hash)} {
		found, err := m.FindAPITokens(ref)
		require.NoError(t, err)
		require.Len(t, found, 1, ref)
		require.Equal(t, added.Hash, found[0].Hash)
	}
	for _, ref := range []string{"", prefix[:7], added.Hash[:12], added.Token.Reveal(), "\xff", "../" + prefix, strings.Repeat("0", 64)} {
		found, err := m.FindAPITokens(ref)
		require.NoError(t, err)
		require.Equal(t, []db.APITokenMetadata{}, found, "%q", ref)
	}
}
