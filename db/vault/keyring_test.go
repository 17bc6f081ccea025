package vault

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// never is a key that goes only when it is idle.
var never time.Time

func tenant(n int) [32]byte { return [32]byte{byte(n), byte(n >> 8)} }

func TestKeysGoWhenIdle(t *testing.T) {
	ring := NewKeyring[string](10, 3, 15*time.Minute)
	ring.Put(tenant(1), newKey(t), never, start)
	require.True(t, ring.Get(tenant(2), start).IsZero())
	require.False(t, ring.Get(tenant(1), start.Add(15*time.Minute)).IsZero(), "a use keeps it")
	require.False(t, ring.Get(tenant(1), start.Add(29*time.Minute)).IsZero())
	require.True(t, ring.Get(tenant(1), start.Add(45*time.Minute)).IsZero())
	require.Equal(t, 1, ring.Len())
	ring.Sweep(start.Add(45 * time.Minute))
	require.Zero(t, ring.Len())
}

func TestKeysGoWhenDropped(t *testing.T) {
	ring := NewKeyring[string](10, 3, time.Hour)
	for n := range 3 {
		ring.Put(tenant(n), newKey(t), never, start)
	}
	ring.Drop(tenant(1))
	require.True(t, ring.Get(tenant(1), start).IsZero())
	require.False(t, ring.Get(tenant(2), start).IsZero())
	ring.Clear()
	require.True(t, ring.Get(tenant(2), start).IsZero())
	ring.Put(tenant(2), newKey(t), never, start)
	ring.Close()
	ring.Put(tenant(1), newKey(t), never, start)
	require.Zero(t, ring.Len())
}

func TestKeysGoWhenTheirTimeIsOver(t *testing.T) {
	ring, key := NewKeyring[string](10, 3, time.Hour), newKey(t)
	ring.Put(tenant(1), key, start.Add(time.Minute), start)
	ring.Put(tenant(1), key, start.Add(time.Second), start)
	ring.Put(tenant(2), key, start.Add(time.Minute), start)
	ring.Put(tenant(2), key, never, start)
	ring.Put(tenant(3), newKey(t), never, start)
	ring.Put(tenant(3), newKey(t), start.Add(time.Minute), start)
	require.False(t, ring.Get(tenant(1), start.Add(time.Minute-1)).IsZero(), "the longer time counts")
	for holder, gone := range map[int]bool{1: true, 2: false, 3: true} {
		require.Equal(t, gone, ring.Get(tenant(holder), start.Add(time.Minute)).IsZero(), holder)
	}
	ring.Sweep(start.Add(time.Minute))
	require.Equal(t, 1, ring.Len())
}

func TestAReplacedKeyGoesFromAllHolders(t *testing.T) {
	ring, old := NewKeyring[string](10, 3, time.Hour), newKey(t)
	ring.Put(tenant(1), old, never, start)
	ring.Put(tenant(2), old, never, start)
	ring.Put(tenant(3), newKey(t), never, start)
	ring.DropKey(old.Public())
	require.Equal(t, 1, ring.Len())
	require.False(t, ring.Get(tenant(3), start).IsZero())
}

func TestRingIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	const limit = samples // so that the choice of what goes is exact
	ring, key := NewKeyring[string](limit, 3, time.Hour), newKey(t)
	for n := range limit {
		ring.Put(tenant(n), key, never, start.Add(time.Duration(n)*time.Minute))
	}
	ring.Put(tenant(0), key, never, start.Add(time.Minute*limit))
	ring.Put(tenant(limit), key, never, start.Add(time.Minute*limit))
	require.Equal(t, limit, ring.Len())
	now := start.Add(time.Minute * limit)
	require.True(t, ring.Get(tenant(1), now).IsZero(), "idle for longest")
	require.False(t, ring.Get(tenant(0), now).IsZero())
	require.False(t, ring.Get(tenant(limit), now).IsZero())
}

func TestRingServesManyAtOnce(t *testing.T) {
	ring, key := NewKeyring[string](50, 3, time.Minute), newKey(t)
	var all sync.WaitGroup
	for g := range 64 {
		all.Go(func() {
			for n := range 500 {
				now := start.Add(time.Duration(n) * time.Second)
				ring.Put(tenant(n%100), key, never, now)
				ring.Get(tenant((n+g)%100), now)
				if n%50 == 0 {
					ring.Drop(tenant(g))
					ring.Sweep(now)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, ring.Len(), 50)
}

func BenchmarkKeyring(b *testing.B) {
	ring := NewKeyring[string](1000, 3, time.Hour)
	key := newKey(b)
	for n := range 100 {
		ring.Put(tenant(n), key, never, start)
	}
	b.SetParallelism(32) // 64 goroutines on two cores
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			if ring.Get(tenant(n%100), start).IsZero() {
				b.Error("no key")
			}
		}
	})
}
