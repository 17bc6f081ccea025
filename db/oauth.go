package db

import (
	"errors"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// OAuthToken returns the tenant's OAuth token for a service. The first such
// read opens the tenant's key. What it returns is the caller's. ErrNotFound:
// there is none.
func (t *Tenant) OAuthToken(service string) (*OAuthTokenData, error) {
	data, err := t.load(oauthSlot(service))
	if err != nil {
		return nil, err
	}
	return data.(*OAuthTokenData), nil
}

// StoreOAuthToken adds or replaces the tenant's OAuth token for a service. It
// fills in CreatedAt and UpdatedAt of what is stored; data is not changed.
// ErrOAuthToken: it cannot be.
func (t *Tenant) StoreOAuthToken(service string, data *OAuthTokenData) error {
	s := oauthSlot(service)
	return t.update(s, !t.secret.IsEmpty(), func(t *Tenant, tx store.Tx, to tenantRecord) error {
		return t.putOAuth(tx, to, s, data, nil)
	})
}

// UpdateOAuthToken replaces the tenant's OAuth token for a service by what
// change makes of it, in one transaction: nobody else changes it in between.
// change gets nil when there is none; it may run more than once and must not
// wait. Its error is returned, and nothing changes; so it does when it returns
// nil without an error. Another access token than before counts as a refresh,
// which Connections then shows.
func (t *Tenant) UpdateOAuthToken(service string, change func(old *OAuthTokenData) (*OAuthTokenData, error)) error {
	s := oauthSlot(service)
	return t.update(s, true, func(t *Tenant, tx store.Tx, to tenantRecord) error {
		old, err := t.oldOAuth(tx, s)
		if err != nil {
			return err
		}
		data, err := change(old)
		if data == nil || err != nil {
			return err
		}
		refreshed, err := t.refreshed(tx, s, old, data)
		if err != nil {
			return err
		}
		return t.putOAuth(tx, to, s, data, refreshed)
	})
}

// refreshed returns when the access token was last renewed, with data that now
// takes the place of old; nil for never.
func (t *Tenant) refreshed(tx store.Tx, s slot, old, data *OAuthTokenData) (*time.Time, error) {
	if old == nil {
		return nil, nil
	}
	if old.AccessToken != data.AccessToken {
		return new(time.Now().UTC()), nil
	}
	value, err := tx.Get(bucketTenants, s.key(t.hash))
	if err != nil {
		return nil, err
	}
	h, _, err := decodeRecord(t.hash, value)
	return h.LastRefresh, err
}

// NoteFailure notes for people why the OAuth token for a service could not be
// renewed or used, and whether only connecting anew can help. of is UpdatedAt
// of the token that failed: if another one is stored now, the failure says
// nothing about it, so nothing changes and there is no error. The reason holds
// no secret; of it at most 200 characters are kept. Storing a token ends it.
// ErrNotFound: there is none.
func (t *Tenant) NoteFailure(service string, of time.Time, reason string, needsSignIn bool) error {
	s := oauthSlot(service)
	return t.update(s, false, func(t *Tenant, tx store.Tx, _ tenantRecord) error {
		value, err := tx.Get(bucketTenants, s.key(t.hash))
		if err != nil {
			return err
		}
		if value == nil {
			return ErrNotFound
		}
		h, sealed, err := decodeRecord(t.hash, value)
		if err != nil || !h.UpdatedAt.Equal(of) {
			return err
		}
		h.LastError, h.NeedsSignIn = cleanDescription(reason), needsSignIn
		if value, err = encodeRecord(t.hash, h, sealed); err != nil {
			return err
		}
		return tx.Put(bucketTenants, s.key(t.hash), value)
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

func (t *Tenant) putOAuth(tx store.Tx, to tenantRecord, s slot, data *OAuthTokenData, refreshed *time.Time) error {
	if err := checkOrigins(data.Origins); err != nil {
		return err
	}
	created, updated, err := t.times(tx, s)
	if err != nil {
		return err
	}
	complete := *data
	complete.CreatedAt, complete.UpdatedAt = created, updated
	complete.Account = cleanDescription(data.Account)
	h := hint{CreatedAt: created, UpdatedAt: updated, ExpiresAt: complete.ExpiresAt, Scope: complete.Scope, LastRefresh: refreshed}
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
