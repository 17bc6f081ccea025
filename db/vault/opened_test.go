package vault

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func place(n int) Place { return Place{Kind: "test", Name: strconv.Itoa(n)} }

// newOpened returns a ring with two keys, each of which has opened a text.
func newOpened(t *testing.T) (ring *Keyring[string], a, b PrivateKey) {
	ring, a, b = NewKeyring[string](2, 3, time.Hour), newKey(t), newKey(t)
	ring.Put(tenant(1), a, never, start)
	ring.Put(tenant(2), b, start.Add(time.Minute), start)
	ring.Keep(tenant(1), a, place(1), []byte("sealed"), "one")
	ring.Keep(tenant(2), b, place(2), []byte("sealed"), "two")
	require.Equal(t, 2, ring.OpenedLen())
	return ring, a, b
}

func has(ring *Keyring[string], key PrivateKey, at Place, sealed string) string {
	value, ok := ring.Opened(key, at, []byte(sealed))
	if !ok {
		return "none"
	}
	return value
}

func TestOpenedTextsAreThoseOfKeyPlaceAndBytes(t *testing.T) {
	ring, a, b := newOpened(t)
	require.Equal(t, "one", has(ring, a, place(1), "sealed"))
	require.Equal(t, "two", has(ring, b, place(2), "sealed"))
	require.Equal(t, "none", has(ring, b, place(1), "sealed"), "another key")
	require.Equal(t, "none", has(ring, PrivateKey{}, place(1), "sealed"))
	require.Equal(t, "none", has(ring, a, place(2), "sealed"), "another place")
	require.Equal(t, "none", has(ring, a, place(1), "sealed anew"), "other bytes")
	ring.Keep(tenant(1), a, place(1), []byte("sealed anew"), "anew")
	require.Equal(t, "anew", has(ring, a, place(1), "sealed anew"))
	require.Equal(t, "none", has(ring, a, place(1), "sealed"))
	require.Equal(t, 2, ring.OpenedLen())
}

func TestOpenedTextsGoWithTheirKey(t *testing.T) {
	for name, drop := range map[string]func(*Keyring[string], PrivateKey){
		"drop":     func(r *Keyring[string], _ PrivateKey) { r.Drop(tenant(1)) },
		"drop key": func(r *Keyring[string], a PrivateKey) { r.DropKey(a.Public()) },
		"replace":  func(r *Keyring[string], _ PrivateKey) { r.Put(tenant(1), newKey(t), never, start) },
		"evict": func(r *Keyring[string], _ PrivateKey) {
			r.Get(tenant(2), start.Add(30*time.Second))
			r.Put(tenant(3), newKey(t), never, start)
		},
		"forget": func(r *Keyring[string], _ PrivateKey) { r.Forget(place(1)) },
	} {
		ring, a, b := newOpened(t)
		drop(ring, a)
		require.Equal(t, "none", has(ring, a, place(1), "sealed"), name)
		require.Equal(t, "two", has(ring, b, place(2), "sealed"), name)
		require.Equal(t, 1, ring.OpenedLen(), name)
	}
	for name, drop := range map[string]func(*Keyring[string]){
		"clear": (*Keyring[string]).Clear,
		"close": (*Keyring[string]).Close,
		"idle":  func(r *Keyring[string]) { r.Sweep(start.Add(time.Hour + 1)) },
	} {
		ring, _, _ := newOpened(t)
		drop(ring)
		require.Zero(t, ring.OpenedLen(), name)
	}
	ring, a, _ := newOpened(t)
	ring.Sweep(start.Add(time.Minute))
	require.Equal(t, 1, ring.OpenedLen(), "its time is over")
	require.Equal(t, "one", has(ring, a, place(1), "sealed"))
}

// Another holder of the key may take over what was opened; it then goes with
// that one.
func TestOpenedTextsBelongToWhoOpenedThemLast(t *testing.T) {
	ring, a, _ := newOpened(t)
	ring.Put(tenant(2), a, never, start)
	require.Equal(t, "one", has(ring, a, place(1), "sealed"))
	ring.Keep(tenant(2), a, place(1), []byte("sealed"), "one")
	ring.Drop(tenant(1))
	require.Equal(t, "one", has(ring, a, place(1), "sealed"))
	ring.Drop(tenant(2))
	require.Zero(t, ring.OpenedLen())
}

// A reader that was overtaken by the end of its key leaves nothing behind.
func TestNothingIsKeptWithoutItsKey(t *testing.T) {
	ring, a, b := newOpened(t)
	ring.Drop(tenant(1))
	ring.Keep(tenant(1), a, place(1), []byte("sealed"), "late")
	ring.Put(tenant(1), b, never, start)
	ring.Keep(tenant(1), a, place(1), []byte("sealed"), "late")
	require.Equal(t, "none", has(ring, a, place(1), "sealed"))
	ring.Close()
	ring.Keep(tenant(1), b, place(1), []byte("sealed"), "late")
	require.Zero(t, ring.OpenedLen())
}

func TestOpenedTextsAreBounded(t *testing.T) {
	ring, a, _ := newOpened(t)
	for n := range 10 {
		ring.Keep(tenant(1), a, place(n), []byte("sealed"), "x")
		require.Equal(t, "x", has(ring, a, place(n), "sealed"), "the newest stays")
		require.LessOrEqual(t, ring.OpenedLen(), 3)
	}
	require.Equal(t, 3, ring.OpenedLen())
	ring.Keep(tenant(1), a, place(20), make([]byte, maxKept+1), "long")
	require.Equal(t, "none", has(ring, a, place(20), string(make([]byte, maxKept+1))))
	ring.Keep(tenant(1), a, place(20), make([]byte, maxKept), "longest")
	require.Equal(t, "longest", has(ring, a, place(20), string(make([]byte, maxKept))))
}

func TestOpenedTextsServeManyAtOnce(t *testing.T) {
	ring, key := NewKeyring[string](8, 20, time.Minute), newKey(t)
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for n := range 500 {
				now := start.Add(time.Duration(n) * time.Second)
				text := strconv.Itoa(n % 30)
				ring.Put(tenant(g%10), key, never, now)
				ring.Keep(tenant(g%10), key, place(n%30), []byte(text), text)
				if value, ok := ring.Opened(key, place(n%30), []byte(text)); ok && value != text {
					t.Error(value)
				}
				switch n % 50 {
				case 0:
					ring.Drop(tenant(g % 10))
				case 10:
					ring.Forget(place(g))
				case 20:
					ring.Sweep(now)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, ring.OpenedLen(), 20)
	for g := range 10 {
		ring.Drop(tenant(g))
	}
	require.Zero(t, ring.OpenedLen(), "each belongs to a key")
}
