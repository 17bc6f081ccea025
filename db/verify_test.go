package db

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// The checker would be of no use if it did not see these.
func TestVerifySeesWhatIsWrong(t *testing.T) {
	stranger := hash{0xee}
	for name, test := range map[string]struct {
		damage func(tx store.Tx, token hash, prefix string) error
		want   string
	}{
		"no index by hash": {func(tx store.Tx, token hash, _ string) error {
			return tx.Delete(bucketIndex, byHashKey(token))
		}, "prefix .* does not exist"},
		"no index by prefix": {func(tx store.Tx, token hash, prefix string) error {
			return tx.Delete(bucketIndex, byPrefixKey(prefix, token))
		}, `the index has \[\]`},
		"wrong prefix": {func(tx store.Tx, token hash, prefix string) error {
			return tx.Put(bucketIndex, byPrefixKey("00000000", token), nil)
		}, `the index has \["00000000" `},
		"prefix of no token": {func(tx store.Tx, _ hash, prefix string) error {
			return tx.Put(bucketIndex, byPrefixKey(prefix, stranger), nil)
		}, "token ee0.* does not exist"},
		"prefix with a value": {func(tx store.Tx, token hash, prefix string) error {
			return tx.Put(bucketIndex, byPrefixKey(prefix, token), []byte("x"))
		}, "has a value"},
		"no tenant": {func(tx store.Tx, token hash, _ string) error {
			return tx.DeletePrefix(bucketTenants, token[:])
		}, "not among the tokens of its tenant"},
		"no metadata": {func(tx store.Tx, token hash, _ string) error {
			return tx.Delete(bucketTenants, metadataKey(token))
		}, "has no metadata"},
		"tenant without a token": {func(tx store.Tx, _ hash, _ string) error {
			return putTenant(tx, stranger, tenantRecord{CreatedAt: time.Now()})
		}, "tenant ee0.* has no token"},
		"token of two tenants": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, memberKey(stranger, token), nil)
		}, "but not its own"},
		"tenant's token that is not there": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, memberKey(token, stranger), nil)
		}, "token ee0.* does not exist"},
		"token without the tenant's key": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, memberKey(token, token), nil)
		}, "has half a key.*is not sealed to its token|is not sealed to its token"},
		"sealing to a recovery key alone": {func(tx store.Tx, token hash, _ string) error {
			return errors.Join(tx.Put(bucketTenants, memberKey(token, token), nil),
				tx.Put(bucketTenants, recoverySlot(token), make([]byte, 32+sealedKeySize)))
		}, "is not sealed to its token"},
		"tenant without the public key": {func(tx store.Tx, token hash, _ string) error {
			return putTenant(tx, token, tenantRecord{CreatedAt: time.Now()})
		}, "has half a key"},
		"sealed key of a wrong size": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, memberKey(token, token), make([]byte, 10))
		}, "sealed key: .*another version"},
		"secrets without a key": {func(tx store.Tx, token hash, _ string) error {
			value, err := encodeRecord(token, hint{CreatedAt: time.Now()}, make([]byte, 100))
			return errors.Join(err, tx.Put(bucketTenants, memberKey(token, token), nil),
				putTenant(tx, token, tenantRecord{CreatedAt: time.Now()}), tx.Put(bucketTenants, oauthSlot("s").key(token), value))
		}, "has secrets, but no key"},
		"format of a secret": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, oauthSlot("s").key(token), []byte("x"))
		}, "oauth_tokens/s: secret"},
		"recovery key": {func(tx store.Tx, _ hash, _ string) error {
			return tx.Put(bucketSystem, recoveryKey, []byte("x"))
		}, "recovery key"},
		"use of no token": {func(tx store.Tx, _ hash, _ string) error {
			return tx.Put(bucketIndex, lastUsedKey(stranger), encodeTime(stranger, 1))
		}, "last use: token ee0.* does not exist"},
		"ending of no token": {func(tx store.Tx, _ hash, _ string) error {
			return tx.Put(bucketIndex, endingKey(5, stranger), nil)
		}, "token ee0.* does not end as the index has it"},
		"ending of a token that does not": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketIndex, endingKey(5, token), nil)
		}, "does not end as the index has it"},
		"scope": {func(tx store.Tx, token hash, _ string) error {
			record, err := readToken(tx, token)
			record.scope = "{}"
			return errors.Join(err, record.write(tx, token))
		}, "damaged"},
		"temporary key": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, temporarySlot(token), []byte("x"))
		}, "temporary key: "},
		"statistics of no tenant": {func(tx store.Tx, _ hash, _ string) error {
			return tx.Put(bucketSystem, statsKey(stranger), counts{1, 1, 1}.encode(stranger))
		}, "statistics: tenant ee0.* does not exist"},
		"format of statistics": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketSystem, statsKey(token), []byte("x"))
		}, "statistics of tenant .*damaged"},
		"format of a use": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketIndex, lastUsedKey(token), []byte("x"))
		}, "last use of token .* damaged"},
		"format of a token": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketIndex, byHashKey(token), []byte("x"))
		}, "token .* damaged"},
		"format of a tenant": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, metadataKey(token), []byte("x"))
		}, "tenant .* damaged"},
		"schema": {func(tx store.Tx, _ hash, _ string) error {
			return tx.Put(bucketSystem, schemaKey, []byte("9"))
		}, `schema version is "9"`},
		"bucket":    {func(tx store.Tx, _ hash, _ string) error { return tx.Put("x", []byte("x"), nil) }, `bucket "x" is unknown`},
		"index key": {func(tx store.Tx, _ hash, _ string) error { return tx.Put(bucketIndex, []byte("by_hash/"), nil) }, `key "by_hash/" is unknown`},
		"prefix key": {func(tx store.Tx, _ hash, _ string) error {
			return tx.Put(bucketIndex, []byte("by_prefix/0000000"), nil)
		}, "is unknown"},
		"prefix's hash": {func(tx store.Tx, _ hash, _ string) error { return tx.Put(bucketIndex, sharedPrefix("00000000"), nil) }, "is unknown"},
		"tenant key":    {func(tx store.Tx, _ hash, _ string) error { return tx.Put(bucketTenants, []byte("x"), nil) }, "is unknown"},
		"tenant subkey": {func(tx store.Tx, token hash, _ string) error {
			return tx.Put(bucketTenants, append(metadataKey(token), 'x'), nil)
		}, "is unknown"},
		"system key": {func(tx store.Tx, _ hash, _ string) error { return tx.Put(bucketSystem, []byte("x"), nil) }, `system: key "x" is unknown`},
	} {
		t.Run(name, func(t *testing.T) {
			d := openNew(t)
			token, hash := add(t, d, "")
			requireSound(t, d)
			require.NoError(t, d.store.Update(func(tx store.Tx) error {
				return test.damage(tx, mustHash(t, hash), token[:8])
			}))
			problems, err := d.Verify()
			require.NoError(t, err)
			require.NotEmpty(t, problems)
			require.Regexp(t, test.want, problems)
		})
	}
}
