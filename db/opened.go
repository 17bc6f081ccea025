package db

import (
	"bytes"
	"errors"
	"slices"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// secretData is what a secret holds: an *OAuthTokenData in the slot of one, else
// *ServiceCredentials. It may be kept in memory for the next reader.
type secretData interface{ copied() secretData }

func (s slot) newData() secretData {
	if s.kind == slotOAuth {
		return new(OAuthTokenData)
	}
	return new(ServiceCredentials)
}

func (d *OAuthTokenData) copied() secretData {
	c := *d
	if d.ExpiresAt != nil {
		c.ExpiresAt = new(*d.ExpiresAt)
	}
	c.Scope, c.Origins = slices.Clone(d.Scope), slices.Clone(d.Origins)
	return &c
}

func (c *ServiceCredentials) copied() secretData {
	d := *c
	d.Data, _ = copiedJSON(c.Data).(map[string]any)
	return &d
}

// copiedJSON copies what encoding/json makes of a text.
func copiedJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return v
		}
		c := make(map[string]any, len(v))
		for name, member := range v {
			c[name] = copiedJSON(member)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, item := range v {
			c[i] = copiedJSON(item)
		}
		return c
	default:
		return v
	}
}

// load returns a secret, which is the caller's. A missing one is ErrNotFound.
func (t *Tenant) load(s slot) (secretData, error) {
	err := s.check()
	var data secretData
	if err == nil {
		data, err = t.loadChecked(s)
	}
	if err != nil {
		return nil, t.failed("read", s, err)
	}
	return data.copied(), nil
}

// loadChecked takes what was opened before, if that is what is stored now and
// the tenant has the key. It opens after the transaction, since opening takes a
// while.
func (t *Tenant) loadChecked(s slot) (data secretData, err error) {
	var key vault.PrivateKey
	var value []byte
	var kept bool
	err = t.withKey(func(t *Tenant) error {
		return t.db.store.View(func(tx store.Tx) (err error) {
			var stored []byte
			if key, stored, err = t.sealed(tx, s); err != nil {
				return err
			}
			if data, kept = t.db.keys.Opened(key, s.place(t.hash), stored); !kept {
				value = bytes.Clone(stored)
			}
			return nil
		})
	})
	if err != nil || kept {
		return data, err
	}
	data = s.newData()
	if err := openRecord(key, t.hash, s, value, data); err != nil {
		return nil, err
	}
	t.keepOpened(s, key, value, data)
	return data, nil
}

var errReplaced = errors.New("secret was replaced")

// keepOpened keeps an opened secret for the next reader, unless it is not what
// is stored any more: a change that comes later finds it there and forgets it.
func (t *Tenant) keepOpened(s slot, key vault.PrivateKey, value []byte, data secretData) {
	at := s.place(t.hash)
	t.db.keys.Keep(t.ringed(), key, at, value, data)
	err := t.db.store.View(func(tx store.Tx) error {
		now, err := tx.Get(bucketTenants, s.key(t.hash))
		if err == nil && !bytes.Equal(now, value) {
			err = errReplaced
		}
		return err
	})
	if err != nil {
		t.db.keys.Forget(at)
	}
}
