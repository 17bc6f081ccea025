package fusion

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// changing is a credential that is another one each time.
type changing struct{ used int }

func (c *changing) Apply(_ context.Context, r *http.Request) (auth.Sent, error) {
	c.used++
	r.Header.Set("X-Key", fmt.Sprint(c.used))
	return auth.Sent{}, nil
}

// missing is a credential that is not there.
type missingCredential struct{}

func (missingCredential) Apply(context.Context, *http.Request) (auth.Sent, error) {
	return auth.Sent{}, &auth.CredentialError{Detail: "no key"}
}

// breaking is a fixture of the tool s_e, whose service has a circuit breaker
// that opens after 2 failures for 60s, lets 2 try at a time, and closes after 3
// successes.
func breaking(t *testing.T, settings string, steps ...step) (*fixture, *script) {
	f := loadServices(t, `{"s":{"name":"S","baseURL":"http://h",
		"circuitBreaker":{"enabled":true,"failureThreshold":2,"halfOpenMaxCalls":2,"successThreshold":3},
		"endpoints":[{"id":"e","name":"E","method":"GET","path":"/"`+settings+`}]}}`)
	s := &script{steps: steps, begin: time.Now()}
	f.tool("s_e").sender.client.Transport = s
	return f, s
}

// refused is the seconds that a refused call is to wait; 0 for one that was
// made.
func refused(err error) int64 {
	if e, ok := errors.AsType[*BreakerError](err); ok {
		return e.Seconds()
	}
	return 0
}

func TestWhatOpensABreaker(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		opens bool
	}{
		"5xx":                {statuses(500, 501), true},
		"network":            {statuses(0), true},
		"timeout":            {[]step{{200, "", time.Hour}}, true},
		"4xx":                {statuses(404), false},
		"too many requests":  {statuses(429), false},
		"redirects":          {[]step{{302, "Location: http://elsewhere", 0}}, false},
		"not in a row":       {statuses(500, 200, 500), false},
		"not in a row, 4xx":  {statuses(500, 404, 500), false},
		"after good answers": {statuses(200, 200, 503), false}, // three calls are made
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, api := breaking(t, ``, c.steps...)
				for range 3 {
					_, err := f.call("s_e", ``)
					require.Equal(t, c.opens && len(api.at) == 2 && refused(err) > 0, refused(err) > 0)
				}
				require.Equal(t, !c.opens, len(api.at) == 3)
			})
		})
	}
}

func TestWhatTheAPICannotHelpOpensNoBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api := breaking(t, ``, step{200, "", time.Hour})
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := f.Call(ctx, f.tool("s_e"), Arguments{})
			cancel()
			require.Zero(t, refused(err), "the caller had no time")
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, err = f.Call(ctx, f.tool("s_e"), Arguments{})
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Len(t, api.at, 10)
		f.tool("s_e").auth = missingCredential{}
		for range 5 {
			_, err := f.call("s_e", ``)
			require.ErrorContains(t, err, "no key")
		}
	})
}

func TestAnOpenBreakerSaysWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api := breaking(t, ``, statuses(500, 500, 200)...)
		for range 2 {
			_, err := f.call("s_e", ``)
			require.ErrorContains(t, err, "500")
		}
		require.Equal(t, "service s keeps failing for tenant ; its calls are refused for 60s", f.log.String())
		_, err := f.call("s_e", ``)
		require.EqualError(t, err, "the service s has failed repeatedly and is left alone for now; nothing was sent; try again in 60s")
		time.Sleep(59*time.Second + time.Millisecond)
		_, err = f.call("s_e", ``)
		require.Equal(t, int64(1), refused(err))
		require.Len(t, api.at, 2)
		time.Sleep(time.Second)
		_, err = f.call("s_e", ``)
		require.NoError(t, err)
	})
}

// trial begins a call of a half-open breaker.
func trial(t *testing.T, s *breakers) func(health) {
	t.Helper()
	leave, err := s.enter(t.Context())
	require.NoError(t, err)
	return leave
}

// opened is a breaker that has just become half-open.
func opened(t *testing.T) *breakers {
	s := newBreakers("s", &config.CircuitBreaker{FailureThreshold: 1, SuccessThreshold: 3, HalfOpenMaxCalls: 2, ResetTimeout: time.Minute}, &recorder{})
	trial(t, s)(sick)
	time.Sleep(time.Minute)
	return s
}

func TestAHalfOpenBreaker(t *testing.T) {
	for name, c := range map[string]func(*testing.T, *breakers){
		"lets some try at a time": func(t *testing.T, s *breakers) {
			trial(t, s)
			trial(t, s)
			_, err := s.enter(t.Context())
			require.Equal(t, int64(1), refused(err))
		},
		"closes after successes": func(t *testing.T, s *breakers) {
			for range 3 {
				require.Len(t, s.of, 1)
				trial(t, s)(healthy)
			}
			require.Empty(t, s.of)
		},
		"opens at a failure": func(t *testing.T, s *breakers) {
			trial(t, s)(healthy)
			trial(t, s)(healthy)
			trial(t, s)(sick)
			_, err := s.enter(t.Context())
			require.Equal(t, int64(60), refused(err))
			time.Sleep(time.Minute)
			for range 3 { // counted anew
				require.Len(t, s.of, 1)
				trial(t, s)(healthy)
			}
			require.Empty(t, s.of)
		},
		"is not held up by calls that tell nothing": func(t *testing.T, s *breakers) {
			for range 10 {
				trial(t, s)(unknown)
			}
			require.Len(t, s.of, 1)
		},
		"does not hear calls from before": func(t *testing.T, s *breakers) {
			first, second := trial(t, s), trial(t, s)
			first(sick) // opens
			time.Sleep(time.Minute)
			trial(t, s)
			second(sick)
			trial(t, s) // still half-open
			_, err := s.enter(t.Context())
			require.Equal(t, int64(1), refused(err), "the late call gave no place back")
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { c(t, opened(t)) }) })
	}
}

func TestACallFromBeforeDoesNotOpenAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBreakers("s", &config.CircuitBreaker{FailureThreshold: 1, SuccessThreshold: 1, HalfOpenMaxCalls: 1, ResetTimeout: time.Minute}, &recorder{})
		late, good := trial(t, s), trial(t, s)
		trial(t, s)(sick)
		time.Sleep(30 * time.Second)
		late(sick)
		good(healthy)
		_, err := s.enter(t.Context())
		require.Equal(t, int64(30), refused(err))
	})
}

func TestABreakerThatOpensEndsTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, api := breaking(t, `,"retry":{"enabled":true,"maxAttempts":10}`, statuses(503)...)
		_, err := f.call("s_e", ``)
		requireUpstream(t, &UpstreamError{Status: 503, Detail: "{}; tried 2 times"}, err)
		require.Len(t, api.at, 2)
	})
}

func TestBreakersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBreakers("s", &config.CircuitBreaker{FailureThreshold: 2, SuccessThreshold: 1, HalfOpenMaxCalls: 1, ResetTimeout: time.Minute}, &recorder{})
		s.count("open", sick)
		s.count("open", sick)
		for i := range maxBreakers + 1 {
			time.Sleep(time.Nanosecond)
			s.count(fmt.Sprint(i), sick)
		}
		require.Len(t, s.of, maxBreakers)
		require.Contains(t, s.of, "open", "an open one stays")
		require.NotContains(t, s.of, "0", "the oldest goes")
		require.Contains(t, s.of, "2")
	})
}
