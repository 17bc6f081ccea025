package auth

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/oauth2"
)

// claims are what an ID token says (OpenID Connect Core 1.0 §2).
type claims struct {
	Issuer   string          `json:"iss"`
	Audience json.RawMessage `json:"aud"` // a text, or several
	Expires  json.Number     `json:"exp"`
	Nonce    string          `json:"nonce"`

	// names are what else it says, for people.
	names map[string]any
}

// claims reads and checks the ID token that came with a token. Its signature is
// not: it came from the token endpoint itself (§3.1.3.7, 6). Where a nonce was
// sent, there must be one.
func (p *provider) claims(token *oauth2.Token, nonce string) (c claims, err error) {
	text, _ := token.Extra("id_token").(string)
	if text == "" {
		if nonce != "" {
			return c, refuse("the provider did not say who has signed in (it gave no ID token)")
		}
		return c, nil
	}
	if err := readClaims(text, &c); err != nil {
		return c, refuse("the provider's ID token cannot be read")
	}
	return c, p.check(c, nonce)
}

var errNoJWT = errors.New("no JWT")

func readClaims(text string, c *claims) error {
	payload, err := payloadOf(text)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(payload, &c.names); err != nil {
		return err
	}
	return json.Unmarshal(payload, c)
}

// payloadOf is what a JWT says (RFC 7519 §3), its signature unchecked.
func payloadOf(text string) ([]byte, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errNoJWT
	}
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
}

// check is §3.1.3.7, 2 to 11, as far as a configuration knows what is right.
func (p *provider) check(c claims, nonce string) error {
	expires, err := c.Expires.Float64()
	switch {
	case p.Issuer != "" && c.Issuer != p.Issuer:
		return refuse("the ID token is another issuer's than the configuration names")
	case !c.isFor(p.ClientID):
		return refuse("the ID token is for another client")
	case err != nil || time.Unix(int64(expires), 0).Before(time.Now().Add(-clockSkew)):
		return refuse("the ID token has expired; is a clock wrong?")
	case nonce != "" && subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1:
		return refuse("the ID token belongs to another sign-in")
	}
	return nil
}

const clockSkew = 5 * time.Minute

func (c claims) isFor(client string) bool {
	var one string
	if json.Unmarshal(c.Audience, &one) == nil {
		return one == client
	}
	var several []string
	_ = json.Unmarshal(c.Audience, &several) // what is neither is for nobody
	for _, audience := range several {
		if audience == client {
			return true
		}
	}
	return false
}

// maxAccount bounds the name of an account, in bytes.
const maxAccount = 256

// account is what people call themselves, in the order in which they know it.
func (c claims) account() string {
	for _, claim := range []string{"preferred_username", "email", "name", "sub"} {
		name, _ := c.names[claim].(string)
		if name != "" && len(name) <= maxAccount && isPrintable(name) {
			return name
		}
	}
	return ""
}

// isPrintable reports whether a text shows as what it is: nothing in it turns
// around, hides, or ends what stands beside it.
func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
