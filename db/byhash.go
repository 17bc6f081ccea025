package db

import "fmt"

// The functions in this file know a tenant by its hash (64 hex digits) alone,
// as sign-in callbacks and the command line do. They store without the
// tenant's key; they read only while the keyring has it, which AddAPIToken,
// ValidateAPIToken and reading through a Tenant see to: otherwise it is
// ErrLocked. A tenant that does not exist is ErrTenantNotFound.

// byHash returns a tenant that has no API token to open its key with.
func (d *DB) byHash(tenantHash string) (*Tenant, error) {
	id, ok := parseHash(tenantHash)
	if !ok {
		return nil, fmt.Errorf("tenant: %w", ErrTenantNotFound)
	}
	return &Tenant{db: d, hash: id}, nil
}

// StoreOAuthToken is Tenant.StoreOAuthToken by hash.
func (d *DB) StoreOAuthToken(tenantHash, serviceName string, tokenData *OAuthTokenData) error {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return err
	}
	return t.StoreOAuthToken(serviceName, tokenData)
}

// GetOAuthToken is Tenant.OAuthToken by hash.
func (d *DB) GetOAuthToken(tenantHash, serviceName string) (*OAuthTokenData, error) {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return nil, err
	}
	return t.OAuthToken(serviceName)
}

// DeleteOAuthToken is Tenant.DeleteOAuthToken by hash.
func (d *DB) DeleteOAuthToken(tenantHash, serviceName string) error {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return err
	}
	return t.DeleteOAuthToken(serviceName)
}

// ListOAuthTokens is Tenant.OAuthTokens by hash.
func (d *DB) ListOAuthTokens(tenantHash string) (map[string]*OAuthTokenData, error) {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return nil, err
	}
	return t.OAuthTokens()
}

// StoreCredentials is Tenant.StoreCredentials by hash.
func (d *DB) StoreCredentials(tenantHash string, kind CredentialKind, service string, data *ServiceCredentials) error {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return err
	}
	return t.StoreCredentials(kind, service, data)
}

// GetCredentials is Tenant.Credentials by hash.
func (d *DB) GetCredentials(tenantHash string, kind CredentialKind, service string) (*ServiceCredentials, error) {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return nil, err
	}
	return t.Credentials(kind, service)
}

// DeleteCredentials is Tenant.DeleteCredentials by hash.
func (d *DB) DeleteCredentials(tenantHash string, kind CredentialKind, service string) error {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return err
	}
	return t.DeleteCredentials(kind, service)
}

// Connections is Tenant.Connections by hash. It never needs the key.
func (d *DB) Connections(tenantHash string) ([]Connection, error) {
	t, err := d.byHash(tenantHash)
	if err != nil {
		return nil, err
	}
	return t.Connections()
}
