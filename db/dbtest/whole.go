package dbtest

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

type manager = admin.Manager

func statusAndStats(t *testing.T, m managed) {
	status, err := m.Status()
	require.NoError(t, err)
	require.Equal(t, []db.TenantStatus{}, status)
	stats, err := m.Stats()
	require.NoError(t, err)
	require.Equal(t, db.Stats{Usage: []db.TenantUsage{}, FileBytes: stats.FileBytes, FreeBytes: stats.FreeBytes}, stats)

	m.add(t, "without anything")
	first := m.add(t, "")
	second := m.join(t, first, "")
	require.NoError(t, m.StoreOAuthToken(first.Tenant, "mail", &db.OAuthTokenData{AccessToken: "x"}))
	require.NoError(t, m.StoreCredentials(first.Tenant, db.APIKeys, "maps", &db.ServiceCredentials{}))
	tenant := m.tenant(t, second.Token)
	tenant.Count(false)
	tenant.Count(true)

	status, err = m.Status()
	require.NoError(t, err)
	connections, err := m.Connections(first.Tenant)
	require.NoError(t, err)
	require.Len(t, status, 1)
	require.ElementsMatch(t, []string{first.Token.Reveal()[:8], second.Token.Reveal()[:8]}, status[0].Tokens)
	require.Equal(t, db.TenantStatus{Tenant: first.Tenant, Tokens: status[0].Tokens, Connections: connections}, status[0])
	stats, err = m.Stats()
	require.NoError(t, err)
	require.Len(t, stats.Usage, 1)
	require.Positive(t, stats.FileBytes)
	require.Equal(t, db.Stats{
		Tokens: 3, Tenants: 2, Connections: 1, Credentials: 1, FileBytes: stats.FileBytes, FreeBytes: stats.FreeBytes,
		Usage: []db.TenantUsage{{Tenant: first.Tenant, Calls: 2, Errors: 1, LastCall: stats.Usage[0].LastCall}},
	}, stats)
}

// snapshots wants a copy that is a database, of one moment.
func snapshots(t *testing.T, m managed) {
	inside := m.add(t, "inside")
	require.NoError(t, m.StoreOAuthToken(inside.Tenant, "mail", &db.OAuthTokenData{AccessToken: "access"}))
	copied, err := m.Snapshot()
	require.NoError(t, err)
	outside := m.add(t, "outside")
	content, err := io.ReadAll(copied)
	require.NoError(t, err)
	require.NoError(t, copied.Close())
	require.EqualValues(t, copied.Size, len(content))

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mcpfusion.db"), content, 0o600))
	d, err := db.New(db.WithLogger(silent{}), db.WithDataDir(dir), db.WithExisting())
	require.NoError(t, err)
	defer d.Close()
	restored := managed{d, d}
	restored.requireSound(t)
	data, err := restored.tenant(t, inside.Token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "access", data.AccessToken)
	restored.requireRefused(t, outside.Token, db.ErrInvalidToken)
}

// unreadSnapshot wants that the database does not wait for whoever reads it:
// it can even be closed, which waits for all transactions.
func unreadSnapshot(t *testing.T, m managed) {
	tenant := m.add(t, "").Tenant
	filler := &db.ServiceCredentials{Data: map[string]any{"v": strings.Repeat("x", 1<<19)}}
	for _, kind := range db.CredentialKinds {
		require.NoError(t, m.StoreCredentials(tenant, kind, "filler", filler))
	}
	copied, err := m.Snapshot()
	require.NoError(t, err)
	require.Greater(t, copied.Size, int64(1<<20), "more than connections buffer")
	m.add(t, "meanwhile")
	require.NoError(t, m.db.Close())
	n, err := io.Copy(io.Discard, copied)
	require.NoError(t, err)
	require.Equal(t, copied.Size, n)
	require.NoError(t, copied.Close())
}

func manyAtOnce(t *testing.T, m managed) {
	shared := m.add(t, "shared")
	kept := make(chan string, 8)
	var group sync.WaitGroup
	for range cap(kept) {
		group.Go(func() {
			for range 4 {
				added, err := m.NewAPIToken(db.TokenSettings{Description: "gone"})
				joined, errJoin := m.JoinAPIToken(db.Proof{Token: shared.Token}, db.TokenSettings{})
				if err != nil || errJoin != nil {
					t.Errorf("add: %v, %v", err, errJoin)
					return
				}
				for _, err := range []error{
					m.StoreOAuthToken(added.Tenant, "mail", &db.OAuthTokenData{AccessToken: "x"}),
					m.DeleteAPIToken(added.Hash),
					m.EndAPIToken(db.Proof{Token: shared.Token}, joined.Hash, 0),
				} {
					if err != nil {
						t.Error(err)
					}
				}
			}
			added, err := m.NewAPIToken(db.TokenSettings{Description: "kept"})
			if err != nil {
				t.Error(err)
			}
			kept <- added.Hash
		})
	}
	group.Wait()
	close(kept)
	want := []string{shared.Hash}
	for hash := range kept {
		want = append(want, hash)
	}
	all, err := m.ListAPITokens()
	require.NoError(t, err)
	var got []string
	for _, token := range all {
		got = append(got, token.Hash)
	}
	require.ElementsMatch(t, want, got)
	m.requireSound(t)
}

// closed calls every method with zero values.
func closed(t *testing.T, m managed) {
	added := m.add(t, "")
	require.NoError(t, m.db.Close())
	methods := reflect.TypeFor[manager]()
	for i := range methods.NumMethod() {
		method := reflect.ValueOf(m.Manager).MethodByName(methods.Method(i).Name)
		out := method.Call(arguments(method.Type(), added))
		err, _ := out[len(out)-1].Interface().(error)
		require.ErrorIs(t, err, db.ErrClosed, methods.Method(i).Name)
	}
}

// arguments are such that a method gets as far as the database.
func arguments(method reflect.Type, added db.Added) []reflect.Value {
	var in []reflect.Value
	for i := range method.NumIn() {
		value := reflect.New(method.In(i)).Elem()
		switch v := value.Addr().Interface().(type) {
		case *string:
			*v = added.Hash
		case *db.CredentialKind:
			*v = db.APIKeys
		case *db.Proof:
			v.Token = added.Token
		case **db.OAuthTokenData:
			*v = &db.OAuthTokenData{}
		case **db.ServiceCredentials:
			*v = &db.ServiceCredentials{}
		}
		in = append(in, value)
	}
	return in
}
