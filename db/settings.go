package db

import (
	"fmt"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/global"
)

// TokenSettings are what an operator decides about a new API token. The zero
// value is a token without a description that never expires and may call
// everything.
type TokenSettings struct {
	// Description is cleaned as AddAPIToken says.
	Description string
	// ExpiresAt is nil for a token that never expires. It must be in the
	// future; fractions of a second are left out.
	ExpiresAt *time.Time
	Scope     Scope
}

// TokenChange changes some of an API token's settings; what is nil stays.
type TokenChange struct {
	Description *string
	// ExpiresAt is the zero time for a token that is never to expire. A time
	// that is over ends the token at once.
	ExpiresAt *time.Time
	// Services, Tools and ReadOnly are those of the Scope. An empty list ends
	// that limit.
	Services *[]string
	Tools    *[]string
	ReadOnly *bool
	// Disabled is true for a token that is not to be let in until it is
	// enabled again.
	Disabled *bool
}

// Added is a new API token.
type Added struct {
	// Token is the API token itself, stored nowhere.
	Token global.Secret
	// Hash names the token, Tenant its tenant: 64 hex digits each.
	Hash, Tenant string
}

// record returns what is to be stored of a token that is made now; its tenant,
// key and prefix are not known yet.
func (s TokenSettings) record(now time.Time) (record tokenRecord, err error) {
	record.CreatedAt = now.UTC()
	record.Description = cleanDescription(s.Description)
	if s.ExpiresAt != nil {
		if err := record.setExpiry(*s.ExpiresAt); err != nil {
			return record, err
		}
		if record.refusal(now) != nil {
			return record, fmt.Errorf("%w: it would have expired at %s already; allowed: a time in the future",
				ErrSettings, record.expiry().Format(time.RFC3339))
		}
	}
	return record, record.setScope(s.Scope)
}

// lastYear is the last one that RFC 3339 can write.
const lastYear = 9999

// setExpiry takes the zero time for never.
func (l *limits) setExpiry(at time.Time) error {
	if at.IsZero() {
		l.expires = 0
		return nil
	}
	if at.Unix() <= 0 || at.UTC().Year() > lastYear {
		return fmt.Errorf("%w: the expiry %s; allowed: a time after 1970 and before %d", ErrSettings, at.UTC(), lastYear+1)
	}
	l.expires = at.Unix()
	return nil
}

func (l *limits) setScope(scope Scope) (err error) {
	if err := scope.check(); err != nil {
		return err
	}
	l.scope, err = scope.encode()
	return err
}

// ChangeAPIToken changes settings of the token with the hash (64 hex digits).
// What Admit let in with a token that is disabled by it, or expires at once, is
// cancelled when it returns. No token of that hash is ErrTokenNotFound, and
// settings that cannot be are ErrSettings. After any other error the change may
// have been made or not.
func (d *DB) ChangeAPIToken(hash string, change TokenChange) error {
	token, ok := parseHash(hash)
	if !ok {
		return fmt.Errorf("change token: %w", ErrTokenNotFound)
	}
	record, err := d.changeToken(token, func(tx store.Tx, record *tokenRecord) error {
		if err := change.apply(record); err != nil {
			return err
		}
		return record.write(tx, token)
	})
	if change.Disabled != nil || change.ExpiresAt != nil {
		d.dropKeys(token, record)
	}
	if err != nil {
		return fmt.Errorf("change token: %w", err)
	}
	return nil
}

func (c TokenChange) apply(record *tokenRecord) error {
	if c.Description != nil {
		record.Description = cleanDescription(*c.Description)
	}
	if c.Disabled != nil {
		record.disabled = *c.Disabled
	}
	if c.ExpiresAt != nil {
		if record.ending {
			return fmt.Errorf("%w: another token took this one's place, so its expiry stays; delete it to end it sooner", ErrSettings)
		}
		if err := record.setExpiry(*c.ExpiresAt); err != nil {
			return err
		}
	}
	scope, err := decodeScope(record.scope)
	if err != nil {
		return err
	}
	if c.Services != nil {
		scope.Services = *c.Services
	}
	if c.Tools != nil {
		scope.Tools = *c.Tools
	}
	if c.ReadOnly != nil {
		scope.ReadOnly = *c.ReadOnly
	}
	return record.setScope(scope)
}
