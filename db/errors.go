package db

import (
	"errors"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNoDatabase is returned by New with WithExisting when there is no
	// database in the data directory.
	ErrNoDatabase = errors.New("there is no database")
	// ErrInUse is returned by New when another process held the database
	// until the lock timeout was over.
	ErrInUse = store.ErrInUse
	// ErrSchema is returned by New when the database was made by a newer
	// mcpfusion, by the original MCPFusion, or by another program. It was not
	// changed.
	ErrSchema = errors.New("unknown database schema")
	// ErrCorrupt is returned by New when the file is no database, or not the
	// whole of one, and by all methods that meet damage. The error says what
	// to do. Once the file itself turned out to be damaged, nothing is written
	// to it any more.
	ErrCorrupt = store.ErrCorrupt
	// ErrClosed is returned by all methods after Close.
	ErrClosed = store.ErrClosed
	// ErrInvalidToken is returned by Authenticate for whatever is not an API
	// token of this database.
	ErrInvalidToken = errors.New("invalid API token")
	// ErrTokenExpired and ErrTokenDisabled are returned by Authenticate for
	// API tokens that are known but not to be let in.
	ErrTokenExpired  = errors.New("API token expired")
	ErrTokenDisabled = errors.New("API token disabled")
	// ErrSettings is returned for settings of an API token that cannot be; the
	// error says what is allowed.
	ErrSettings = errors.New("not allowed for an API token")
	// ErrProof is returned for a Proof whose key is not the tenant's, and for a
	// recovery key to which the tenant's key is not sealed.
	ErrProof = errors.New("the key does not open this tenant")
	// ErrTenantNotFound is returned when there is no tenant of that hash, also
	// when it was deleted a moment ago.
	ErrTenantNotFound = errors.New("tenant not found")
	// ErrNotFound is returned when the tenant has no such OAuth token or
	// credential.
	ErrNotFound = errors.New("not found")
	// ErrLocked is returned for reading a tenant's secret by hash while its
	// key is not open: its API token must be presented first.
	ErrLocked = errors.New("the tenant's key is locked; its API token opens it")
	// ErrRecoveryOnly is returned for the secrets of a tenant that was taken
	// over with recovery on, when the API token from before is presented.
	ErrRecoveryOnly = errors.New("the tenant was taken over with recovery on: only an API token that is made with the recovery key opens it")
	// ErrTampered is returned when a sealed secret or key does not open where
	// it stands: the database was changed by something else.
	ErrTampered = vault.ErrTampered
	// ErrServiceName is returned for what cannot name a service.
	ErrServiceName = errors.New("a service's name is 1 to 128 bytes of text without slashes and control characters")
	// ErrOAuthToken is returned for an OAuth token that cannot be stored; the
	// error says what is allowed.
	ErrOAuthToken = errors.New("not allowed for an OAuth token")
	// ErrCredentialKind is returned for an unknown kind of credential.
	ErrCredentialKind = errors.New("unknown kind of credential")
	// ErrTokenNotFound is returned by DeleteAPIToken when no token has the
	// hash.
	ErrTokenNotFound = errors.New("token not found")
)
