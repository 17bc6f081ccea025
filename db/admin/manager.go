package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
)

// call runs an operation at the server.
func call[Q, A any](c *Client, o operation[Q, A], request Q) (result A, err error) {
	response, err := c.send(o.name, request)
	if err != nil {
		return result, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return result, c.failed(o.name, err)
	}
	if json.Unmarshal(content, &result) != nil {
		return *new(A), c.mismatch(o.name, response, "was done, but its answer was not understood")
	}
	return result, nil
}

// tell runs an operation that answers nothing.
func tell[Q any](c *Client, o operation[Q, nothing], request Q) error {
	_, err := call(c, o, request)
	return err
}

// The methods are those of *db.DB.

// NewAPIToken implements Manager.
func (c *Client) NewAPIToken(settings db.TokenSettings) (db.Added, error) {
	a, err := call(c, newAPIToken, settingsOf(settings))
	return a.db(), err
}

// JoinAPIToken implements Manager.
func (c *Client) JoinAPIToken(proof db.Proof, settings db.TokenSettings) (db.Added, error) {
	a, err := call(c, joinAPIToken, joinRequest{proofOf(proof), settingsOf(settings)})
	return a.db(), err
}

// ChangeAPIToken implements Manager.
func (c *Client) ChangeAPIToken(hash string, change db.TokenChange) error {
	return tell(c, changeAPIToken, changeRequest{hash, changeOf(change)})
}

// EndAPIToken implements Manager.
func (c *Client) EndAPIToken(proof db.Proof, hash string, grace time.Duration) error {
	return tell(c, endAPIToken, endRequest{proofOf(proof), hash, grace})
}

// DeleteAPIToken implements Manager.
func (c *Client) DeleteAPIToken(hash string) error {
	return tell(c, deleteAPIToken, tokenRequest{hash})
}

// ListAPITokens implements Manager.
func (c *Client) ListAPITokens() ([]db.APITokenMetadata, error) {
	return call(c, listAPITokens, nothing{})
}

// FindAPITokens implements Manager.
func (c *Client) FindAPITokens(ref string) ([]db.APITokenMetadata, error) {
	return call(c, findAPITokens, findRequest{ref})
}

// TenantTokens implements Manager.
func (c *Client) TenantTokens(tenantHash string) ([]db.APITokenMetadata, error) {
	return call(c, tenantTokens, tenantRequest{tenantHash})
}

// Connections implements Manager.
func (c *Client) Connections(tenantHash string) ([]db.Connection, error) {
	return call(c, connections, tenantRequest{tenantHash})
}

// StoreOAuthToken implements Manager.
func (c *Client) StoreOAuthToken(tenantHash, service string, data *db.OAuthTokenData) error {
	return tell(c, storeOAuthToken, storeOAuthRequest{oauthRequest{tenantHash, text(service)}, *data})
}

// DeleteOAuthToken implements Manager.
func (c *Client) DeleteOAuthToken(tenantHash, service string) error {
	return tell(c, deleteOAuthToken, oauthRequest{tenantHash, text(service)})
}

// StoreCredentials implements Manager.
func (c *Client) StoreCredentials(tenantHash string, kind db.CredentialKind, service string, data *db.ServiceCredentials) error {
	return tell(c, storeCredentials, storeCredentialsRequest{credentialsRequest{tenantHash, kind, text(service)}, *data})
}

// DeleteCredentials implements Manager.
func (c *Client) DeleteCredentials(tenantHash string, kind db.CredentialKind, service string) error {
	return tell(c, deleteCredentials, credentialsRequest{tenantHash, kind, text(service)})
}

// Recovery implements Manager.
func (c *Client) Recovery() (db.Recovery, error) { return call(c, recovery, nothing{}) }

// RecoverySealing implements Manager.
func (c *Client) RecoverySealing(tenantHash string) ([]byte, error) {
	return call(c, recoverySealing, tenantRequest{tenantHash})
}

// Status implements Manager.
func (c *Client) Status() ([]db.TenantStatus, error) { return call(c, status, nothing{}) }

// Stats implements Manager.
func (c *Client) Stats() (db.Stats, error) { return call(c, stats, nothing{}) }

// Verify implements Manager.
func (c *Client) Verify() ([]string, error) { return call(c, verify, nothing{}) }

// Snapshot implements Manager. The copy is read from the server as it comes; if
// it ends before its Size, that is an error.
func (c *Client) Snapshot() (db.Snapshot, error) {
	response, err := c.send(snapshot.name, nothing{})
	if err != nil {
		return db.Snapshot{}, err
	}
	if response.ContentLength < 0 {
		defer response.Body.Close()
		return db.Snapshot{}, c.mismatch(snapshot.name, response, "has no length")
	}
	return db.Snapshot{ReadCloser: arriving{response.Body}, Size: response.ContentLength}, nil
}

// arriving is a copy of the database on its way.
type arriving struct{ io.ReadCloser }

func (a arriving) Read(b []byte) (int, error) {
	n, err := a.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("the copy of the database was cut short: %w", err)
	}
	return n, err
}
