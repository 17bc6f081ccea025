package fusion

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The classes of retryableErrors.
const (
	networkError = "network_error"
	timeoutError = "timeout"
	serverError  = "server_error"
	rateLimited  = "rate_limited"
)

// fault is what a failed attempt tells of how the API is doing. The zero value
// tells nothing: there was no failure, or it had other reasons.
type fault struct {
	class  string        // of retryableErrors; "" for none of them
	status int           // of an answer
	after  time.Duration // how long the API asks to wait; 0 when it does not
	// redirected is set when the API had taken the request and pointed elsewhere.
	redirected bool
}

// fault classifies a failure. One that will be the same the next time, such as
// a certificate that is not trusted, has no class.
func (f *failure) fault() fault {
	switch {
	case f.tooLong, errors.Is(f.cause, errPrivate), is[*redirectError](f.cause),
		is[*tls.CertificateVerificationError](f.cause), errors.Is(f.cause, http.ErrSchemeMismatch):
		return fault{status: f.status}
	case errors.Is(f.cause, context.DeadlineExceeded):
		return fault{class: timeoutError, status: f.status}
	default:
		return fault{class: networkError, status: f.status}
	}
}

// fault classifies an answer that is no 2xx.
func (a *answer) fault(now time.Time) fault {
	f := fault{status: a.status, redirected: a.redirected}
	switch {
	case a.status == http.StatusTooManyRequests:
		f.class = rateLimited
	case a.status >= 500:
		f.class = serverError
	}
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		f.after = retryAfter(a.header.Get("Retry-After"), now)
	}
	return f
}

// maxAfter keeps what an API asks for within what a duration can hold.
const maxAfter = 365 * 24 * time.Hour

// retryAfter reads seconds or a date (RFC 9110, section 10.2.3); 0 for what is
// neither, or over.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if digits := strings.Trim(value, "0123456789"); value != "" && digits == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxAfter/time.Second) {
			return maxAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxAfter)
}

// repeats reports whether such a fault is worth another attempt and allows
// one. What an API refused with 429 it has not done, whatever the method; after
// any other fault a call may have had its effect.
func (r retrier) repeats(f fault) bool {
	if !r.idempotent && (f.class != rateLimited || f.redirected) {
		return false
	}
	named := r.rules.RetryableErrors
	// What an API cannot do it cannot do later either.
	byClass := f.class != "" && f.status != http.StatusNotImplemented
	if named == nil {
		return byClass
	}
	return byClass && slices.Contains(named, f.class) ||
		f.answered() && slices.Contains(named, strconv.Itoa(f.status))
}

// answered reports whether the status is that of a whole answer.
func (f fault) answered() bool {
	return f.class != networkError && f.class != timeoutError && f.status != 0
}

// health is what an attempt says about a service to its circuit breaker.
type health int

const (
	unknown health = iota // the API was not asked, or the caller went away
	healthy
	sick
)

// health counts network errors and 5xx as failures.
func (o outcome) health() health {
	switch {
	case o.err == nil:
		return healthy
	case o.fault.class == networkError, o.fault.class == timeoutError, o.fault.class == serverError:
		return sick
	case o.fault.status != 0:
		return healthy
	default:
		return unknown
	}
}
