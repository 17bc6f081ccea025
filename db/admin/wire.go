package admin

import (
	"encoding/json"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// secret is a global.Secret that JSON shows. That is the one place where this
// package reveals any: fmt and slog print it as redacted, as they do the OAuth
// tokens and credentials of package db.
type secret struct{ global.Secret }

func (s secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Reveal()) }

func (s *secret) UnmarshalJSON(b []byte) error {
	var value string
	err := json.Unmarshal(b, &value)
	s.Secret = global.NewSecret(value)
	return err
}

// text is a string that arrives as it was sent. As a string, encoding/json
// would mend what is not UTF-8, which the database refuses or removes.
type text []byte

// moment is a time that arrives as it was sent, also one that RFC 3339 cannot
// write: the database says what is allowed.
type moment struct {
	Seconds     int64 `json:"seconds"` // Unix time
	Nanoseconds int64 `json:"nanoseconds"`
}

func momentOf(t *time.Time) *moment {
	if t == nil {
		return nil
	}
	return &moment{t.Unix(), int64(t.Nanosecond())}
}

func (m *moment) time() *time.Time {
	if m == nil {
		return nil
	}
	t := time.Unix(m.Seconds, m.Nanoseconds).UTC()
	return &t
}

// settings are db.TokenSettings.
type settings struct {
	Description text     `json:"description"`
	ExpiresAt   *moment  `json:"expires_at,omitempty"`
	Scope       db.Scope `json:"scope"`
}

func settingsOf(s db.TokenSettings) settings {
	return settings{text(s.Description), momentOf(s.ExpiresAt), s.Scope}
}

func (s settings) db() db.TokenSettings {
	return db.TokenSettings{Description: string(s.Description), ExpiresAt: s.ExpiresAt.time(), Scope: s.Scope}
}

// change is a db.TokenChange.
type change struct {
	Description *text     `json:"description,omitempty"`
	ExpiresAt   *moment   `json:"expires_at,omitempty"`
	Services    *[]string `json:"services,omitempty"`
	Tools       *[]string `json:"tools,omitempty"`
	ReadOnly    *bool     `json:"read_only,omitempty"`
	Disabled    *bool     `json:"disabled,omitempty"`
}

func changeOf(c db.TokenChange) change {
	sent := change{
		ExpiresAt: momentOf(c.ExpiresAt), Disabled: c.Disabled,
		Services: notNull(c.Services), Tools: notNull(c.Tools), ReadOnly: c.ReadOnly,
	}
	if c.Description != nil {
		sent.Description = new(text(*c.Description))
	}
	return sent
}

// notNull keeps a list of nothing, which ends a limit, from being sent as null,
// which would change nothing.
func notNull(list *[]string) *[]string {
	if list != nil && *list == nil {
		return &[]string{}
	}
	return list
}

func (c change) db() db.TokenChange {
	got := db.TokenChange{
		ExpiresAt: c.ExpiresAt.time(), Disabled: c.Disabled,
		Services: c.Services, Tools: c.Tools, ReadOnly: c.ReadOnly,
	}
	if c.Description != nil {
		got.Description = new(string(*c.Description))
	}
	return got
}

// proof is a db.Proof.
type proof struct {
	Token  secret `json:"token"`
	Tenant string `json:"tenant"`
	Key    secret `json:"key"`
}

func proofOf(p db.Proof) proof { return proof{secret{p.Token}, p.Tenant, secret{p.Key}} }

func (p proof) db() db.Proof {
	return db.Proof{Token: p.Token.Secret, Tenant: p.Tenant, Key: p.Key.Secret}
}

// added is a db.Added.
type added struct {
	Token  secret `json:"token"`
	Hash   string `json:"hash"`
	Tenant string `json:"tenant"`
}

func addedOf(a db.Added) added { return added{secret{a.Token}, a.Hash, a.Tenant} }

func (a added) db() db.Added { return db.Added{Token: a.Token.Secret, Hash: a.Hash, Tenant: a.Tenant} }
