package db

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// oldServer is what an older MCPFusion knew, before it is written in one of
// its layouts.
type oldServer struct {
	path   string
	tokens []string
	hashes []string
}

var (
	oldCreated = time.Date(2025, 3, 4, 5, 6, 7, 800, time.UTC)
	oldUsed    = time.Date(2025, 6, 7, 8, 9, 10, 0, time.UTC)
)

// newOldServer draws API tokens, and names a file for the database.
func newOldServer(t testing.TB, tokens int) *oldServer {
	t.Helper()
	o := &oldServer{path: filepath.Join(t.TempDir(), "old.db")}
	for range tokens {
		drawn := drawToken()
		o.tokens = append(o.tokens, drawn.secret.Reveal())
		o.hashes = append(o.hashes, drawn.hash.String())
	}
	return o
}

// write adds to the database, and gives it a time of its own.
func (o *oldServer) write(t testing.TB, fill func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(o.path, 0o644, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(fill))
	require.NoError(t, db.Close())
	require.NoError(t, os.Chtimes(o.path, oldUsed, oldUsed))
}

func (o *oldServer) metadata(n int) string {
	text, _ := json.Marshal(map[string]any{
		"hash": o.hashes[n], "created_at": oldCreated, "last_used": oldUsed,
		"description": fmt.Sprint("client ", n), "prefix": o.tokens[n][:8],
	})
	return string(text)
}

// oldOAuth is a connection's record of tenant n, with canaries.
func oldOAuth(n int) string {
	text, _ := json.Marshal(map[string]any{
		"access_token": canary(n, "access"), "refresh_token": canary(n, "refresh"), "token_type": "Bearer",
		"expires_at": "2030-01-02T03:04:05Z", "scope": []string{"mail", "files"},
		"created_at": oldCreated, "updated_at": oldUsed,
	})
	return string(text)
}

// oldUser is the record of values that a user entered.
func oldUser(n int, service string) string {
	text, _ := json.Marshal(map[string]any{
		"access_token": "user_credentials:" + service, "token_type": "Bearer", "created_at": oldCreated,
		"metadata": map[string]any{"key": canary(n, "user_credentials"), "number": canaryNumber},
	})
	return string(text)
}

func oldCredential(n int, kind, what string) string {
	text, _ := json.Marshal(map[string]any{
		"type": kind, "data": map[string]any{"value": canary(n, what)}, "created_at": oldCreated, "updated_at": oldUsed,
	})
	return string(text)
}

const oldCachedBearer = `{"access_token": "static", "token_type": "Bearer", "created_at": "2025-01-01T00:00:00Z"}`

// fill writes tenants in the layout of a schema version.
func (o *oldServer) fill(t testing.TB, version string) {
	t.Helper()
	o.write(t, func(tx *bbolt.Tx) error {
		err := put(tx, version, "system", "schema_version")
		for n, hash := range o.hashes {
			metadata, secrets := []string{"api_tokens", hash}, []string{"tenants", hash}
			if version == "1.0" {
				metadata, secrets = append(metadata, "metadata"), []string{"api_tokens", hash}
			}
			below := func(path ...string) []string { return append(append([]string{}, secrets...), path...) }
			err = errors.Join(err,
				put(tx, o.metadata(n), metadata...),
				put(tx, hash, "token_index", "by_hash", hash),
				put(tx, hash, "token_index", "by_prefix", o.tokens[n][:8]),
				put(tx, oldOAuth(n), below("oauth_tokens", "google")...),
				put(tx, oldUser(n, "trello"), below("oauth_tokens", "trello")...),
				put(tx, oldCachedBearer, below("oauth_tokens", "static")...),
				put(tx, oldCredential(n, "custom", "access"), below("service_credentials", "uem")...),
			)
		}
		return errors.Join(err, put(tx, "{}", "users", "u1", "metadata"), put(tx, "{}", "auth_codes", "c1"))
	})
}

// migrate takes over the database or directory.
func (o *oldServer) migrate(t testing.TB, d *DB, opts MigrateOptions) MigrateReport {
	t.Helper()
	old := openOld(t, o.path)
	defer func() { require.NoError(t, old.Close()) }()
	report, err := d.Migrate(t.Context(), old, opts)
	require.NoError(t, err)
	requireSound(t, d)
	return report
}

func openOld(t testing.TB, path string) *Old {
	t.Helper()
	old, err := OpenOld(path, WithLogger(&recorder{}), WithDataDir(t.TempDir()), WithLockTimeout(time.Millisecond))
	require.NoError(t, err)
	return old
}

// requireOpens looks for all that fill wrote of a tenant.
func (o *oldServer) requireOpens(t testing.TB, d *DB, n int) {
	t.Helper()
	tenant := authenticate(t, d, o.tokens[n])
	require.Equal(t, o.hashes[n], tenant.Hash())
	oauth, err := tenant.OAuthToken("google")
	require.NoError(t, err)
	expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	require.Equal(t, OAuthTokenData{
		AccessToken: canary(n, "access"), RefreshToken: canary(n, "refresh"), TokenType: "Bearer", ExpiresAt: &expires,
		Scope: []string{"mail", "files"}, CreatedAt: oldCreated, UpdatedAt: oldUsed,
	}, *oauth)
	user, err := tenant.Credentials(UserCredentials, "trello")
	require.NoError(t, err)
	require.Equal(t, "user_credentials", user.Type)
	require.Equal(t, canary(n, "user_credentials"), user.Data["key"])
	require.NoError(t, d.store.View(func(tx store.Tx) error { // to the last digit, which float64 has no place for
		key, value, err := tenant.sealed(tx, credentialSlot(UserCredentials, "trello"))
		require.NoError(t, err)
		var exact struct{ Data struct{ Number int64 } }
		require.NoError(t, openRecord(key, tenant.hash, credentialSlot(UserCredentials, "trello"), value, &exact))
		require.Equal(t, canaryNumber, exact.Data.Number)
		return nil
	}))
	require.Equal(t, oldCreated, user.CreatedAt)
	custom, err := tenant.Credentials(UserCredentials, "uem")
	require.NoError(t, err)
	require.Equal(t, canary(n, "access"), custom.Data["value"])
	_, err = tenant.OAuthToken("static")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = tenant.OAuthToken("trello")
	require.ErrorIs(t, err, ErrNotFound)
}

func temporaryKeys(t testing.TB, d *DB) int {
	t.Helper()
	stats, err := d.Stats()
	require.NoError(t, err)
	return stats.TemporaryKeys
}
