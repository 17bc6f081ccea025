package db

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db/vault"
)

// What the decoders say about records. None of it repeats a value.
var (
	errOldJSON   = errors.New("it is not the JSON object that it should be")
	errOldHash   = errors.New("it does not stand under the hash of an API token (64 hex digits), or names another one")
	errOldEmpty  = errors.New("it has no value")
	errOldKind   = errors.New("its type is unknown")
	errOldCached = errors.New("it looks like a cached bearer or session token; if it is a connection, connect the service anew")
)

// userCredentialsMark begins the access token of a record that is none: its
// values stand in the metadata.
const userCredentialsMark = "user_credentials:"

// sessionMarks are the metadata of a session's token: how it is to be sent.
var sessionMarks = []string{"tokenLocation", "headerName", "headerFormat", "cookieName", "cookieFormat", "queryParam"}

// decodeOldToken reads the metadata of an API token.
func decodeOldToken(id hash, text []byte, now time.Time) (tokenText, time.Time, error) {
	var old struct {
		Hash        string  `json:"hash"`
		CreatedAt   oldTime `json:"created_at"`
		LastUsed    oldTime `json:"last_used"`
		Description string  `json:"description"`
		Prefix      string  `json:"prefix"`
	}
	if err := decodeOld(text, &old); err != nil {
		return tokenText{}, time.Time{}, err
	}
	if named, ok := parseHash(old.Hash); old.Hash != "" && (!ok || named != id) {
		return tokenText{}, time.Time{}, errOldHash
	}
	if !isPrefix(old.Prefix) {
		old.Prefix = unknownPrefix
	}
	created := firstTime(old.CreatedAt.Time, old.LastUsed.Time, now)
	return tokenText{old.Prefix, created, cleanDescription(old.Description)}, inNanoseconds(old.LastUsed.Time), nil
}

// decodeOldOAuth reads the record of a connection. errOldCached: it is none
// that is worth taking over. since stands in for a missing time.
func decodeOldOAuth(service string, text []byte, since time.Time) (oldSecret, error) {
	var old struct {
		AccessToken  string         `json:"access_token"`
		RefreshToken string         `json:"refresh_token"`
		TokenType    string         `json:"token_type"`
		ExpiresAt    oldTime        `json:"expires_at"`
		Scope        oldScope       `json:"scope"`
		CreatedAt    oldTime        `json:"created_at"`
		UpdatedAt    oldTime        `json:"updated_at"`
		Metadata     map[string]any `json:"metadata"`
	}
	if err := decodeOld(text, &old); err != nil {
		return oldSecret{}, err
	}
	h := oldHint(old.CreatedAt, old.UpdatedAt, since)
	switch {
	case strings.HasPrefix(old.AccessToken, userCredentialsMark):
		return newOldCredentials(UserCredentials, service, old.Metadata, h)
	case old.AccessToken == "" && old.RefreshToken == "":
		return oldSecret{}, errOldEmpty
	case isSession(old.Metadata), old.RefreshToken == "" && len(old.Scope) == 0:
		return oldSecret{}, errOldCached
	}
	if !old.ExpiresAt.IsZero() {
		h.ExpiresAt = &old.ExpiresAt.Time
	}
	h.Scope = old.Scope.clean()
	return newOldSecret(oauthSlot(service), h, OAuthTokenData{
		AccessToken: old.AccessToken, RefreshToken: old.RefreshToken, TokenType: old.TokenType,
		ExpiresAt: h.ExpiresAt, Scope: h.Scope, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt,
	})
}

func isSession(metadata map[string]any) bool {
	for _, mark := range sessionMarks {
		if _, is := metadata[mark]; is {
			return true
		}
	}
	return false
}

func oldHint(created, updated oldTime, since time.Time) hint {
	first := firstTime(created.Time, updated.Time, since)
	return hint{CreatedAt: first, UpdatedAt: firstTime(updated.Time, first)}
}

// oldKinds are the types of credentials, and the buckets of them.
var oldKinds = map[string]CredentialKind{
	"api_key": APIKeys, "bearer": BearerTokens, "basic": BasicAuth, "basic_auth": BasicAuth,
	"custom": UserCredentials, "": UserCredentials,
	"api_keys": APIKeys, "bearer_tokens": BearerTokens, "user_credentials": UserCredentials,
}

// credentialTypes are what records of a kind have as their type.
var credentialTypes = map[CredentialKind]string{
	APIKeys: "api_key", BearerTokens: "bearer", BasicAuth: "basic", UserCredentials: "user_credentials",
}

// decodeOldCredentials reads a credential. kind is the bucket that it stands
// in, or empty.
func decodeOldCredentials(kind, service string, text []byte, since time.Time) (oldSecret, error) {
	var old struct {
		Type      string         `json:"type"`
		Data      map[string]any `json:"data"`
		CreatedAt oldTime        `json:"created_at"`
		UpdatedAt oldTime        `json:"updated_at"`
	}
	if err := decodeOld(text, &old); err != nil {
		return oldSecret{}, err
	}
	if old.Type != "" {
		kind = old.Type
	}
	known, ok := oldKinds[kind]
	if !ok {
		return oldSecret{}, errOldKind
	}
	return newOldCredentials(known, service, old.Data, oldHint(old.CreatedAt, old.UpdatedAt, since))
}

func newOldCredentials(kind CredentialKind, service string, data map[string]any, h hint) (oldSecret, error) {
	if len(data) == 0 {
		return oldSecret{}, errOldEmpty
	}
	return newOldSecret(credentialSlot(kind, service), h, ServiceCredentials{
		Type: credentialTypes[kind], Data: data, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt,
	})
}

// newOldSecret makes sure that what is going to be stored can be.
func newOldSecret(s slot, h hint, v any) (oldSecret, error) {
	if err := s.check(); err != nil {
		return oldSecret{}, err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return oldSecret{}, errOldJSON
	}
	if len(plain) > vault.MaxPlaintext {
		return oldSecret{}, vault.ErrTooLong
	}
	if _, err := encodeRecord(hash{}, h, nil); err != nil {
		return oldSecret{}, fmt.Errorf("its scopes: %w", err)
	}
	return oldSecret{slot: s, hint: h, plain: plain}, nil
}
