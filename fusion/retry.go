package fusion

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// retrier decides about further attempts. The zero value allows none.
type retrier struct {
	rules      *config.Retry // nil: no retry
	idempotent bool
}

// atMost is how long a call may take as a whole, when each attempt may take
// the timeout.
func (r retrier) atMost(timeout time.Duration) time.Duration {
	if r.rules == nil {
		return timeout
	}
	return (timeout + r.rules.MaxDelay) * time.Duration(r.rules.MaxAttempts)
}

// limit is the limit of one attempt, which without a retry is the call's own.
func (r retrier) limit(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if r.rules == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, timeout)
}

// exchange gets an answer, in as many attempts as the endpoint allows. Each of
// them begins anew: with a request of its own, the credential of that moment,
// and the whole timeout.
func (c *call) exchange(ctx context.Context) outcome {
	got, made := c.attempt(ctx), 1
	for c.tool.retry.again(made, got.fault) {
		pause := c.tool.retry.pause(made, got.fault)
		c.tool.sender.log.Debugf("calling %s, attempt %d: %s (status %d); the next in %s",
			c.tool.Name, made, got.fault.class, got.fault.status, pause)
		if !wait(ctx, pause) {
			if err := ended(c.caller, c.tool); err != nil {
				return outcome{err: err}
			}
			break // what the API said is worth more than waiting for nothing
		}
		next := c.attempt(ctx)
		if is[*BreakerError](next.err) {
			break
		}
		got, made = next, made+1
	}
	if c.tool.retry.isTooLong(got.fault) {
		got.add("; it asks to wait " + got.fault.after.Round(time.Second).String())
	}
	return got.tried(made)
}

// again reports whether there is to be another attempt after so many. One that
// the API wants later than maxDelay is the caller's.
func (r retrier) again(made int, f fault) bool {
	return r.rules != nil && made < r.rules.MaxAttempts && r.repeats(f) && !r.isTooLong(f)
}

func (r retrier) isTooLong(f fault) bool { return r.rules != nil && f.after > r.rules.MaxDelay }

// pause is the time between attempt number made and the next: what the API
// asked for, or else what the strategy says, up to maxDelay.
func (r retrier) pause(made int, f fault) time.Duration {
	if f.after > 0 {
		return f.after
	}
	delay := float64(r.rules.BaseDelay)
	switch r.rules.Strategy {
	case "exponential":
		delay *= math.Pow(r.rules.BackoffFactor, float64(made-1))
	case "linear":
		delay *= float64(made)
	}
	delay = min(delay, float64(r.rules.MaxDelay))
	if r.rules.Jitter {
		// At least half, so that the API gets its rest; the other half by
		// chance, so that callers who failed together do not come together.
		delay = delay/2 + rand.Float64()*delay/2
	}
	return time.Duration(delay)
}

// wait reports whether something of the call's time is left after the pause.
// When there will be nothing, it does not wait.
func wait(ctx context.Context, pause time.Duration) bool {
	if until, limited := ctx.Deadline(); limited && time.Until(until) <= pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tried has an error say how often the API was asked in vain, so that nobody
// asks again at once.
func (o outcome) tried(times int) outcome {
	if times > 1 {
		o.add(fmt.Sprintf("; tried %d times", times))
	}
	return o
}

func (o outcome) add(text string) {
	if e, ok := o.err.(*UpstreamError); ok {
		e.Detail += text
	}
}
