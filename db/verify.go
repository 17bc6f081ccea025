package db

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// Verify checks that the database agrees with itself, and returns one line for
// each thing that is wrong: with hashes and prefixes, without values. It reads
// all in one transaction, so writers may have to wait for it.
//
// It opens nothing, so a sealed text is checked for its form only.
//
// What holds is: index and tenants name the same tokens, each with its prefix;
// each tenant has metadata and at least one token; last uses are those of
// existing tokens; all values can be decoded; there is no key that is none of
// those.
func (d *DB) Verify() ([]string, error) { return verify(d.store) }

func verify(s store.Store) ([]string, error) {
	var c check
	err := s.View(func(tx store.Tx) error {
		c = check{
			tokens: map[hash]tokenRecord{}, prefixes: map[hash][]string{}, used: map[hash]bool{},
			tenants: map[hash]bool{}, keyed: map[hash]bool{}, keyless: map[hash][]hash{}, owners: map[hash]bool{}, members: map[hash][]hash{},
			ending: map[hash]int64{},
		}
		return c.read(tx)
	})
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	c.compare()
	return c.problems, nil
}

// check is what Verify has read.
type check struct {
	tokens   map[hash]tokenRecord
	prefixes map[hash][]string // of a token, as by_prefix has them
	used     map[hash]bool     // tokens that last_used has
	tenants  map[hash]bool     // those with metadata: whether they have a key
	keyed    map[hash]bool     // those with a sealed key
	keyless  map[hash][]hash   // of a tenant, the tokens that its key is not sealed to
	owners   map[hash]bool     // those with a secret
	members  map[hash][]hash   // of a tenant
	ending   map[hash]int64    // of a token, as the index has it
	counted  []hash            // tenants with statistics
	problems []string
}

func (c *check) complain(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *check) read(tx store.Tx) error {
	readers := map[string]func(key, value []byte) bool{
		bucketTenants: c.readTenant, bucketIndex: c.readIndex, bucketSystem: c.readSystem,
	}
	buckets, err := tx.Buckets()
	if err != nil {
		return err
	}
	for _, bucket := range buckets {
		read, known := readers[bucket]
		if !known {
			c.complain("bucket %q is unknown", bucket)
			continue
		}
		for key, value := range tx.Range(bucket, nil, nil) {
			if !read(key, value) {
				c.complain("%s: key %q is unknown", bucket, key)
			}
		}
	}
	return nil // an error of Range ends the transaction by itself
}

// The readers report whether they know the key.

func (c *check) readSystem(key, value []byte) bool {
	switch {
	case bytes.Equal(key, schemaKey):
		if string(value) != schemaVersion {
			c.complain("schema version is %q", value)
		}
	case bytes.Equal(key, recoveryKey):
		if len(value) != vault.PublicKeySize {
			c.complain("recovery key: %v", errFormat)
		}
	default:
		if _, ok := hashAfter(key, pathTakenOver); ok {
			c.expectEmpty(key, value)
			return true
		}
		tenant, ok := hashAfter(key, pathStats)
		if _, err := decodeCounts(tenant, value); ok && err != nil {
			c.complain("%v", err)
		}
		if ok {
			c.counted = append(c.counted, tenant)
		}
		return ok
	}
	return true
}

func (c *check) readTenant(key, value []byte) bool {
	var tenant hash
	if len(key) < len(tenant) {
		return false
	}
	tenant = hash(key[:len(tenant)])
	if token, ok := hashAfter(key, string(memberPrefix(tenant))); ok {
		c.members[tenant] = append(c.members[tenant], token)
		c.readMember(tenant, token, value)
		return true
	}
	rest := string(key[len(tenant):])
	switch _, isSecret := parseSlot(rest); {
	case rest == pathMetadata:
		c.readMetadata(tenant, value)
	case rest == pathRecovery:
		c.keyed[tenant] = true
		c.expectSealedKey(tenant, value, vault.PublicKeySize)
	case rest == pathTemporary:
		c.keyed[tenant] = true
		if _, err := withoutHead(tenant, value); err != nil {
			c.complain("tenant %s: temporary key: %v", tenant, err)
		}
	case isSecret:
		c.owners[tenant] = true
		if _, _, err := decodeRecord(tenant, value); err != nil {
			c.complain("tenant %s: %s: %v", tenant, rest, err)
		}
	default:
		return false
	}
	return true
}

func (c *check) readMetadata(tenant hash, value []byte) {
	record, err := decodeTenant(tenant, value)
	if err != nil {
		c.complain("%v", err)
	}
	c.tenants[tenant] = record.hasKey()
}

// readMember notes whether a token has the tenant's key: all have it but those
// that have ended or were taken over, or the tenant has none yet.
func (c *check) readMember(tenant, token hash, value []byte) {
	if len(value) == 0 {
		c.keyless[tenant] = append(c.keyless[tenant], token)
		return
	}
	c.keyed[tenant] = true
	c.expectSealedKey(tenant, value, sha256.Size)
}

// expectSealedKey wants a sealed key behind so many other bytes.
func (c *check) expectSealedKey(tenant hash, value []byte, head int) {
	if len(value) != head+sealedKeySize {
		c.complain("tenant %s: sealed key: %v", tenant, errFormat)
	}
}

func (c *check) readIndex(key, value []byte) bool {
	if token, ok := hashAfter(key, pathByHash); ok {
		c.readToken(token, value)
		return true
	}
	if token, ok := hashAfter(key, pathLastUsed); ok {
		c.used[token] = true
		if _, err := decodeTime(token, value); err != nil {
			c.complain("%v", err)
		}
		return true
	}
	if e, ok := parseEnding(key); ok {
		c.ending[e.token] = e.expires
		c.expectEmpty(key, value)
		return true
	}
	rest, ok := strings.CutPrefix(string(key), pathByPrefix)
	if !ok || len(rest) < prefixLength || !isPrefix(rest[:prefixLength]) {
		return false
	}
	prefix := rest[:prefixLength]
	token, ok := hashAfter(key, string(sharedPrefix(prefix)))
	if ok {
		c.prefixes[token] = append(c.prefixes[token], prefix)
		c.expectEmpty(key, value)
	}
	return ok
}

func (c *check) readToken(token hash, value []byte) {
	record, err := decodeToken(token, value)
	if err == nil {
		_, err = decodeScope(record.scope)
	}
	if err != nil {
		c.complain("%v", err)
	}
	c.tokens[token] = record
}

func (c *check) expectEmpty(key, value []byte) {
	if len(value) > 0 {
		c.complain("key %q has a value", key)
	}
}

func (c *check) compare() {
	for token, record := range c.tokens {
		if !slices.Equal(c.prefixes[token], []string{record.Prefix}) {
			c.complain("token %s has prefix %q, the index has %q", token, record.Prefix, c.prefixes[token])
		}
		if !slices.Contains(c.members[record.tenant], token) {
			c.complain("token %s is not among the tokens of its tenant %s", token, record.tenant)
		}
	}
	for token, prefixes := range c.prefixes {
		c.expectToken(token, fmt.Sprintf("prefix %q", prefixes))
	}
	for token, expires := range c.ending {
		if record, ok := c.tokens[token]; !ok || !record.ending || record.expires != expires {
			c.complain("token %s does not end as the index has it", token)
		}
	}
	for token := range c.used {
		c.expectToken(token, "last use")
	}
	c.compareTenants()
	slices.Sort(c.problems)
}

func (c *check) compareTenants() {
	for tenant, hasKey := range c.tenants {
		if len(c.members[tenant]) == 0 {
			c.complain("tenant %s has no token", tenant)
		}
		c.compareKeys(tenant, hasKey)
	}
	for _, tenant := range c.counted {
		if _, ok := c.tenants[tenant]; !ok {
			c.complain("statistics: tenant %s does not exist", tenant)
		}
	}
	for tenant := range c.owners {
		if hasKey := c.tenants[tenant]; !hasKey {
			c.complain("tenant %s has secrets, but no key", tenant)
		}
	}
	for tenant, members := range c.members {
		if _, ok := c.tenants[tenant]; !ok {
			c.complain("tenant %s has no metadata", tenant)
		}
		for _, token := range members {
			c.expectToken(token, fmt.Sprintf("tenant %s", tenant))
			if record, ok := c.tokens[token]; ok && record.tenant != tenant {
				c.complain("token %s is among the tokens of tenant %s, but not its own", token, tenant)
			}
		}
	}
}

func (c *check) compareKeys(tenant hash, hasKey bool) {
	if hasKey != c.keyed[tenant] {
		c.complain("tenant %s has half a key", tenant)
	}
	for _, token := range c.keyless[tenant] {
		if record := c.tokens[token]; hasKey && !record.ending && !record.isUnknown() {
			c.complain("the key of tenant %s is not sealed to its token %s", tenant, token)
		}
	}
}

func (c *check) expectToken(token hash, what string) {
	if _, ok := c.tokens[token]; !ok {
		c.complain("%s: token %s does not exist", what, token)
	}
}
