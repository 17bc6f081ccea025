package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// statusError is an answer that is no 2xx.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("status %d", int(e)) }

func (e statusError) redirects() bool { return e >= 300 && e < 400 }

// temporary reports whether the same may work in a while.
func (e statusError) temporary() bool { return e >= 500 || e == http.StatusTooManyRequests }

// answerError says, as the end of a sentence, what is wrong with an answer.
type answerError string

func (e answerError) Error() string { return "the answer " + string(e) }

// loginFailed words for the client why a login failed. What the server said is
// not in it, nor in the log: it may repeat what was sent.
func loginFailed(err error) *CredentialError {
	status, answered := errors.AsType[statusError](err)
	answer, unread := errors.AsType[answerError](err)
	switch {
	case unread:
		return &CredentialError{Detail: "this service's login worked, but its answer " + string(answer) + operatorsTurn}
	case answered && status.redirects():
		return &CredentialError{Detail: "this service's login server redirects, which is not followed" + operatorsTurn}
	case answered && !status.temporary():
		return &CredentialError{Detail: fmt.Sprintf("this service's login server refused the operator's login (%s)%s", status, operatorsTurn)}
	}
	return &CredentialError{
		Detail:    "this service's login server does not answer as it should at the moment; try again in a while",
		Temporary: true,
	}
}

// operatorsTurn ends a sentence about what users cannot mend.
const operatorsTurn = "; ask the operator of this server to look at it"

// warn logs what went wrong; err may be nil.
func (l *login) warn(what string, err error) {
	if l.log == nil {
		return
	}
	if err != nil {
		what += ": " + causeOf(err)
	}
	l.log.Warningf("service %s: %s", l.service, what)
}

// causeOf is what the log may know of an error. The texts of others may hold what
// a server said, or the URL, in which a secret may stand.
func causeOf(err error) string {
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network.Error()
	}
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificate.Error()
	}
	_, answered := errors.AsType[statusError](err)
	_, unread := errors.AsType[answerError](err)
	switch {
	case answered, unread:
		return err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "there was no answer in time"
	case errors.Is(err, context.Canceled):
		return "this server is being stopped"
	}
	return "the answer was not that of an HTTP server"
}
