package db

import (
	"errors"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// OAuthToken returns the tenant's OAuth token for a service. The first such
// read opens the tenant's key. ErrNotFound: there is none.
func (t *Tenant) OAuthToken(service string) (*OAuthTokenData, error) {
	var data OAuthTokenData
	if err := t.load(oauthSlot(service), &data); err != nil {
		return nil, err
	}
	return &data, nil
}

// StoreOAuthToken adds or replaces the tenant's OAuth token for a service. It
// fills in CreatedAt and UpdatedAt of what is stored; data is not changed.
func (t *Tenant) StoreOAuthToken(service string, data *OAuthTokenData) error {
	s := oauthSlot(service)
	return t.update(s, !t.secret.IsEmpty(), func(tx store.Tx, to tenantRecord) error {
		return t.putOAuth(tx, to, s, data)
	})
}

// UpdateOAuthToken replaces the tenant's OAuth token for a service by what
// change makes of it, in one transaction: nobody else changes it in between.
// change gets nil when there is none; it may run more than once and must not
// wait. Its error is returned, and nothing changes; so it does when it returns
// nil without an error.
func (t *Tenant) UpdateOAuthToken(service string, change func(old *OAuthTokenData) (*OAuthTokenData, error)) error {
	s := oauthSlot(service)
	return t.update(s, true, func(tx store.Tx, to tenantRecord) error {
		old, err := t.oldOAuth(tx, s)
		if err != nil {
			return err
		}
		data, err := change(old)
		if data == nil || err != nil {
			return err
		}
		return t.putOAuth(tx, to, s, data)
	})
}

// oldOAuth returns nil where there is no OAuth token.
func (t *Tenant) oldOAuth(tx store.Tx, s slot) (*OAuthTokenData, error) {
	key, value, err := t.sealed(tx, s)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var old OAuthTokenData
	return &old, openRecord(key, t.hash, s, value, &old)
}

func (t *Tenant) putOAuth(tx store.Tx, to tenantRecord, s slot, data *OAuthTokenData) error {
	now := time.Now().UTC()
	created, err := t.createdAt(tx, s, now)
	if err != nil {
		return err
	}
	complete := *data
	complete.CreatedAt, complete.UpdatedAt = created, now
	h := hint{CreatedAt: created, UpdatedAt: now, ExpiresAt: complete.ExpiresAt, Scope: complete.Scope}
	return t.put(tx, to, s, h, complete)
}

// DeleteOAuthToken deletes the tenant's OAuth token for a service.
// ErrNotFound: there is none.
func (t *Tenant) DeleteOAuthToken(service string) error { return t.remove(oauthSlot(service)) }

// OAuthTokens returns all OAuth tokens of the tenant by service.
func (t *Tenant) OAuthTokens() (map[string]*OAuthTokenData, error) {
	connections, err := t.Connections()
	if err != nil {
		return nil, err
	}
	all := map[string]*OAuthTokenData{}
	for _, c := range connections {
		if c.Kind != KindOAuthTokens {
			continue
		}
		data, err := t.OAuthToken(c.Service)
		switch {
		case err == nil:
			all[c.Service] = data
		case !errors.Is(err, ErrNotFound): // deleted meanwhile
			return nil, err
		}
	}
	return all, nil
}
