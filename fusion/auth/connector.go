package auth

import (
	"errors"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// Way is how a tenant connects to a service.
type Way string

// The ways.
const (
	// ByDevice: a code is entered at the provider (RFC 8628).
	ByDevice Way = "device"
	// ByCode: the provider sends the browser back (RFC 6749 §4.1).
	ByCode Way = "code"
	// ByValues: the person enters values.
	ByValues Way = "values"
	// ByOperator: only the operator of the server can put tokens in.
	ByOperator Way = "operator"
)

// Connector is how tenants connect to one service on their own account. It is
// read-only, may be used concurrently, and belongs to one configuration.
type Connector struct {
	// Service is the service's key, Name is for people.
	Service, Name string
	Way           Way
	// InTerminal tells that the operator can connect a tenant in the terminal by a
	// code, which is not allowed to people themselves.
	InTerminal bool
	// Fields are what is entered ByValues, and Instructions say where to get
	// them; "" for none.
	Fields       []Field
	Instructions string
	// Shared tells that tenants without an account of their own use the
	// operator's.
	Shared bool

	kind  db.CredentialKind // ByValues
	oauth *oauth            // else
}

// Field is one value that a person enters.
type Field struct {
	Name, Label, Description string
	// Optional may be left empty.
	Optional bool

	sent sent
}

// Status says how a tenant's connection stands.
type Status string

// The statuses.
const (
	// Missing: there is none, and one is needed.
	Missing Status = "missing"
	// Configured: there is none, and the operator's credential serves.
	Configured Status = "configured"
	Connected  Status = "connected"
	// NeedsSignIn: only connecting anew can help.
	NeedsSignIn Status = "needs_sign_in"
)

// State is what a tenant may know of its connection.
type State struct {
	Status Status
	// Account is as whom; "" when the provider did not say.
	Account string
	// Scope is what the connection may do, as the provider calls it.
	Scope []string
	// Since is when the service was first connected; zero for no connection.
	Since time.Time
	// Until is when the connection ends, or must be renewed; nil for never, or
	// when nobody knows.
	Until *time.Time
	// Renews tells that it is renewed by itself.
	Renews bool
	// LastError is why the last renewal failed; "" when it did not.
	LastError string
}

// State returns how the tenant's connection stands. Reading it opens the
// tenant's key.
func (c *Connector) State(tenant *db.Tenant) (State, error) {
	if c.oauth != nil {
		return c.oauth.state(tenant)
	}
	stored, err := tenant.Credentials(c.kind, c.Service)
	switch {
	case errors.Is(err, db.ErrNotFound) && c.Shared:
		return State{Status: Configured}, nil
	case errors.Is(err, db.ErrNotFound):
		return State{Status: Missing}, nil
	case err != nil:
		return State{}, unusable(err)
	}
	return State{Status: Connected, Since: stored.CreatedAt}, nil
}
