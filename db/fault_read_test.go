package db

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
)

// reads are all that a DB reads, with what they return.
var reads = map[string]func(w *world) (any, error){
	"authenticate": func(w *world) (any, error) { return w.d.Authenticate(w.tokens[0]) },
	"validate": func(w *world) (any, error) {
		valid, hash, err := w.d.ValidateAPIToken(w.tokens[1])
		return fmt.Sprint(valid, hash), err
	},
	"validate a wrong one": func(w *world) (any, error) {
		valid, hash, err := w.d.ValidateAPIToken(w.hashes[1])
		return fmt.Sprint(valid, hash), err
	},
	"list":           func(w *world) (any, error) { return w.d.ListAPITokens() },
	"find by prefix": func(w *world) (any, error) { return w.d.FindAPITokens(w.tokens[2][:8]) },
	"find by hash":   func(w *world) (any, error) { return w.d.FindAPITokens(w.hashes[2]) },
	"verify":         func(w *world) (any, error) { return w.d.Verify() },
	"ping":           func(w *world) (any, error) { return nil, w.d.Ping() },
}

// A database that cannot answer does not say that a token is invalid, nor does
// it count a use.
func TestEachReadFailsOnce(t *testing.T) {
	for name, read := range reads {
		w := newWorld(t)
		w.faulty.views, w.faulty.at = true, 1
		failed, err := read(w)
		require.ErrorIs(t, err, errFault, name)
		require.NotErrorIs(t, err, ErrInvalidToken, name)
		require.True(t, failed == nil || fmt.Sprint(failed) == "false" || isNil(failed), "%s: %v", name, failed)
		require.Empty(t, w.d.used.pending(), name)
		_, err = read(w)
		require.NoError(t, err, name)
	}
}

func isNil(v any) bool { return reflect.ValueOf(v).IsNil() }

// The engine may run a function again.
func TestFunctionsMayRunTwice(t *testing.T) {
	for name, read := range reads {
		w := newWorld(t)
		want, err := read(w)
		require.NoError(t, err)
		w.d.store = twice{w.faulty}
		got, err := read(w)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
	for _, op := range writes {
		w := newWorld(t)
		w.d.store = twice{w.faulty}
		require.NoError(t, op.do(w))
		require.Equal(t, op.done, w.state(t), op.name)
	}
}
