package config

import (
	"time"

	"github.com/PivotLLM/MCPFusion/global"
)

// Auth says how a service's requests get their credential.
type Auth struct {
	// Type is one of the names of the language, "none" when the file has no
	// auth.
	Type string
	// Settings belongs to Type: nil for none, else *Bearer, *APIKey, *Basic,
	// *OAuth2, *SessionJWT or *UserCredentials.
	Settings     any
	Invalidation Invalidation
	Position     Position
}

// Invalidation says which answers mean that the credential no longer works.
type Invalidation struct {
	StatusCodes         []int // default 401
	RetryOnInvalidation bool  // default true
	RetryDelay          time.Duration
}

// Bearer is the settings of "bearer".
type Bearer struct {
	// Token is empty when only a tenant's own credential can serve.
	Token global.Secret
}

// APIKey is the settings of "api_key".
type APIKey struct {
	// Key is empty when only a tenant's own credential can serve.
	Key global.Secret
	// Exactly one of Header and QueryParam is set; default X-API-Key.
	Header     string
	QueryParam string
}

// Basic is the settings of "basic" (RFC 7617).
type Basic struct {
	// Username and Password are empty when only a tenant's own credential
	// can serve.
	Username string
	Password global.Secret
}

// OAuth2 is the settings of the four oauth2 types. {tenantId} in its URLs has
// been filled in.
type OAuth2 struct {
	ClientID         string
	ClientSecret     global.Secret
	AuthorizationURL string // for oauth2_device the device authorization endpoint
	TokenURL         string
	RevocationURL    string // RFC 7009
	Issuer           string // RFC 9207
	Scope            string
	Audience         string
	ExtraParams      map[string]string
}

// SessionJWT is the settings of "session_jwt". Defaults are filled in, URLs
// are absolute: a path stands below the service's baseURL, as an endpoint's
// does.
type SessionJWT struct {
	LoginURL, LoginMethod, LoginContentType string
	// At most one of LoginBody and LoginFormBody is set. LoginBody's strings
	// are plain: the whole map must be treated as secret.
	LoginBody     map[string]any
	LoginFormBody map[string]global.Secret

	TokenPath, TokenType, TokenLocation    string // location: header, cookie or query
	HeaderName, HeaderFormat               string
	CookieName, CookieFormat               string
	QueryParam                             string
	ExpiresIn                              time.Duration // 0 when the file gives none
	ExpiresInPath                          string
	RefreshURL, RefreshMethod              string
	RefreshTokenPath, RefreshTokenLocation string // location: body, header or cookie
	RefreshTokenCookieName                 string
}

// UserCredentials is the settings of "user_credentials".
type UserCredentials struct {
	Fields []CredentialField
	// AuthMethod is "" or "basic_auth", which has exactly two fields.
	AuthMethod   string
	Instructions string
}

// CredentialField is one value that each tenant enters.
type CredentialField struct {
	Name, Label, Description string
	// Location is query, header or cookie. It has no meaning with basic_auth.
	Location string
	// ParamName is Name when the file gives none.
	ParamName string
}
