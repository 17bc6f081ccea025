package db

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWatchScope(t *testing.T) {
	d := openNew(t)
	added, err := d.NewAPIToken(TokenSettings{})
	require.NoError(t, err)
	ctx, leave, err := d.Admit(t.Context(), added.Token.Reveal())
	require.NoError(t, err)
	defer leave()
	tenant, _ := FromContext(ctx)
	change := func(c TokenChange) { require.NoError(t, d.ChangeAPIToken(added.Hash, c)) }

	change(TokenChange{ReadOnly: new(true)})
	changed, stop := tenant.WatchScope()
	require.Len(t, changed, 1, "it changed since the request was let in")
	<-changed
	change(TokenChange{Description: new("x")})
	change(TokenChange{ReadOnly: new(true)})
	require.Empty(t, changed, "the scope is the same")
	change(TokenChange{ReadOnly: new(false)})
	change(TokenChange{Tools: &[]string{"a"}})
	change(TokenChange{Tools: &[]string{"b"}})
	require.Len(t, changed, 1, "several changes may be told at once")
	<-changed
	stop()
	change(TokenChange{Tools: &[]string{}})
	require.Empty(t, changed)

	leave()
	changed, stop = tenant.WatchScope()
	defer stop()
	require.Empty(t, changed, "who has left is told nothing")
}
