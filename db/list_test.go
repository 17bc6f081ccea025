package db

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

func hashes(list []APITokenMetadata) []string {
	all := []string{}
	for _, metadata := range list {
		all = append(all, metadata.Hash)
	}
	return all
}

func find(t testing.TB, d *DB, ref string) []string {
	t.Helper()
	found, err := d.FindAPITokens(ref)
	require.NoError(t, err)
	require.NotNil(t, found)
	return hashes(found)
}

func TestListIsNewestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		list, err := d.ListAPITokens()
		require.NoError(t, err)
		require.NotNil(t, list)
		require.Empty(t, list)

		var want []string
		for i := range 20 {
			_, hash := add(t, d, fmt.Sprint("token ", i))
			want = append([]string{hash}, want...)
			time.Sleep(time.Nanosecond)
		}
		list, err = d.ListAPITokens()
		require.NoError(t, err)
		require.Equal(t, want, hashes(list))
		require.Equal(t, "token 19", list[0].Description)
	})
}

func TestListPages(t *testing.T) {
	d := openNew(t)
	want := map[string]bool{}
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		for range 2*pageSize + 1 {
			drawn, record := drawnAlone(t)
			require.NoError(t, putTenant(tx, drawn.hash, tenantRecord{CreatedAt: record.CreatedAt}))
			require.NoError(t, putToken(tx, drawn.hash, record))
			want[drawn.hash.String()] = true
		}
		return nil
	}))
	requireSound(t, d)
	list, err := d.ListAPITokens()
	require.NoError(t, err)
	require.Len(t, list, len(want))
	for _, metadata := range list {
		require.Contains(t, want, metadata.Hash)
		delete(want, metadata.Hash)
	}
}

func TestMetadataOnTheWire(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "a <b>")
	found, err := d.FindAPITokens(hash)
	require.NoError(t, err)
	encoded, err := json.Marshal(found)
	require.NoError(t, err)
	created := found[0].CreatedAt
	require.Equal(t, time.UTC, created.Location())
	require.JSONEq(t, fmt.Sprintf(
		`[{"hash":%q,"tenant":%q,"prefix":%q,"created_at":%q,"last_used":null,"description":"a <b>",`+
			`"expires_at":null,"disabled":false,"scope":{},"ending":false,"rekey_pending":false}]`,
		hash, hash, token[:8], created.Format(time.RFC3339Nano)), string(encoded))
}

func TestFind(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	add(t, d, "other")
	for _, ref := range []string{token[:8], hash, hash[:12] + "..."} {
		require.Equal(t, []string{hash}, find(t, d, ref))
		require.Equal(t, []string{hash}, find(t, d, strings.ToUpper(ref)))
	}
	for _, ref := range []string{
		"", "...", token, token[:7], token[:9], hash[:8] + "...", hash[:12], hash[:12] + "..", hash[:12] + "....",
		hash[:13] + "...", hash + "...", " " + token[:8], "zzzzzzzz", strings.Repeat("z", 64), "zzzzzzzzzzzz...",
	} {
		require.Empty(t, find(t, d, ref), "%q", ref)
	}
}

func TestFindShowsAllThatShareAPrefix(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	_, second := addTo(t, d, hash, token[:8])
	requireSound(t, d)
	require.ElementsMatch(t, []string{hash, second}, find(t, d, token[:8]))
	require.Equal(t, []string{second}, find(t, d, second[:12]+"..."))

	require.NoError(t, d.DeleteAPIToken(second))
	requireSound(t, d)
	require.Equal(t, []string{hash}, find(t, d, token[:8]))
}

func FuzzFindAPITokens(f *testing.F) {
	d := openNew(f)
	token, hash := add(f, d, "")
	for _, ref := range []string{"", token[:8], hash, hash[:12] + "...", hash[:12] + "…", "\xff\x00", "by_hash/"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		known := []string{token[:8], hash, hash[:12] + "..."}
		for _, found := range find(t, d, ref) {
			require.Equal(t, hash, found)
			require.Contains(t, known, strings.ToLower(ref))
		}
	})
}

func TestDamagedRecordIsAnErrorThatNamesIt(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		return tx.Put(bucketIndex, byHashKey(mustHash(t, hash)), []byte{9})
	}))
	_, err := d.Authenticate(token)
	require.ErrorIs(t, err, errFormat)
	_, err = d.ListAPITokens()
	require.ErrorContains(t, err, hash)
	_, err = d.FindAPITokens(token[:8])
	require.ErrorContains(t, err, hash)
	require.ErrorIs(t, d.DeleteAPIToken(hash), errFormat)
}

func TestTenantTravelsInTheContext(t *testing.T) {
	_, ok := FromContext(t.Context())
	require.False(t, ok)
	_, ok = FromContext(NewContext(t.Context(), nil))
	require.False(t, ok)

	tenant := &Tenant{}
	ctx, cancel := context.WithCancel(NewContext(t.Context(), tenant))
	defer cancel()
	got, ok := FromContext(ctx)
	require.True(t, ok)
	require.Same(t, tenant, got)
}
