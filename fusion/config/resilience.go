package config

import (
	"regexp"
	"time"
)

// defaultTimeout is how long a call may take when the file says nothing.
const defaultTimeout = 60 * time.Second

// maxWait is the longest duration that the language takes: more is a mistake
// in the unit.
const maxWait = 24 * time.Hour

// enabled reads the switch that several objects have. An object without it
// is off; that is easily overlooked.
func (o *object) enabled() bool {
	if _, said := o.find("enabled"); o.given && !said && len(o.node.members) > 0 {
		o.warn("has no effect without \"enabled\": true")
	}
	return o.flag("enabled", false)
}

func readConnection(o *object, inherited Connection) Connection {
	c := Connection{
		Timeout:            o.duration("timeout", inherited.Timeout, time.Millisecond, maxWait),
		DisableKeepAlive:   o.flag("disableKeepAlive", inherited.DisableKeepAlive),
		ForceNewConnection: o.flag("forceNewConnection", inherited.ForceNewConnection),
	}
	o.done()
	return c
}

// readRetry returns nil when the object is not there or not enabled.
func readRetry(o *object) *Retry {
	enabled := o.enabled()
	r := &Retry{
		MaxAttempts:     o.whole("maxAttempts", 3, 1, 100),
		Strategy:        o.choice("strategy", "exponential", "exponential", "linear", "fixed"),
		BackoffFactor:   o.decimal("backoffFactor", 2, 1, 100),
		Jitter:          o.flag("jitter", false),
		RetryableErrors: readRetryable(o),
	}
	r.BaseDelay, r.MaxDelay = readDelays(o)
	if r.MaxDelay < r.BaseDelay {
		o.problem("maxDelay is %v, less than baseDelay %v; it must be at least as long", r.MaxDelay, r.BaseDelay)
	}
	o.done()
	if !enabled {
		return nil
	}
	return r
}

// readDelays reads both; a default must not contradict what the file says.
func readDelays(o *object) (base, longest time.Duration) {
	base = o.duration("baseDelay", 0, time.Millisecond, maxWait)
	longest = o.duration("maxDelay", max(30*time.Second, base), time.Millisecond, maxWait)
	if base == 0 {
		base = min(time.Second, longest)
	}
	return base, longest
}

// retryable are the errors that people have written in files: classes, and
// HTTP status codes.
var retryable = regexp.MustCompile(`^(?:network_error|timeout|server_error|rate_limited|[45][0-9]{2})$`)

// readRetryable returns nil where the file does not say.
func readRetryable(o *object) []string {
	list, given := o.find("retryableErrors")
	if !given {
		return nil
	}
	names := []string{}
	for _, c := range o.texts("retryableErrors") {
		if !retryable.MatchString(c.node.text) {
			c.warn("%s is ignored; known are network_error, timeout, server_error, rate_limited and status codes such as 503", c.quoted())
			continue
		}
		names = append(names, c.node.text)
	}
	if len(names) == 0 && list.node.kind == kindArray {
		list.warn("names nothing that is known, so nothing is repeated")
	}
	return names
}

// readCircuitBreaker returns nil when the object is not there or not enabled.
func readCircuitBreaker(o *object) *CircuitBreaker {
	const most = 10_000
	enabled := o.enabled()
	b := &CircuitBreaker{
		FailureThreshold: o.whole("failureThreshold", 5, 1, most),
		SuccessThreshold: o.whole("successThreshold", 3, 1, most),
		HalfOpenMaxCalls: o.whole("halfOpenMaxCalls", 3, 1, most),
		ResetTimeout:     o.duration("resetTimeout", time.Minute, time.Millisecond, maxWait),
	}
	o.ignored("timeout", "resetTimeout says how long the breaker stays open")
	o.done()
	if !enabled {
		return nil
	}
	return b
}
