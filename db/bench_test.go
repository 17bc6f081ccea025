package db

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// BenchmarkAuthenticate is to be read beside what it cannot be cheaper than.
func BenchmarkAuthenticate(b *testing.B) {
	d := openNew(b)
	var token string
	require.NoError(b, d.store.Update(func(tx store.Tx) error {
		for range 1000 {
			text, id, record, err := newToken("benchmark")
			require.NoError(b, err)
			record.tenant = id
			require.NoError(b, putTenant(tx, id, tenantRecord{CreatedAt: record.CreatedAt}))
			require.NoError(b, putToken(tx, id, record))
			token = text
		}
		return nil
	}))
	b.Run("hash and read only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			id := sha256.Sum256([]byte(token))
			err := d.store.View(func(tx store.Tx) error {
				_, err := tx.Get(bucketIndex, byHashKey(id))
				return err
			})
			require.NoError(b, err)
		}
	})
	b.Run("authenticate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := d.Authenticate(token)
			require.NoError(b, err)
		}
	})
	b.Run("authenticate in parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				_, err := d.Authenticate(token)
				require.NoError(b, err)
			}
		})
	})
}
