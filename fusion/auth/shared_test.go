package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/global"
)

// source gives credentials with the numbers 1, 2, … for tokens.
type source struct {
	asked  atomic.Int64
	takes  time.Duration
	life   time.Duration
	fail   error
	same   bool         // all have the number 1
	ended  error        // why the last attempt was ended
	usable bool         // what the last attempt was told
	began  time.Time    // the test
	last   *lease       // what the last attempt was told
	shared *shared      // which asks this
	conns  *Connections // which run it
	t      *testing.T   // the test
}

func newSource(t *testing.T) *source {
	s := &source{life: time.Hour, t: t, began: time.Now(), conns: NewConnections(nil)}
	s.shared = &shared{connections: s.conns, obtain: s.obtain}
	t.Cleanup(s.conns.Close)
	return s
}

func (s *source) obtain(ctx context.Context, last *lease, usable bool) (*lease, error) {
	n := s.asked.Add(1)
	s.last, s.usable = last, usable
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		s.ended = ctx.Err()
		return nil, &CredentialError{Detail: "ended", Temporary: true}
	}
	if s.fail != nil {
		return nil, s.fail
	}
	if s.same {
		n = 1
	}
	return &lease{token: global.NewSecret(fmt.Sprint(n)), life: s.life}, nil
}

// token is the one that a call gets now.
func (s *source) token() string {
	s.t.Helper()
	got, err := s.shared.get(s.t.Context())
	require.NoError(s.t, err)
	return got.token.Reveal()
}

// in runs a test in a bubble, in which nobody waits.
func in(t *testing.T, test func(t *testing.T, s *source)) {
	synctest.Test(t, func(t *testing.T) { test(t, newSource(t)) })
}

func TestAllWhoWaitShareOneAttempt(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.takes = time.Second
		var wait sync.WaitGroup
		for range 200 {
			wait.Go(func() {
				got, err := s.shared.get(t.Context())
				if assert.NoError(t, err) {
					assert.Equal(t, "1", got.token.Reveal())
				}
			})
		}
		wait.Wait()
		require.Equal(t, int64(1), s.asked.Load())
		require.Equal(t, time.Second, time.Since(s.began))
	})
}

func TestACallerThatLeavesDoesNotEndTheAttempt(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.takes = 20 * time.Second
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := s.shared.get(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, time.Second, time.Since(s.began))

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = s.shared.get(ctx)
		late, ok := errors.AsType[*CredentialError](err)
		require.True(t, ok, err)
		require.True(t, late.Temporary)

		require.Equal(t, "1", s.token())
		require.Equal(t, s.takes, time.Since(s.began))
		require.Equal(t, int64(1), s.asked.Load())
	})
}

func TestAnAttemptEndsAfterThirtySeconds(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.takes = time.Hour
		_, err := s.shared.get(t.Context())
		require.EqualError(t, err, "ended")
		require.ErrorIs(t, s.ended, context.DeadlineExceeded)
		require.Equal(t, 30*time.Second, time.Since(s.began))
	})
}

func TestCloseEndsAnAttemptAndWaitsForIt(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.takes = time.Hour
		go s.conns.Close()
		synctest.Wait() // it had nothing to wait for
		_, err := s.shared.get(t.Context())
		require.EqualError(t, err, "this server is being stopped")
		require.Zero(t, s.asked.Load())

		s = newSource(t)
		s.takes = time.Hour
		time.AfterFunc(time.Second, func() { s.conns.Close(); assert.ErrorIs(t, s.ended, context.Canceled) })
		_, err = s.shared.get(t.Context())
		require.EqualError(t, err, "ended")
		require.Equal(t, time.Second, time.Since(s.began))
		synctest.Wait()
	})
}

func TestACredentialIsRenewedBeforeItEnds(t *testing.T) {
	for life, before := range map[time.Duration]time.Duration{
		time.Hour:        5 * time.Minute,
		10 * time.Minute: time.Minute,
		20 * time.Second: 2 * time.Second,
		1000 * time.Hour: 5 * time.Minute,
	} {
		in(t, func(t *testing.T, s *source) {
			s.life = life
			require.Equal(t, "1", s.token())
			time.Sleep(life - before - 1)
			require.Equal(t, "1", s.token())
			synctest.Wait()
			require.Equal(t, int64(1), s.asked.Load(), "not too early")
			time.Sleep(before/2 + 1)
			s.takes = before / 100
			began := time.Now()
			require.Equal(t, "1", s.token(), "the old one serves meanwhile")
			require.Zero(t, time.Since(began))
			time.Sleep(s.takes)
			synctest.Wait()
			require.True(t, s.usable)
			require.Equal(t, "2", s.token())
			require.Equal(t, int64(2), s.asked.Load())
		})
	}
}

func TestTheTimeOfRenewalsDiffers(t *testing.T) {
	seen := map[time.Time]bool{}
	at := time.Now()
	for range 20 {
		l := &lease{life: time.Hour}
		l.begin(at)
		seen[l.renewal] = true
	}
	require.Greater(t, len(seen), 1)
}

func TestAnEndedCredentialIsNotUsed(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.takes = 10 * time.Second
		require.Equal(t, "1", s.token())
		time.Sleep(s.life - s.takes) // it began when it was asked for
		require.Equal(t, "2", s.token())
		require.False(t, s.usable)
		require.Equal(t, "1", s.last.token.Reveal())
	})
}

func TestACredentialOfUnknownLifeStays(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.life = 0
		require.Equal(t, "1", s.token())
		time.Sleep(10000 * time.Hour)
		require.Equal(t, "1", s.token())
		require.Equal(t, int64(1), s.asked.Load())
	})
}

func TestALifeWithoutEndHasOne(t *testing.T) {
	l := &lease{life: 1<<63 - 1}
	l.begin(time.Unix(0, 0))
	require.Equal(t, time.Unix(0, 0).Add(maxLife), l.expires)
}

func TestAfterAFailureThereIsAPause(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.fail = &CredentialError{Detail: "no"}
		for range 3 {
			_, err := s.shared.get(t.Context())
			require.Same(t, s.fail, err)
		}
		time.Sleep(pause - 1)
		_, err := s.shared.get(t.Context())
		require.Same(t, s.fail, err)
		require.Equal(t, int64(1), s.asked.Load())
		time.Sleep(time.Nanosecond)
		s.fail = nil
		require.Equal(t, "2", s.token())
	})
}

func TestAUsableCredentialOutlivesFailures(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		require.Equal(t, "1", s.token())
		s.fail = errors.New("no")
		time.Sleep(s.life - 2*time.Minute)
		for range 12 {
			require.Equal(t, "1", s.token())
			synctest.Wait()
			time.Sleep(pause - 1)
			require.Equal(t, "1", s.token())
			synctest.Wait()
			time.Sleep(time.Nanosecond)
		}
		require.Equal(t, int64(13), s.asked.Load())
		_, err := s.shared.get(t.Context())
		require.ErrorIs(t, err, s.fail, "it has ended")
	})
}

// TestEachValueIsRenewedOnce: many calls are refused with the same one.
func TestEachValueIsRenewedOnce(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		used, err := s.shared.get(t.Context())
		require.NoError(t, err)
		s.takes = time.Second
		var wait sync.WaitGroup
		for i := range 200 {
			wait.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond) // some come later
				other, err := s.shared.renew(t.Context(), used)
				assert.NoError(t, err)
				assert.True(t, other)
			})
		}
		wait.Wait()
		require.Equal(t, "2", s.token())
		require.Equal(t, int64(2), s.asked.Load())
		require.False(t, s.usable)
	})
}

func TestARefusedCredentialIsNotUsed(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		used, err := s.shared.get(t.Context())
		require.NoError(t, err)
		s.fail = &CredentialError{Detail: "no"}
		other, err := s.shared.renew(t.Context(), used)
		require.Same(t, s.fail, err)
		require.False(t, other)
		_, err = s.shared.get(t.Context())
		require.Same(t, s.fail, err)
		_, err = s.shared.renew(t.Context(), used)
		require.Same(t, s.fail, err)
		require.Equal(t, int64(2), s.asked.Load())
	})
}

// A server may give the same credential again; then there is no other, and it is
// not asked each time.
func TestTheSameValueAgainIsNoOther(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.same = true
		used, err := s.shared.get(t.Context())
		require.NoError(t, err)
		for range 3 {
			other, err := s.shared.renew(t.Context(), used)
			require.NoError(t, err)
			require.False(t, other)
			used, err = s.shared.get(t.Context())
			require.NoError(t, err)
		}
		require.Equal(t, int64(2), s.asked.Load())
		time.Sleep(pause)
		_, err = s.shared.renew(t.Context(), used)
		require.NoError(t, err)
		require.Equal(t, int64(3), s.asked.Load())
	})
}

func TestOfflineNothingIsObtained(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		_, err := s.shared.get(Offline(t.Context()))
		require.Same(t, errOffline, err)
		require.Equal(t, "1", s.token())
		time.Sleep(s.life - 1)
		got, err := s.shared.get(Offline(t.Context()))
		require.NoError(t, err)
		require.Equal(t, "1", got.token.Reveal())
		synctest.Wait()
		require.Equal(t, int64(1), s.asked.Load())
	})
}

func TestWhatIsSharedPrintsNoSecret(t *testing.T) {
	in(t, func(t *testing.T, s *source) {
		s.shared.held = &lease{token: global.NewSecret("canary"), refresh: global.NewSecret("canary")}
		require.NotContains(t, fmt.Sprintf("%+v %#v %+v", s.shared, s.shared, s.shared.held), "canary")
	})
}
