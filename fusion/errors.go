package fusion

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// ArgumentError is returned when arguments cannot be used. Nothing was sent.
// Its text is safe for clients: it holds what they gave, shortened, and what
// the configuration allows.
type ArgumentError struct {
	// Problems has at least one element; unknown names come first, then the
	// parameters in their order. Beyond a bound the rest is counted only.
	Problems []ArgumentProblem
}

// ArgumentProblem is one thing that is wrong with one argument.
type ArgumentProblem struct {
	// Name is the argument's name, shortened; "" when no single one is meant.
	Name string
	// Detail completes the sentence that the name begins: `is "x"; must be
	// an integer`.
	Detail string
}

// Error returns one line for each problem.
func (e *ArgumentError) Error() string {
	var b strings.Builder
	b.WriteString("wrong arguments, nothing was sent:")
	for _, p := range e.Problems {
		b.WriteString("\n- ")
		b.WriteString(strings.TrimSpace(p.Name + " " + p.Detail))
	}
	return b.String()
}

// argumentError returns the error with a single problem.
func argumentError(name, detail string) *ArgumentError {
	return &ArgumentError{Problems: []ArgumentProblem{{Name: name, Detail: detail}}}
}

// UpstreamError is returned when the API did not answer with a usable 2xx.
// Its text is safe for clients: it is bounded, on one line, and without the
// service's credential.
type UpstreamError struct {
	// Status is the API's HTTP status, 0 when no answer came. It is a 2xx
	// when the answer came and could not be used.
	Status int
	// Timeout is set when the time of the call was up.
	Timeout bool
	// Detail is what the API said, or else what happened; at most about 2 KiB.
	Detail string
	// Cause is for the log alone: what the network said, without secrets; ""
	// when the API answered.
	Cause string
	// Connector is how the tenant connects anew, when the API has refused the
	// credential with 401; nil where a tenant has none of its own.
	Connector *auth.Connector
}

// Error returns the status, if there is one, and the detail.
func (e *UpstreamError) Error() string {
	if e.Status == 0 {
		return e.Detail
	}
	status := strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	switch text := http.StatusText(e.Status); {
	case e.Detail == text:
		return "the API answered " + status
	case text != "" && strings.HasPrefix(e.Detail, text+";"):
		return fmt.Sprintf("the API answered %d %s", e.Status, e.Detail)
	}
	return fmt.Sprintf("the API answered %s: %s", status, e.Detail)
}

// BreakerError is returned while the circuit breaker of a service is open for
// the tenant. Nothing was sent. Its text is safe for clients.
type BreakerError struct {
	// Service is the service's key.
	Service string
	// After is how long the breaker stays open, greater than zero.
	After time.Duration
}

// Error says when it can be tried again, in whole seconds.
func (e *BreakerError) Error() string {
	return fmt.Sprintf("the service %s has failed repeatedly and is left alone for now; nothing was sent; try again in %ds",
		e.Service, e.Seconds())
}

// Seconds returns After in whole seconds, rounded up.
func (e *BreakerError) Seconds() int64 { return int64((e.After + time.Second - 1) / time.Second) }

// DestructiveError is returned for a destructive tool while those are not
// allowed. Nothing was sent. Its text is safe for clients.
type DestructiveError struct {
	// Detail says who can allow the call, and how.
	Detail string
}

// Error returns the detail.
func (e *DestructiveError) Error() string { return e.Detail }
