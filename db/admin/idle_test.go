package admin

import (
	"io"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// idle is a Manager that does nothing, without an error. Its copy of the
// database has 4 bytes, and says that it has so many.
type idle struct{ size int64 }

var _ Manager = idle{}

func (idle) NewAPIToken(db.TokenSettings) (db.Added, error) { return db.Added{}, nil }

func (idle) JoinAPIToken(db.Proof, db.TokenSettings) (db.Added, error)       { return db.Added{}, nil }
func (idle) ChangeAPIToken(string, db.TokenChange) error                     { return nil }
func (idle) EndAPIToken(db.Proof, string, time.Duration) error               { return nil }
func (idle) DeleteAPIToken(string) error                                     { return nil }
func (idle) ListAPITokens() ([]db.APITokenMetadata, error)                   { return nil, nil }
func (idle) FindAPITokens(string) ([]db.APITokenMetadata, error)             { return nil, nil }
func (idle) TenantTokens(string) ([]db.APITokenMetadata, error)              { return nil, nil }
func (idle) Connections(string) ([]db.Connection, error)                     { return nil, nil }
func (idle) StoreOAuthToken(_, _ string, _ *db.OAuthTokenData) error         { return nil }
func (idle) DeleteOAuthToken(_, _ string) error                              { return nil }
func (idle) DeleteCredentials(_ string, _ db.CredentialKind, _ string) error { return nil }
func (idle) Recovery() (db.Recovery, error)                                  { return db.Recovery{}, nil }
func (idle) RecoverySealing(string) ([]byte, error)                          { return nil, nil }
func (idle) Status() ([]db.TenantStatus, error)                              { return nil, nil }
func (idle) Stats() (db.Stats, error)                                        { return db.Stats{}, nil }
func (idle) Verify() ([]string, error)                                       { return nil, nil }
func (idle) StoreCredentials(_ string, _ db.CredentialKind, _ string, _ *db.ServiceCredentials) error {
	return nil
}

func (i idle) Snapshot() (db.Snapshot, error) {
	return db.Snapshot{ReadCloser: io.NopCloser(strings.NewReader("copy")), Size: i.size}, nil
}
