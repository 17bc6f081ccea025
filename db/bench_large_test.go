package db

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// largeCount is how many tokens the large database has: 100,000, or what
// BENCH_TOKENS says.
func largeCount(b *testing.B) int {
	b.Helper()
	count, err := strconv.Atoi(os.Getenv("BENCH_TOKENS"))
	if err != nil {
		return 100_000
	}
	return count
}

// BenchmarkLarge lists and opens a large database: listing stands beside one
// walk over the same keys, opening beside reading the file.
func BenchmarkLarge(b *testing.B) {
	dir := newDir(b)
	d := openDir(b, dir)
	fillTokens(b, d, largeCount(b))
	b.Run("list", func(b *testing.B) {
		inTurn(b, func() {
			require.NoError(b, d.store.View(func(tx store.Tx) error {
				for range tx.Range(bucketIndex, []byte(pathByHash), nil) {
				}
				return nil
			}))
		}, func() {
			list, err := d.ListAPITokens()
			require.NoError(b, err)
			require.Len(b, list, largeCount(b))
		})
	})
	require.NoError(b, d.Close())
	b.Run("open", func(b *testing.B) {
		inTurn(b, func() {
			file, err := os.Open(filepath.Join(dir, fileName))
			require.NoError(b, err)
			_, err = io.Copy(struct{ io.Writer }{io.Discard}, file)
			require.NoError(b, err)
			require.NoError(b, file.Close())
		}, func() {
			d, err := New(WithLogger(&recorder{}), WithDataDir(dir))
			require.NoError(b, err)
			require.NoError(b, d.Close())
		})
	})
}

// inTurn is beside for work that takes long: once each in turn. prepare, if
// there is one, comes before each without being measured.
func inTurn(b *testing.B, bare, ours func(), prepare ...func()) {
	b.Helper()
	var took [2]time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		for i, work := range []func(){bare, ours} {
			for _, p := range prepare {
				p()
			}
			start := time.Now()
			work()
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(0, "ns/op") // of both together, and so of no use
	b.ReportMetric(float64(took[0].Microseconds())/1000/float64(rounds), "bare-ms")
	b.ReportMetric(float64(took[1].Microseconds())/1000/float64(rounds), "ours-ms")
	b.ReportMetric(float64(took[1])/float64(took[0]), "ours/bare")
}
