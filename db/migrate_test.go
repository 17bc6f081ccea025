package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

func TestOldDatabaseIsTakenOver(t *testing.T) {
	for _, version := range []string{"1.0", "1.1"} {
		t.Run(version, func(t *testing.T) {
			o := newOldServer(t, 3)
			o.fill(t, version)
			content, err := os.ReadFile(o.path)
			require.NoError(t, err)
			d := openNew(t)
			report := o.migrate(t, d, MigrateOptions{})
			require.Equal(t, version, report.SchemaVersion)
			require.Equal(t, MigrateCounts{Found: 17, Migrated: 12, Skipped: 5}, report.MigrateCounts)
			require.Equal(t, MigrateCounts{Found: 3, Migrated: 3}, report.Tokens)
			require.Equal(t, MigrateCounts{Found: 6, Migrated: 3, Skipped: 3}, report.Connections)
			require.Equal(t, MigrateCounts{Found: 6, Migrated: 6}, report.Credentials)
			require.Equal(t, MigrateCounts{Found: 2, Skipped: 2}, report.Others)
			require.Len(t, report.Items, 17)
			require.Equal(t, 3, report.TemporaryKeys)
			require.Zero(t, report.RecoveryOnly)

			tokens, err := d.ListAPITokens()
			require.NoError(t, err)
			require.Len(t, tokens, 3)
			byHash := map[string]APITokenMetadata{}
			for _, token := range tokens {
				byHash[token.Hash] = token
			}
			for n, hash := range o.hashes {
				used := oldUsed
				require.Equal(t, APITokenMetadata{
					Hash: hash, Tenant: hash, Prefix: o.tokens[n][:8], CreatedAt: oldCreated, LastUsed: &used,
					Description: fmt.Sprint("client ", n), RekeyPending: true,
				}, byHash[hash])
			}
			_, err = d.GetOAuthToken(o.hashes[0], "google")
			require.ErrorIs(t, err, ErrLocked, "its token was not presented")
			connections, err := d.Connections(o.hashes[0])
			require.NoError(t, err)
			require.Len(t, connections, 3)
			require.Equal(t, oldUsed, connections[0].UpdatedAt)

			info, err := os.Stat(o.path)
			require.NoError(t, err)
			require.True(t, oldUsed.Equal(info.ModTime()))
			require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
			same, err := os.ReadFile(o.path)
			require.NoError(t, err)
			require.Equal(t, content, same)
		})
	}
}

// The first presentation ends the key that stood in clear.
func TestPresentingATakenOverTokenSealsItsTenant(t *testing.T) {
	o := newOldServer(t, 2)
	o.fill(t, "1.1")
	dir := newDir(t)
	d := openDir(t, dir)
	o.migrate(t, d, MigrateOptions{})
	require.Equal(t, 2, temporaryKeys(t, d))
	status, err := d.Status()
	require.NoError(t, err)
	require.True(t, status[0].TemporaryKey && status[1].TemporaryKey)
	before := stolen(t, d)

	authenticate(t, d, o.tokens[0])
	require.Equal(t, 1, temporaryKeys(t, d), "presenting it is enough")
	requireSound(t, d)
	tokens, err := d.FindAPITokens(o.hashes[0])
	require.NoError(t, err)
	require.False(t, tokens[0].RekeyPending)
	o.requireOpens(t, d, 0)
	require.NoError(t, d.StoreOAuthToken(o.hashes[0], "later", oauthToken("later")))

	// Whoever has the old copy has the old key, which opens nothing any more.
	var old tenantRecord
	require.NoError(t, before.store.View(func(tx store.Tx) (err error) {
		old, err = readTenant(tx, mustHash(t, o.hashes[0]))
		return err
	}))
	require.NoError(t, d.store.View(func(tx store.Tx) error {
		now, err := readTenant(tx, mustHash(t, o.hashes[0]))
		require.NotEqual(t, old.publicKey(), now.publicKey())
		return err
	}))

	d = reopen(t, d, dir)
	o.requireOpens(t, d, 0)
	o.requireOpens(t, d, 1)
	require.Zero(t, temporaryKeys(t, d))
	requireSound(t, d)
}

// Reading a secret does it too, where presenting the token was not enough.
func TestOldSecretsStayWithoutRekeying(t *testing.T) {
	o := newOldServer(t, 1)
	o.fill(t, "1.1")
	d := openNew(t)
	o.migrate(t, d, MigrateOptions{})
	d.rekeys.begin(mustHash(t, o.hashes[0]), time.Now()) // an attempt that failed
	tenant := authenticate(t, d, o.tokens[0])
	require.Equal(t, 1, temporaryKeys(t, d))
	_, err := tenant.OAuthToken("google")
	require.NoError(t, err)
	require.Zero(t, temporaryKeys(t, d))
	requireSound(t, d)
}

func TestMigratingAgainChangesNothing(t *testing.T) {
	o := newOldServer(t, 3)
	o.fill(t, "1.1")
	dir := newDir(t)
	d := openDir(t, dir)
	o.migrate(t, d, MigrateOptions{})
	authenticate(t, d, o.tokens[0])
	require.NoError(t, authenticate(t, d, o.tokens[1]).StoreOAuthToken("google", oauthToken("newer")))
	description := "renamed"
	require.NoError(t, d.ChangeAPIToken(o.hashes[2], TokenChange{Description: &description}))
	require.NoError(t, d.flush())
	content, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)

	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 17, Already: 12, Skipped: 5}, report.MigrateCounts)
	require.Zero(t, report.TemporaryKeys)
	same, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	require.Equal(t, content, same, "not one byte")
	newer, err := authenticate(t, d, o.tokens[1]).OAuthToken("google")
	require.NoError(t, err)
	require.Equal(t, "newer", newer.AccessToken)
	o.requireOpens(t, d, 0)
	o.requireOpens(t, d, 2)
	require.Equal(t, "renamed", list(t, d, o.hashes[2]).Description)
}

func list(t testing.TB, d *DB, ref string) APITokenMetadata {
	t.Helper()
	found, err := d.FindAPITokens(ref)
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// What came to the old database later is taken over by another run, also after
// the token was presented.
func TestMigratingAgainTakesWhatIsMissing(t *testing.T) {
	o := newOldServer(t, 1)
	o.fill(t, "1.1")
	d := openNew(t)
	o.migrate(t, d, MigrateOptions{})
	o.requireOpens(t, d, 0)
	o.write(t, func(tx *bbolt.Tx) error { return put(tx, oldOAuth(7), "tenants", o.hashes[0], "oauth_tokens", "later") })
	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 3, Migrated: 1, Already: 1, Skipped: 1}, report.Connections)
	later, err := authenticate(t, d, o.tokens[0]).OAuthToken("later")
	require.NoError(t, err)
	require.Equal(t, canary(7, "access"), later.AccessToken)
	o.requireOpens(t, d, 0)
	requireSound(t, d)
}

// A token that was added here has its own tenant's key.
func TestSecretsOfATokenThatIsHere(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "mine")
	joined, err := d.JoinAPIToken(Proof{Token: global.NewSecret(token)}, TokenSettings{})
	require.NoError(t, err)
	o := &oldServer{path: filepath.Join(t.TempDir(), "old.db"), tokens: []string{joined.Token.Reveal()}, hashes: []string{joined.Hash}}
	o.fill(t, "1.0")
	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 1, Already: 1}, report.Tokens)
	oauth, err := authenticate(t, d, token).OAuthToken("google")
	require.NoError(t, err, "the tenant that the token opens")
	require.Equal(t, canary(0, "access"), oauth.AccessToken)
	require.Equal(t, hash, authenticate(t, d, joined.Token.Reveal()).Hash())

	// It was deleted while its tenant has another.
	further := drawnTokenOf(t, d, token)
	require.NoError(t, d.DeleteAPIToken(hash))
	o = &oldServer{path: filepath.Join(t.TempDir(), "old.db"), tokens: []string{token}, hashes: []string{hash}}
	o.fill(t, "1.1")
	report = o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 1, Skipped: 1}, report.Tokens)
	_, err = d.Authenticate(token)
	require.ErrorIs(t, err, ErrInvalidToken)
	_ = authenticate(t, d, further)
}

// What was revoked stays revoked.
func TestADeletedTokenIsNotTakenOverAgain(t *testing.T) {
	o := newOldServer(t, 2)
	o.fill(t, "1.1")
	d := openNew(t)
	o.migrate(t, d, MigrateOptions{})
	require.NoError(t, d.DeleteAPIToken(o.hashes[0]))
	requireSound(t, d)
	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 2, Already: 1, Skipped: 1}, report.Tokens)
	require.Zero(t, report.Connections.Migrated)
	require.Zero(t, report.Credentials.Migrated)
	_, err := d.Authenticate(o.tokens[0])
	require.ErrorIs(t, err, ErrInvalidToken)
	o.requireOpens(t, d, 1)
	requireSound(t, d)
}

func drawnTokenOf(t *testing.T, d *DB, token string) string {
	t.Helper()
	added, err := d.JoinAPIToken(Proof{Token: global.NewSecret(token)}, TokenSettings{})
	require.NoError(t, err)
	return added.Token.Reveal()
}

// With recovery on, no key stands in clear, and the operator gives the tenant
// another token.
func TestTakingOverWithRecovery(t *testing.T) {
	o := newOldServer(t, 1)
	o.fill(t, "1.1")
	public, private, err := NewRecoveryKey()
	require.NoError(t, err)
	d := openDir(t, newDir(t), WithRecovery(public))
	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, 1, report.RecoveryOnly)
	require.Zero(t, report.TemporaryKeys)
	require.Zero(t, temporaryKeys(t, d))

	tenant := authenticate(t, d, o.tokens[0])
	_, err = tenant.OAuthToken("google")
	require.ErrorIs(t, err, ErrRecoveryOnly)
	status, err := d.Status()
	require.NoError(t, err)
	require.True(t, status[0].RecoveryOnly)
	require.NotContains(t, d.logger.(*recorder).text(), "error", "nothing to re-key, nothing to complain of")
	requireSound(t, d)

	sealing, err := d.RecoverySealing(o.hashes[0])
	require.NoError(t, err)
	proof, err := OpenRecovery(global.NewSecret(private), o.hashes[0], sealing)
	require.NoError(t, err)
	added, err := d.JoinAPIToken(proof, TokenSettings{})
	require.NoError(t, err)
	oauth, err := authenticate(t, d, added.Token.Reveal()).OAuthToken("google")
	require.NoError(t, err)
	require.Equal(t, canary(0, "access"), oauth.AccessToken)
	require.NoError(t, authenticate(t, d, added.Token.Reveal()).Rekey())
	requireSound(t, d)

	// Recovery may be off while it is taken over, and on when it is used.
	d = openDir(t, newDir(t), WithRecovery(RecoveryOff))
	report = o.migrate(t, d, MigrateOptions{})
	require.Equal(t, 1, report.TemporaryKeys)
	o.requireOpens(t, d, 0)
}

func TestMigrateEndsWithItsContext(t *testing.T) {
	o := newOldServer(t, 1)
	o.fill(t, "1.1")
	d := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	old := openOld(t, o.path)
	defer old.Close()
	_, err := d.Migrate(ctx, old, MigrateOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, dump(t, d))
	_, err = d.Migrate(t.Context(), old, MigrateOptions{Tenant: "nonsense"})
	require.ErrorIs(t, err, ErrTenantNotFound)

	var items []MigrateItem
	report, err := d.Migrate(t.Context(), old, MigrateOptions{Each: func(item MigrateItem) { items = append(items, item) }})
	require.NoError(t, err)
	require.Len(t, items, report.Found)
	require.Empty(t, report.Items)
}

// More tenants than are read at a time.
func TestManyOldTenants(t *testing.T) {
	o := newOldServer(t, 2*oldPage+3)
	o.write(t, func(tx *bbolt.Tx) error {
		err := put(tx, "1.1", "system", "schema_version")
		for n, hash := range o.hashes {
			err = errors.Join(err, put(tx, o.metadata(n), "api_tokens", hash), put(tx, oldOAuth(n%5), "tenants", hash, "oauth_tokens", "google"))
		}
		return err
	})
	d := openNew(t)
	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, 2*len(o.hashes), report.Migrated)
	require.Equal(t, 2*len(o.hashes), report.Found)
	for _, n := range []int{0, oldPage, len(o.hashes) - 1} {
		_, err := authenticate(t, d, o.tokens[n]).OAuthToken("google")
		require.NoError(t, err)
	}
}

func TestWhatIsNoOldDatabase(t *testing.T) {
	own := newDir(t)
	require.NoError(t, openDir(t, own).Close())
	o := newOldServer(t, 1)
	o.fill(t, "1.1")
	_, other := foreign(t, func(tx *bbolt.Tx) error { return put(tx, "x", "members", "x") })
	_, newer := foreign(t, func(tx *bbolt.Tx) error {
		return errors.Join(put(tx, "3", "system", "schema_version"), put(tx, "x", "api_tokens", "x"))
	})
	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte(strings.Repeat("text", 9999)), 0o600))
	for path, want := range map[string]struct {
		err  error
		text string
	}{
		filepath.Join(own, fileName): {ErrSchema, "a database of this mcpfusion already"},
		other:                        {ErrSchema, "only a database of an older MCPFusion"},
		newer:                        {ErrSchema, "only a database of an older MCPFusion"},
		text:                         {ErrCorrupt, text},
		text + "x":                   {os.ErrNotExist, text + "x"},
		own:                          {nil, "is a data directory: name the file, " + filepath.Join(own, fileName)},
	} {
		_, err := OpenOld(path, WithLogger(&recorder{}), WithDataDir(t.TempDir()))
		require.ErrorContains(t, err, want.text)
		if want.err != nil {
			require.ErrorIs(t, err, want.err)
		}
	}
	_, err := OpenOld(filepath.Join(own, fileName), WithLogger(&recorder{}), WithDataDir(own))
	require.ErrorContains(t, err, "holds itself")

	held, err := bbolt.Open(o.path, 0o600, nil)
	require.NoError(t, err)
	_, err = OpenOld(o.path, WithLogger(&recorder{}), WithDataDir(own), WithLockTimeout(time.Millisecond))
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, held.Close())
}
