package db

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db/vault"
)

// slot is where a tenant's secret stands: its place below the tenant, and what
// the sealing is bound to.
type slot struct {
	kind    string // slotOAuth or slotCredentials
	name    string // the kind of a credential, "" for an OAuth token
	service string
}

func oauthSlot(service string) slot { return slot{kind: slotOAuth, service: service} }

func credentialSlot(kind CredentialKind, service string) slot {
	return slot{kind: slotCredentials, name: string(kind), service: service}
}

func (s slot) check() error {
	if s.kind == slotCredentials && !slices.Contains(CredentialKinds, CredentialKind(s.name)) {
		return fmt.Errorf("%w: %q; allowed: %q", ErrCredentialKind, s.name, CredentialKinds)
	}
	return checkService(s.service)
}

// key returns {tenant}/oauth_tokens/{service} or
// {tenant}/service_credentials/{kind}/{service}.
func (s slot) key(tenant hash) []byte {
	path := "/" + s.kind + "/"
	if s.name != "" {
		path += s.name + "/"
	}
	return slices.Concat(tenant[:], []byte(path+s.service))
}

func (s slot) place(tenant hash) vault.Place {
	return vault.Place{Tenant: tenant, Kind: s.kind, Service: s.service, Name: s.name}
}

// parseSlot reads what follows the tenant in a key.
func parseSlot(path string) (s slot, ok bool) {
	parts := strings.Split(path, "/")
	switch {
	case len(parts) == 3 && parts[0] == "" && parts[1] == slotOAuth:
		s = oauthSlot(parts[2])
	case len(parts) == 4 && parts[0] == "" && parts[1] == slotCredentials:
		s = credentialSlot(CredentialKind(parts[2]), parts[3])
	}
	return s, s.kind != "" && s.check() == nil
}

// hint is what stands beside a sealed secret in clear.
type hint struct {
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Scope     []string   `json:"scope,omitempty"`

	NeedsSignIn bool       `json:"needs_sign_in,omitempty"`
	LastRefresh *time.Time `json:"last_refresh,omitempty"`
	LastError   string     `json:"last_error,omitempty"`
}

// encodeRecord writes the head, the length of the hint in two bytes, the hint
// as JSON, and the sealed secret.
func encodeRecord(tenant hash, h hint, sealed []byte) ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	if len(text) > math.MaxUint16 {
		return nil, vault.ErrTooLong
	}
	size := binary.BigEndian.AppendUint16(nil, uint16(len(text)))
	return withHead(tenant, slices.Concat(size, text, sealed)), nil
}

func decodeRecord(tenant hash, value []byte) (h hint, sealed []byte, err error) {
	const size = 2
	content, err := withoutHead(tenant, value)
	if err != nil || len(content) < size {
		return h, nil, fmt.Errorf("secret: %w", errFormat)
	}
	end := size + int(binary.BigEndian.Uint16(content))
	if len(content) < end+vault.Overhead || json.Unmarshal(content[size:end], &h) != nil || h.CreatedAt.IsZero() {
		return h, nil, fmt.Errorf("secret: %w", errFormat)
	}
	return h, content[end:], nil
}

func (s slot) connection(h hint) Connection {
	kind := s.name
	if s.kind == slotOAuth {
		kind = KindOAuthTokens
	}
	return Connection{
		Service: s.service, Kind: kind,
		ExpiresAt: h.ExpiresAt, Scope: h.Scope, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt,
		NeedsSignIn: h.NeedsSignIn, LastRefresh: h.LastRefresh, LastError: h.LastError,
	}
}
