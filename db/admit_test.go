package db

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

// admit lets a request in, which leaves at the end of the test.
func admit(t *testing.T, d *DB, token string) context.Context {
	t.Helper()
	ctx, leave, err := d.Admit(t.Context(), token)
	require.NoError(t, err)
	t.Cleanup(leave)
	return ctx
}

func newSettings(t *testing.T, d *DB, settings TokenSettings) (token, hash string) {
	t.Helper()
	added, err := d.NewAPIToken(settings)
	require.NoError(t, err)
	return added.Token.Reveal(), added.Hash
}

func change(t *testing.T, d *DB, hash string, c TokenChange) {
	t.Helper()
	require.NoError(t, d.ChangeAPIToken(hash, c))
	requireSound(t, d)
}

func join(t *testing.T, d *DB, token string) (further, hash string) {
	t.Helper()
	added, err := d.JoinAPIToken(Proof{Token: global.NewSecret(token)}, TokenSettings{})
	require.NoError(t, err)
	return added.Token.Reveal(), added.Hash
}

func TestAdmittedRequestsEndWithTheirToken(t *testing.T) {
	ends := map[string]struct {
		end   func(t *testing.T, d *DB, other, hash string)
		cause error
	}{
		"delete":  {func(t *testing.T, d *DB, _, hash string) { require.NoError(t, d.DeleteAPIToken(hash)) }, ErrInvalidToken},
		"disable": {func(t *testing.T, d *DB, _, hash string) { change(t, d, hash, TokenChange{Disabled: new(true)}) }, ErrTokenDisabled},
		"expire now": {func(t *testing.T, d *DB, _, hash string) {
			change(t, d, hash, TokenChange{ExpiresAt: new(time.Now().Add(-time.Second))})
		}, ErrTokenExpired},
		"end": {func(t *testing.T, d *DB, other, hash string) {
			require.NoError(t, d.EndAPIToken(Proof{Token: global.NewSecret(other)}, hash, 0))
		}, ErrInvalidToken},
	}
	for name, test := range ends {
		t.Run(name, func(t *testing.T) {
			d := openNew(t)
			token, hash := add(t, d, "")
			other, _ := join(t, d, token)
			stranger, _ := add(t, d, "")
			ended := []context.Context{admit(t, d, token), admit(t, d, token)}
			going := []context.Context{admit(t, d, other), admit(t, d, stranger)}

			test.end(t, d, other, hash)
			for _, ctx := range ended {
				require.ErrorIs(t, ctx.Err(), context.Canceled, "when the change has returned")
				require.Equal(t, test.cause, context.Cause(ctx))
			}
			for _, ctx := range going {
				require.NoError(t, ctx.Err())
			}
			_, _, err := d.Admit(t.Context(), token)
			require.Equal(t, test.cause, err)
			_, err = d.Authenticate(token)
			require.Equal(t, test.cause, err)
			valid, _, err := d.ValidateAPIToken(token)
			require.NoError(t, err)
			require.False(t, valid)
			id := mustHash(t, hash)
			require.Len(t, d.running.shard(id).at[id].cancel, 2, "what was refused has left")
		})
	}
}

func TestAdmittedRequestsCarryTheirTenant(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	ctx, leave, err := d.Admit(t.Context(), token)
	require.NoError(t, err)
	tenant, ok := FromContext(ctx)
	require.True(t, ok)
	require.Equal(t, hash, tenant.Hash())
	leave()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	require.Empty(t, d.running.shard(mustHash(t, hash)).at)
}

func TestWhatChangesNothingOfTheRightCancelsNothing(t *testing.T) {
	d := openNew(t)
	token, hash := add(t, d, "")
	ctx := admit(t, d, token)
	change(t, d, hash, TokenChange{Description: new("x"), Services: &[]string{"mail"}, ExpiresAt: new(time.Now().Add(time.Hour))})
	change(t, d, hash, TokenChange{Disabled: new(false)})
	require.NoError(t, ctx.Err())
}

func TestAdmittedRequestsEndWhenTheirTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openNew(t)
		start := time.Now().Truncate(time.Second)
		token, hash := newSettings(t, d, TokenSettings{ExpiresAt: new(start.Add(time.Hour))})
		ctx := admit(t, d, token)

		time.Sleep(time.Hour - time.Second)
		synctest.Wait()
		require.NoError(t, ctx.Err())
		change(t, d, hash, TokenChange{ExpiresAt: new(start.Add(2 * time.Hour))})
		time.Sleep(time.Hour)
		synctest.Wait()
		require.NoError(t, ctx.Err(), "it was given more time")
		later := admit(t, d, token)

		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, ErrTokenExpired, context.Cause(ctx))
		require.Equal(t, ErrTokenExpired, context.Cause(later))
		_, err := d.Authenticate(token)
		require.Equal(t, ErrTokenExpired, err)

		change(t, d, hash, TokenChange{ExpiresAt: new(time.Time{})})
		_, err = d.Authenticate(token)
		require.NoError(t, err, "expiry deletes nothing")
	})
}

func TestCloseStopsTheTimersOfExpiry(t *testing.T) {
	d := openNew(t)
	token, _ := newSettings(t, d, TokenSettings{ExpiresAt: new(time.Now().Add(time.Hour))})
	ctx := admit(t, d, token)
	require.NoError(t, d.Close())
	require.NoError(t, ctx.Err(), "who serves it decides when it ends")
}

// Each request that was let in is cancelled, and none is let in that begins
// after the deletion has returned.
func TestNoRequestEscapesADeletion(t *testing.T) {
	d := openNew(t)
	var admitted, refused atomic.Int64
	for range 100 {
		token, hash := add(t, d, "")
		var group sync.WaitGroup
		var gone atomic.Bool
		for range 8 {
			group.Go(func() {
				for {
					late := gone.Load()
					ctx, leave, err := d.Admit(context.Background(), token)
					if err != nil {
						require.Equal(t, ErrInvalidToken, err)
						refused.Add(1)
						return
					}
					require.False(t, late)
					admitted.Add(1)
					if rand.N(4) > 0 {
						leave()
						continue
					}
					<-ctx.Done()
					require.Equal(t, ErrInvalidToken, context.Cause(ctx))
					leave()
				}
			})
		}
		group.Go(func() {
			require.NoError(t, d.DeleteAPIToken(hash))
			gone.Store(true)
		})
		group.Wait()
	}
	require.Positive(t, admitted.Load())
	require.EqualValues(t, 800, refused.Load())
	for i := range d.running.shards {
		require.Empty(t, d.running.shards[i].at)
	}
}

// A database that does not answer lets nobody go on.
func TestRequestsEndWhenTheirTokenCannotBeLookedAt(t *testing.T) {
	w := newWorld(t)
	ctx := admit(t, w.d, w.tokens[0])
	w.faulty.views = true
	w.faulty.at = 3 // behind a write and its commit
	require.NoError(t, w.d.ChangeAPIToken(w.hashes[0], TokenChange{Description: new("")}))
	require.ErrorIs(t, context.Cause(ctx), errFault)
}
