// Package admin lets programs of the same user manage the API tokens of a
// running mcpfusion, over a Unix socket.
//
// What crosses the socket is HTTP with JSON: POST /v1/ and the name of a method
// of Manager. It is private to the two programs of one version; a client and a
// server that do not agree on an operation say so and do nothing.
//
// Whoever may connect is the operator: both ends check the user at the other
// end before they read or send anything. No operation reads a secret.
package admin

import (
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// SocketName is the socket's name in the data directory.
const SocketName = "mcpfusion.sock"

// Manager is what can be managed: a database, or through a Client the one of
// a running server. Nothing of it reads a secret.
//
// Both mean the same by everything, down to the text of an error, as the suite
// in db/dbtest shows.
type Manager interface {
	NewAPIToken(settings db.TokenSettings) (db.Added, error)
	JoinAPIToken(proof db.Proof, settings db.TokenSettings) (db.Added, error)
	ChangeAPIToken(hash string, change db.TokenChange) error
	EndAPIToken(proof db.Proof, hash string, grace time.Duration) error
	DeleteAPIToken(hash string) error
	ListAPITokens() ([]db.APITokenMetadata, error)
	FindAPITokens(ref string) ([]db.APITokenMetadata, error)
	TenantTokens(tenantHash string) ([]db.APITokenMetadata, error)

	Connections(tenantHash string) ([]db.Connection, error)
	StoreOAuthToken(tenantHash, service string, data *db.OAuthTokenData) error
	DeleteOAuthToken(tenantHash, service string) error
	StoreCredentials(tenantHash string, kind db.CredentialKind, service string, data *db.ServiceCredentials) error
	DeleteCredentials(tenantHash string, kind db.CredentialKind, service string) error

	Recovery() (db.Recovery, error)
	RecoverySealing(tenantHash string) ([]byte, error)

	Status() ([]db.TenantStatus, error)
	Stats() (db.Stats, error)
	Verify() ([]string, error)
	Snapshot() (db.Snapshot, error)
}

var (
	_ Manager = (*db.DB)(nil)
	_ Manager = (*Client)(nil)
)
