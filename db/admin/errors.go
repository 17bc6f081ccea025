package admin

import (
	"errors"
	"slices"

	"github.com/PivotLLM/MCPFusion/db"
)

var (
	// ErrNoServer is returned by Dial and by all methods of a Client when no
	// server listens on the socket. Nothing was done.
	ErrNoServer = errors.New("no server listens there")
	// ErrVersion is returned by all methods of a Client that the server's
	// version does not know, or not in this form. Nothing was done, unless the
	// error says that the answer was not understood.
	ErrVersion = errors.New("the server is of another version")
)

// sentinels are the errors that callers tell apart, by the names under which
// they cross the socket.
var sentinels = map[string]error{
	"ErrNoDatabase":     db.ErrNoDatabase,
	"ErrInUse":          db.ErrInUse,
	"ErrSchema":         db.ErrSchema,
	"ErrCorrupt":        db.ErrCorrupt,
	"ErrClosed":         db.ErrClosed,
	"ErrInvalidToken":   db.ErrInvalidToken,
	"ErrTokenExpired":   db.ErrTokenExpired,
	"ErrTokenDisabled":  db.ErrTokenDisabled,
	"ErrSettings":       db.ErrSettings,
	"ErrProof":          db.ErrProof,
	"ErrTenantNotFound": db.ErrTenantNotFound,
	"ErrNotFound":       db.ErrNotFound,
	"ErrLocked":         db.ErrLocked,
	"ErrRecoveryOnly":   db.ErrRecoveryOnly,
	"ErrTampered":       db.ErrTampered,
	"ErrServiceName":    db.ErrServiceName,
	"ErrOAuthToken":     db.ErrOAuthToken,
	"ErrCredentialKind": db.ErrCredentialKind,
	"ErrTokenNotFound":  db.ErrTokenNotFound,
}

// failure is an error on its way through the socket.
type failure struct {
	Text string `json:"text"`
	// Sentinels are the names of those that it wraps, in order.
	Sentinels []string `json:"sentinels"`
}

func failureOf(err error) failure {
	f := failure{Text: err.Error(), Sentinels: []string{}}
	for name, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			f.Sentinels = append(f.Sentinels, name)
		}
	}
	slices.Sort(f.Sentinels)
	return f
}

// err returns the error at the other end. A sentinel that is not known here is
// left out; the text has it.
func (f failure) err() error {
	e := &remoteError{text: f.Text}
	for _, name := range f.Sentinels {
		if sentinel, known := sentinels[name]; known {
			e.wrapped = append(e.wrapped, sentinel)
		}
	}
	return e
}

// remoteError reads as the error of the server does, and wraps what that does.
type remoteError struct {
	text    string
	wrapped []error
}

func (e *remoteError) Error() string   { return e.text }
func (e *remoteError) Unwrap() []error { return e.wrapped }
