package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/PivotLLM/MCPFusion/db"
)

// readOAuthToken takes an OAuth token from the terminal, without echo, or else
// from standard input.
func (p *program) readOAuthToken(ctx context.Context) (*db.OAuthTokenData, error) {
	if isTerminal(p.stdin) {
		return p.askOAuthToken(ctx)
	}
	text, err := p.readInput()
	if err != nil {
		return nil, err
	}
	return parseOAuthToken(text)
}

// askOAuthToken asks for what must not be seen; the rest comes with the first
// refresh, or is given on standard input.
func (p *program) askOAuthToken(ctx context.Context) (*db.OAuthTokenData, error) {
	access, err := p.askSecret(ctx, "access_token")
	if err != nil {
		return nil, err
	}
	refresh, err := p.askSecret(ctx, "refresh_token, empty if there is none")
	if err != nil {
		return nil, err
	}
	token := &db.OAuthTokenData{AccessToken: strings.TrimSpace(access), RefreshToken: strings.TrimSpace(refresh)}
	return token, checkTokens(token)
}

// parseOAuthToken reads one JSON object of oauthFields. Its errors show nothing
// of the values.
func parseOAuthToken(text string) (*db.OAuthTokenData, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New("no value was given")
	}
	var given map[string]json.RawMessage
	if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &given) != nil || given == nil {
		return nil, fmt.Errorf("standard input is no JSON object; give %s", exampleOAuth)
	}
	token := new(db.OAuthTokenData)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		field, known := oauthFields[name]
		switch {
		case !known:
			return nil, fmt.Errorf("unknown field %q; give %s", name, exampleOAuth)
		case string(given[name]) != "null" && !field.read(given[name], token):
			return nil, fmt.Errorf("the value of %q must be %s", name, field.allowed)
		}
	}
	return token, checkTokens(token)
}

// exampleOAuth has all fields but those that storing fills in.
const exampleOAuth = `{"access_token": "...", "refresh_token": "...", "token_type": "Bearer", ` +
	`"expires_at": "2027-01-31T12:00:00Z", "scope": ["..."], "account": "...", "origins": ["https://api.example.com"]}, ` +
	`of which only access_token must be there`

// checkTokens wants an access token, and nothing that a header cannot carry.
func checkTokens(token *db.OAuthTokenData) error {
	switch {
	case token.AccessToken == "":
		return errors.New("access_token is missing, or empty")
	case !isPlain(token.AccessToken):
		return errors.New("the value of \"access_token\" must be " + plainText)
	case !isPlain(token.RefreshToken):
		return errors.New("the value of \"refresh_token\" must be " + plainText)
	}
	return nil
}
