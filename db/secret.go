package db

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// OAuthTokenData is a tenant's connection to one service (RFC 6749). fmt and
// slog print it as redacted; JSON shows it, since that is how it is stored and
// handed over.
type OAuthTokenData struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	// TokenType is as the provider wrote it; "" means Bearer.
	TokenType string `json:"token_type,omitempty"`
	// ExpiresAt is nil when the provider did not say.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Scope     []string   `json:"scope,omitempty"`
	// Origins are the origins, scheme://host:port, that the token may be sent
	// to; empty for one that was stored without: it takes those of the
	// configuration at its first use.
	Origins []string `json:"origins,omitempty"`
	// Account is as whom the person is connected, as the provider calls it; ""
	// when it did not say. Storing cleans it as a description.
	Account string `json:"account,omitempty"`
	// CreatedAt is when the service was first connected, UpdatedAt when this
	// was last stored: no two storings of one have the same. Storing fills in
	// both.
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// CredentialKind says what a tenant's credential for a service is.
type CredentialKind string

// The kinds of credentials.
const (
	APIKeys         CredentialKind = "api_keys"
	BearerTokens    CredentialKind = "bearer_tokens"
	BasicAuth       CredentialKind = "basic_auth"
	UserCredentials CredentialKind = "user_credentials"
)

// CredentialKinds are all of them.
var CredentialKinds = []CredentialKind{APIKeys, BearerTokens, BasicAuth, UserCredentials}

// ServiceCredentials is a tenant's own credential for one service. fmt and
// slog print it as redacted; JSON shows it.
type ServiceCredentials struct {
	// Type is "api_key", "bearer", "basic" or "user_credentials".
	Type string `json:"type"`
	// Data holds the values by field name.
	Data map[string]any `json:"data"`
	// CreatedAt and UpdatedAt are as those of OAuthTokenData.
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// KindOAuthTokens is the kind of a Connection that is an OAuth token.
const KindOAuthTokens = "oauth_tokens"

// Connection says that a tenant has an OAuth token or a credential for a
// service. It is what stands in the database in clear: a hint for people, not
// to be believed by code that guards something.
type Connection struct {
	Service string `json:"service"`
	// Kind is KindOAuthTokens or a CredentialKind.
	Kind      string     `json:"kind"`
	ExpiresAt *time.Time `json:"expires_at"`
	Scope     []string   `json:"scope"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	// NeedsSignIn tells that only the person can make the connection work
	// again, by connecting anew.
	NeedsSignIn bool `json:"needs_sign_in"`
	// LastRefresh is when the access token was last renewed, nil for never.
	LastRefresh *time.Time `json:"last_refresh"`
	// LastError is why the last attempt to renew or use it failed, "" when it
	// did not. It holds no secret.
	LastError string `json:"last_error"`
	// Damaged means that what is stored cannot be read any more: it can only
	// be stored anew or deleted. The other facts are then missing.
	Damaged bool `json:"damaged,omitempty"`
}

const redacted = "[redacted]"

// Format implements fmt.Formatter, so that no verb shows a token.
func (OAuthTokenData) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (OAuthTokenData) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format implements fmt.Formatter, so that no verb shows a value.
func (ServiceCredentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (ServiceCredentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// Limits of the origins of an OAuth token.
const (
	maxOrigins = 64
	maxOrigin  = 256 // bytes
)

// checkOrigins returns ErrOAuthToken for what no sign-in stores.
func checkOrigins(origins []string) error {
	if len(origins) > maxOrigins {
		return fmt.Errorf("%w: %d origins; allowed: at most %d", ErrOAuthToken, len(origins), maxOrigins)
	}
	for _, origin := range origins {
		if origin == "" || len(origin) > maxOrigin || !utf8.ValidString(origin) || strings.ContainsFunc(origin, isBlank) {
			return fmt.Errorf("%w: an origin that is none; allowed: scheme://host:port in 1 to %d bytes", ErrOAuthToken, maxOrigin)
		}
	}
	return nil
}

func isBlank(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

// maxServiceName is the length limit of a service's name in bytes.
const maxServiceName = 128

// checkService returns ErrServiceName for what cannot name a service.
func checkService(name string) error {
	if name == "" || len(name) > maxServiceName || !utf8.ValidString(name) ||
		strings.ContainsFunc(name, func(r rune) bool { return r == '/' || unicode.IsControl(r) }) {
		return ErrServiceName
	}
	return nil
}
