package db

import (
	"encoding/json"
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
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// outcomes maps the places of a report to what became of them.
func outcomes(report MigrateReport) map[string]string {
	all := map[string]string{}
	for _, item := range report.Items {
		all[item.Place] = strings.TrimSuffix(fmt.Sprintf("%s: %s", item.Outcome, item.Reason), ": ")
	}
	return all
}

// What is bad stops nothing else, and shows no value.
func TestBadOldRecords(t *testing.T) {
	const secret = "s3cret-value"
	o := newOldServer(t, 4)
	good, noMetadata, noJSON, orphan := o.hashes[0], o.hashes[1], o.hashes[2], o.hashes[3]
	long := strings.Repeat("x", 129)
	big, err := json.Marshal(map[string]string{"access_token": strings.Repeat(secret, vault.MaxPlaintext/10), "refresh_token": "r"})
	require.NoError(t, err)
	scopes, err := json.Marshal(map[string]any{"refresh_token": secret, "scope": strings.Repeat("scope ", 20_000)})
	require.NoError(t, err)
	records := map[string]string{
		"good": oldOAuth(0), "no-json": secret, "list": `["` + secret + `"]`, "null": "null", "empty": "", "two": `{} {"a": "` + secret + `"}`,
		"no-token": `{"token_type": "` + secret + `"}`, "time": `{"refresh_token": "r", "expires_at": "` + secret + `"}`,
		"year": `{"refresh_token": "r", "expires_at": "9999-12-31T23:59:59-12:00"}`,
		"type": `{"access_token": {"a": "` + secret + `"}}`, "big": string(big), "scopes": string(scopes),
		"slash/in": oldOAuth(0), "bell\a": oldOAuth(0), long: oldOAuth(0),
		"no-values": `{"access_token": "user_credentials:x", "metadata": {}}`, "values": `{"access_token": "user_credentials:x", "metadata": "` + secret + `"}`,
		"session": `{"access_token": "` + secret + `", "refresh_token": "r", "metadata": {"tokenLocation": "header"}}`,
		"spaces":  `{"access_token": "` + secret + `", "scope": "mail files", "expires_at": "0001-01-01T00:00:00Z"}`,
		"device":  `{"access_token": "` + secret + `", "scope": [""], "expires_at": ""}`,
	}
	o.write(t, func(tx *bbolt.Tx) error {
		err := errors.Join(
			put(tx, "1.1", "system", "schema_version"), put(tx, "x", "invented", "x"),
			put(tx, o.metadata(0), "api_tokens", good),
			put(tx, "x", "api_tokens", noMetadata, "oauth_tokens", "x"), put(tx, oldOAuth(1), "tenants", noMetadata, "oauth_tokens", "google"),
			put(tx, secret, "api_tokens", noJSON),
			put(tx, o.metadata(0), "api_tokens", strings.Repeat("ab", 30)),
			put(tx, o.metadata(0), "api_tokens", strings.Repeat("cd", 32)), // it names another hash
			put(tx, oldOAuth(1), "tenants", orphan, "oauth_tokens", "google"),
			put(tx, oldOAuth(1), "tenants", "NOAUTH", "oauth_tokens", "google"),
			put(tx, oldOAuth(1), "tenants", "short", "oauth_tokens", "google"),
			put(tx, "x", "tenants", good, "oauth_tokens", "bucket", "x"),
			put(tx, oldCredential(0, "api_key", "x"), "api_tokens", "x", "y"), // makes a bucket with a bad name
			put(tx, `{"data": {}}`, "tenants", good, "service_credentials", "no-data"),
			put(tx, `{"type": "`+secret+`", "data": {"a": 1}}`, "tenants", good, "service_credentials", "odd-type"),
			put(tx, `{"data": {"username": "u", "password": "p"}}`, "tenants", good, "service_credentials", "basic_auth", "mail"),
			put(tx, `{"data": {"a": "b"}}`, "tenants", good, "service_credentials", "strange", "mail"),
		)
		for service, record := range records {
			err = errors.Join(err, put(tx, record, "tenants", good, "oauth_tokens", service))
		}
		return err
	})
	d := openNew(t)
	report := o.migrate(t, d, MigrateOptions{})
	encoded, err := json.Marshal(report)
	require.NoError(t, err)
	require.NotContains(t, string(encoded), secret)

	below := func(service string) string { return "tenants/" + good + "/oauth_tokens/" + service }
	credential := func(service string) string { return "tenants/" + good + "/service_credentials/" + service }
	const (
		noObject = "failed: it is not the JSON object that it should be"
		noHash   = "failed: it does not stand under the hash of an API token (64 hex digits), or names another one"
		noToken  = "failed: its API token could not be taken over"
		noValue  = "failed: it has no value"
		tooLong  = "failed: text to seal is over the limit of 1048576 bytes"
	)
	cached, name := "skipped: "+errOldCached.Error(), "failed: "+ErrServiceName.Error()
	require.Equal(t, map[string]string{
		"api_tokens/" + good: "migrated", below("good"): "migrated", below("spaces"): "migrated", below("device"): "migrated",
		credential("basic_auth/mail"): "migrated",
		below("no-json"):              noObject, below("list"): noObject, below("null"): noObject, below("empty"): noObject,
		below("two"): noObject, below("time"): noObject, below("year"): noObject, below("type"): noObject, below("values"): noObject,
		below("bucket"): noObject, below("no-token"): noValue, below("no-values"): noValue,
		below("big"): tooLong, below("scopes"): "failed: its scopes: text to seal is over the limit of 1048576 bytes",
		below("slash/in"): name, below("bell"): name, below(long[:64] + "..."): name, below("session"): cached,
		credential("no-data"): noValue, credential("odd-type"): "failed: its type is unknown",
		credential("strange/mail"): "failed: its type is unknown",
		"api_tokens/" + noMetadata: noObject, "tenants/" + noMetadata + "/oauth_tokens/google": noToken,
		"api_tokens/" + noMetadata + "/oauth_tokens/x": noToken,
		"api_tokens/" + noJSON:                         noObject,
		"api_tokens/" + strings.Repeat("ab", 30):       noHash,
		"api_tokens/" + strings.Repeat("cd", 32):       noHash,
		"api_tokens/x":                                 noHash,
		"tenants/" + orphan + "/oauth_tokens/google":   "skipped: its API token was deleted, so nobody can use it",
		"tenants/NOAUTH/oauth_tokens/google":           "skipped: it was stored without authentication, so no API token opens it",
		"tenants/short/oauth_tokens/google":            noHash,
		"invented":                                     "skipped: not taken over (entries: 1): it is unknown",
	}, outcomes(report))
	require.Equal(t, report.Found, report.Migrated+report.Skipped+report.Failed)

	tenant := authenticate(t, d, o.tokens[0])
	spaces, err := tenant.OAuthToken("spaces")
	require.NoError(t, err)
	require.Equal(t, []string{"mail", "files"}, spaces.Scope)
	require.Nil(t, spaces.ExpiresAt)
	require.Equal(t, oldCreated, spaces.CreatedAt, "when its token was made")
	device, err := tenant.OAuthToken("device")
	require.NoError(t, err)
	require.Empty(t, device.Scope)
	basic, err := tenant.Credentials(BasicAuth, "mail")
	require.NoError(t, err)
	require.Equal(t, "basic", basic.Type)
	require.Equal(t, "p", basic.Data["password"])
}

// What is damaged here keeps its tenant from being touched, and no other.
func TestMigratingIntoADamagedTenant(t *testing.T) {
	o := newOldServer(t, 2)
	o.fill(t, "1.1")
	d := openNew(t)
	damaged := mustHash(t, o.hashes[0])
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		return tx.Put(bucketIndex, byHashKey(damaged), []byte("damaged"))
	}))
	old := openOld(t, o.path)
	defer old.Close()
	report, err := d.Migrate(t.Context(), old, MigrateOptions{})
	require.NoError(t, err)
	require.Equal(t, MigrateCounts{Found: 2, Migrated: 1, Failed: 1}, report.Tokens)
	o.requireOpens(t, d, 1)

	// A tenant from before there were keys.
	o = newOldServer(t, 1)
	o.fill(t, "1.1")
	d = openNew(t)
	id := mustHash(t, o.hashes[0])
	own, err := vault.TokenKey(o.tokens[0])
	require.NoError(t, err)
	require.NoError(t, d.store.Update(func(tx store.Tx) error {
		record := tokenRecord{tenant: id, publicKey: own.Public(), tokenText: tokenText{Prefix: o.tokens[0][:8], CreatedAt: oldCreated}}
		return errors.Join(putToken(tx, id, record), putTenant(tx, id, tenantRecord{CreatedAt: oldCreated}))
	}))
	require.Equal(t, 3, o.migrate(t, d, MigrateOptions{}).Failed)
	_, _, err = d.ValidateAPIToken(o.tokens[0])
	require.NoError(t, err)
	require.Equal(t, 3, o.migrate(t, d, MigrateOptions{}).Migrated)
	o.requireOpens(t, d, 0)
}

// writeFile writes below a directory.
func writeFile(t testing.TB, content string, path ...string) {
	t.Helper()
	file := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}

func TestOldFilesAreTakenOver(t *testing.T) {
	o := newOldServer(t, 3)
	o.path = t.TempDir()
	d := openNew(t)
	token, hash := add(t, d, "mine")
	wrapped := func(value string) string {
		return `{"value": ` + value + `, "created_at": "2025-03-04T05:06:07Z", "expires_at": "2025-03-05T05:06:07Z"}`
	}
	writeFile(t, oldOAuth(0), o.path, o.hashes[0], "oauth", "google.json")
	writeFile(t, oldUser(0, "trello"), o.path, o.hashes[0], "oauth", "trello.json")
	writeFile(t, oldCredential(0, "", "access"), o.path, o.hashes[0], "credentials", "uem.json")
	writeFile(t, "not for us", o.path, o.hashes[0], "oauth", "README")
	writeFile(t, oldCachedBearer, o.path, o.hashes[1], "oauth", "static.json")
	writeFile(t, "{", o.path, o.hashes[2], "credentials", "bad.json")
	writeFile(t, strings.Repeat(" ", maxOldFile+1), o.path, o.hashes[2], "oauth", "long.json")
	require.NoError(t, os.Mkdir(filepath.Join(o.path, o.hashes[2], "oauth", "dir.json"), 0o700))
	writeFile(t, oldOAuth(0), o.path, "beef", "oauth", "google.json")
	writeFile(t, oldOAuth(0), o.path, "NOAUTH", "oauth", "google.json")
	writeFile(t, wrapped(`{"access_token": "a", "refresh_token": "r"}`), o.path, "token_mail.json")
	writeFile(t, "cached answers", o.path, "other.json")
	writeFile(t, "elsewhere", o.path, "logs", "x")

	report := o.migrate(t, d, MigrateOptions{})
	require.Equal(t, MigrateCounts{Found: 11, Migrated: 4, Skipped: 3, Failed: 4}, report.MigrateCounts)
	require.Equal(t, map[string]string{
		o.hashes[0]: "migrated", o.hashes[0] + "/oauth/google.json": "migrated", o.hashes[0] + "/oauth/trello.json": "migrated",
		o.hashes[0] + "/credentials/uem.json": "migrated",
		o.hashes[1] + "/oauth/static.json":    "skipped: " + errOldCached.Error(),
		o.hashes[2] + "/credentials/bad.json": "failed: " + errOldJSON.Error(),
		o.hashes[2] + "/oauth/long.json":      "failed: " + vault.ErrTooLong.Error(),
		o.hashes[2] + "/oauth/dir.json":       "failed: it is not a regular file",
		"beef/oauth/google.json":              "failed: " + errOldHash.Error(),
		"NOAUTH/oauth/google.json":            "skipped: it was stored without authentication, so no API token opens it",
		"token_mail.json":                     "skipped: it names no tenant: say which with --tenant",
	}, outcomes(report))
	tokens, err := d.ListAPITokens()
	require.NoError(t, err)
	require.Len(t, tokens, 2, "nothing came of the others")
	require.Equal(t, unknownPrefix, list(t, d, o.hashes[0]).Prefix)

	// The prefix becomes known with the token.
	o.requireOpens(t, d, 0)
	require.Equal(t, o.tokens[0][:8], list(t, d, o.hashes[0]).Prefix)
	require.Equal(t, o.hashes[0], list(t, d, o.tokens[0][:8]).Hash)
	requireSound(t, d)

	report = o.migrate(t, d, MigrateOptions{Tenant: hash})
	require.Equal(t, MigrateCounts{Found: 11, Migrated: 1, Already: 4, Skipped: 2, Failed: 4}, report.MigrateCounts)
	mail, err := authenticate(t, d, token).OAuthToken("mail")
	require.NoError(t, err)
	require.Equal(t, "r", mail.RefreshToken)
	require.Equal(t, time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC), mail.CreatedAt)

	nobody := strings.Repeat("ab", 32)
	report = o.migrate(t, d, MigrateOptions{Tenant: nobody})
	require.Equal(t, "failed: there is no such tenant here", outcomes(report)["token_mail.json"])
}

// FuzzOldRecords looks for records that are taken over and cannot be read then,
// or stand where nothing may.
func FuzzOldRecords(f *testing.F) {
	for _, seed := range []string{
		oldOAuth(0), oldUser(1, "x"), oldCredential(0, "custom", "x"), oldCachedBearer, `{"scope": "a b", "refresh_token": "r"}`,
		`{"created_at": "9999-12-31T23:59:59-12:00", "refresh_token": "r"}`, `{"data": {"a": [1, {"b": null}]}}`, "null", "{}", "",
		`{"hash": "ab", "prefix": "0011aabb", "created_at": "2025-01-01T00:00:00Z", "last_used": "2500-01-01T00:00:00Z"}`,
	} {
		f.Add("service", "api_keys", seed)
	}
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	key, err := vault.NewPrivateKey()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, service, kind, text string) {
		if token, used, err := decodeOldToken(hash{}, []byte(text), since); err == nil {
			value, err := tokenRecord{tokenText: token}.encode(hash{})
			require.NoError(t, err)
			_, err = decodeToken(hash{}, value)
			require.NoError(t, err)
			_, err = decodeTime(hash{}, encodeTime(hash{}, used.UnixNano()))
			require.NoError(t, err)
		}
		oauth, err := decodeOldOAuth(service, []byte(text), since)
		requireUsable(t, key, oauth, err)
		credential, err := decodeOldCredentials(kind, service, []byte(text), since)
		requireUsable(t, key, credential, err)
	})
}

func requireUsable(t *testing.T, key vault.PrivateKey, s oldSecret, err error) {
	t.Helper()
	if err != nil {
		return
	}
	sealed, err := vault.Seal(key.Public(), s.slot.place(hash{}), s.plain)
	require.NoError(t, err)
	value, err := encodeRecord(hash{}, s.hint, sealed)
	require.NoError(t, err)
	parsed, ok := parseSlot(string(s.slot.key(hash{})[len(hash{}):]))
	require.True(t, ok)
	require.Equal(t, s.slot, parsed)
	if s.slot.kind == slotOAuth {
		require.NoError(t, openRecord(key, hash{}, s.slot, value, &OAuthTokenData{}))
	} else {
		require.NoError(t, openRecord(key, hash{}, s.slot, value, &ServiceCredentials{}))
	}
}
