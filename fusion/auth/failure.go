package auth

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"golang.org/x/oauth2"
)

// providerError is why a provider gave no token. Of what it said, the error code
// alone is left: package oauth2 would print its whole answer.
type providerError struct {
	// Code is an error code of RFC 6749 §5.2 or RFC 8628 §3.5, "" for none.
	Code string
	// Status is that of the HTTP answer, 0 for none.
	Status int
	// Ended tells that the provider does not accept the grant any more.
	Ended bool
	// Temporary tells that the same may work in a while: in After, where the
	// provider says.
	Temporary bool
	After     time.Duration
	// cause is what the network said.
	cause error
}

// Error is for people, and safe for clients.
func (e *providerError) Error() string {
	switch {
	case e.Code != "":
		return "the provider answered " + e.Code
	case e.Status != 0:
		return fmt.Sprintf("the provider answered with status %d", e.Status)
	default:
		return "the provider did not answer as it should"
	}
}

// forLog adds what the network said.
func (e *providerError) forLog() string {
	if e.cause == nil {
		return e.Error()
	}
	return e.Error() + ": " + causeOf(e.cause)
}

// maxAfter bounds how long a provider is left alone because it asks for it.
const maxAfter = 5 * time.Minute

// failure says what an error of package oauth2 means.
func (p *provider) failure(err error) *providerError {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok || answer.Response == nil {
		return &providerError{Temporary: true, cause: err}
	}
	e := &providerError{Code: codeOf(err), Status: answer.Response.StatusCode}
	busy := e.Status >= 500 || e.Status == http.StatusTooManyRequests
	e.Ended = !busy && (e.Code == "invalid_grant" || slices.Contains(p.quirk.ended, e.Code))
	e.Temporary = busy || e.Code == "" || slices.Contains([]string{"temporarily_unavailable", "server_error", "slow_down"}, e.Code)
	if seconds, err := strconv.Atoi(answer.Response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.After = min(time.Duration(min(seconds, int(maxAfter/time.Second)))*time.Second, maxAfter)
	}
	return e
}

// errorCode is what a code can look like. RFC 6749 allows more, and nobody uses
// it.
var errorCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// codeOf returns the error code that a provider answered; "" for none, or for
// something that is no code.
func codeOf(err error) string {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return ""
	}
	return cleanCode(answer.ErrorCode)
}

// isUnknownClient reports whether a provider did not know the client (RFC 6749
// §5.2), by which it means how the client has said who it is.
func isUnknownClient(err error) bool {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	return ok && (codeOf(err) == "invalid_client" || answer.Response != nil && answer.Response.StatusCode == http.StatusUnauthorized)
}

func cleanCode(code string) string {
	if !errorCode.MatchString(code) {
		return ""
	}
	return code
}
