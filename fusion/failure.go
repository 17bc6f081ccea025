package fusion

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// upstream words a failure for the client: in fixed words, with the host of
// the configuration and no other address. ctx is the caller's.
func (f *failure) upstream(ctx context.Context, t *Tool, maxUpstream int64) *UpstreamError {
	e := &UpstreamError{Status: f.status, Timeout: f.timeout()}
	host, within := t.target.base.Host, seconds(t.Timeout)
	if ctx.Err() != nil {
		within = "the time that the caller had left"
	}
	redirect, redirected := errors.AsType[*redirectError](f.cause)
	switch {
	case redirected:
		e.Detail = redirect.text
	case f.tooLong:
		e.Detail = fmt.Sprintf("the answer is longer than the %d bytes that are read; ask for less", maxUpstream)
	case e.Timeout && f.status != 0:
		e.Detail = "the answer was not complete within " + within
	case errors.Is(f.cause, context.DeadlineExceeded):
		e.Detail = "no answer within " + within
	case f.status != 0:
		e.Detail = "the connection to " + host + " broke in the middle of the answer"
	default:
		e.Detail = networkText(f.cause, host)
	}
	return e
}

// timeout reports whether time was the problem, the call's or the dialling's.
func (f *failure) timeout() bool {
	if f.cause == nil {
		return false
	}
	t, ok := errors.AsType[net.Error](f.cause)
	return errors.Is(f.cause, context.DeadlineExceeded) || (ok && t.Timeout())
}

// networkText says what went wrong before an answer began.
func networkText(err error, host string) string {
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return "no connection to " + host + " within " + seconds(dialTimeout)
	}
	switch {
	case errors.Is(err, errPrivate):
		return host + " has a private address, which this service is not allowed to reach"
	case is[*net.DNSError](err):
		return "the name " + host + " cannot be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return host + " refused the connection"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return host + " reset the connection"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return host + " cannot be reached"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return host + " closed the connection without an answer"
	case is[*tls.CertificateVerificationError](err):
		return "the certificate of " + host + " is not trusted"
	case is[tls.RecordHeaderError](err), is[tls.AlertError](err), errors.Is(err, http.ErrSchemeMismatch):
		return host + " could not agree on a secure connection (TLS)"
	}
	return host + " did not answer as an HTTP server does"
}

// is reports whether an error of that type is in the chain.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// withoutURL drops the URL that net/http puts around its errors: the query
// may hold a credential.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
