package db

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// beside runs two pieces of work in turn, a hundred times each, and reports
// what one of each takes, and how many times the first the second takes: the
// machine's speed may change meanwhile, the ratio does not.
func beside(b *testing.B, bare, ours func()) {
	b.Helper()
	var took [2]time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		for i, work := range []func(){bare, ours} {
			start := time.Now()
			for range 100 {
				work()
			}
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(0, "ns/op") // of both together, and so of no use
	b.ReportMetric(float64(took[0].Nanoseconds())/float64(rounds*100), "bare-ns")
	b.ReportMetric(float64(took[1].Nanoseconds())/float64(rounds*100), "ours-ns")
	b.ReportMetric(float64(took[1])/float64(took[0]), "ours/bare")
}

// fillTokens adds tenants without their keys, many in one transaction, and
// returns the last token.
func fillTokens(b *testing.B, d *DB, count int) (token string) {
	b.Helper()
	const batch = 5000
	for range (count + batch - 1) / batch {
		require.NoError(b, d.store.Update(func(tx store.Tx) error {
			for range min(batch, count) {
				drawn, record := drawnAlone(b)
				require.NoError(b, putTenant(tx, drawn.hash, tenantRecord{CreatedAt: record.CreatedAt}))
				require.NoError(b, putToken(tx, drawn.hash, record))
				token = drawn.secret.Reveal()
			}
			return nil
		}))
	}
	return token
}

// BenchmarkAuthenticate stands beside what it cannot be cheaper than: a hash
// and a read transaction.
func BenchmarkAuthenticate(b *testing.B) {
	for _, count := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(count, " tokens"), func(b *testing.B) {
			d := openNew(b)
			token := fillTokens(b, d, count)
			beside(b, func() {
				id := sha256.Sum256([]byte(token))
				err := d.store.View(func(tx store.Tx) error {
					_, err := tx.Get(bucketIndex, byHashKey(id))
					return err
				})
				require.NoError(b, err)
			}, func() {
				_, err := d.Authenticate(token)
				require.NoError(b, err)
			})
			require.Zero(b, d.keys.Len(), "it opens nothing")
		})
	}
}

// BenchmarkAdd shows what group commit is worth: the disk is waited for once
// for all tokens that are added at the same time.
func BenchmarkAdd(b *testing.B) {
	for _, goroutines := range []int{1, 64} {
		b.Run(fmt.Sprint(goroutines, " goroutines"), func(b *testing.B) {
			d := openNew(b)
			var left atomic.Int64
			left.Store(int64(b.N))
			var all sync.WaitGroup
			b.ResetTimer()
			for range goroutines {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						_, _, err := d.AddAPIToken("benchmark")
						require.NoError(b, err)
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

// BenchmarkFlushLastUsed writes 10,000 last uses beside one bare transaction of
// as many keys of the same size.
func BenchmarkFlushLastUsed(b *testing.B) {
	const count = 10_000
	d := openNew(b)
	fillTokens(b, d, count)
	var tokens []hash
	require.NoError(b, d.store.View(func(tx store.Tx) error {
		for key := range tx.Range(bucketIndex, []byte(pathByHash), nil) {
			token, _ := hashAfter(key, pathByHash)
			tokens = append(tokens, token)
		}
		return nil
	}))
	bare, err := store.OpenBolt(filepath.Join(b.TempDir(), "bare.db"), store.Options{Create: true})
	require.NoError(b, err)
	defer bare.Close()
	inTurn(b, func() {
		require.NoError(b, bare.Update(func(tx store.Tx) error {
			for _, token := range tokens {
				if err := tx.Put(bucketIndex, lastUsedKey(token), make([]byte, headSize+8)); err != nil {
					return err
				}
			}
			return nil
		}))
	}, func() {
		require.NoError(b, d.flush())
	}, func() {
		for _, token := range tokens { // as requests do, until the next flush
			d.used.mark(token, time.Now())
		}
	})
}
