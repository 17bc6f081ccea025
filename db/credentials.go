package db

import "github.com/PivotLLM/MCPFusion/db/store"

// Credentials returns the tenant's own credential of a kind for a service. What
// it returns is the caller's. ErrNotFound: there is none.
func (t *Tenant) Credentials(kind CredentialKind, service string) (*ServiceCredentials, error) {
	data, err := t.load(credentialSlot(kind, service))
	if err != nil {
		return nil, err
	}
	return data.(*ServiceCredentials), nil
}

// StoreCredentials adds or replaces the tenant's own credential of a kind for
// a service. It fills in CreatedAt and UpdatedAt of what is stored; data is
// not changed.
func (t *Tenant) StoreCredentials(kind CredentialKind, service string, data *ServiceCredentials) error {
	s := credentialSlot(kind, service)
	return t.update(s, !t.secret.IsEmpty(), func(t *Tenant, tx store.Tx, to tenantRecord) error {
		created, updated, err := t.times(tx, s)
		if err != nil {
			return err
		}
		complete := *data
		complete.CreatedAt, complete.UpdatedAt = created, updated
		return t.put(tx, to, s, hint{CreatedAt: created, UpdatedAt: updated}, complete)
	})
}

// DeleteCredentials deletes the tenant's own credential of a kind for a
// service. ErrNotFound: there is none.
func (t *Tenant) DeleteCredentials(kind CredentialKind, service string) error {
	return t.remove(credentialSlot(kind, service))
}
