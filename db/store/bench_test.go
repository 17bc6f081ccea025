package store

import (
	"encoding/binary"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkGroupCommit stands beside what one goroutine alone writes: the same
// small updates from 64 goroutines. The two take turns of 500.
func BenchmarkGroupCommit(b *testing.B) {
	s, err := OpenBolt(filepath.Join(b.TempDir(), "db"), Options{Create: true})
	require.NoError(b, err)
	defer s.Close()
	var written atomic.Uint64
	update := func() {
		key := binary.BigEndian.AppendUint64(nil, written.Add(1))
		require.NoError(b, s.Update(func(tx Tx) error { return tx.Put("b", key, make([]byte, 100)) }))
	}
	const turn = 500
	var took [2]time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		for i, goroutines := range []int{1, 64} {
			start := time.Now()
			share(goroutines, turn, update)
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(0, "ns/op") // of both together, and so of no use
	b.ReportMetric(float64(took[0].Microseconds())/float64(rounds*turn), "alone-µs")
	b.ReportMetric(float64(took[1].Microseconds())/float64(rounds*turn), "of-64-µs")
	b.ReportMetric(float64(took[0])/float64(took[1]), "times-faster")
}

// share has so many goroutines do the work n times together.
func share(goroutines, n int, work func()) {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				work()
			}
		})
	}
	all.Wait()
}
