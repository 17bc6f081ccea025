package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/PivotLLM/MCPFusion/db"
)

// kindOf says of each kind of credential what its records are called, and
// which fields they have; those of user_credentials are for the service's
// configuration to name.
var kindOf = map[db.CredentialKind]struct {
	name   string
	fields []string
}{
	db.APIKeys:         {"api_key", []string{"key"}},
	db.BearerTokens:    {"bearer", []string{"token"}},
	db.BasicAuth:       {"basic", []string{"username", "password"}},
	db.UserCredentials: {"user_credentials", nil},
}

// parseValues reads one JSON object of fields, or the bare value of a kind that
// has but one. Its errors show nothing of the text.
func parseValues(kind db.CredentialKind, text string) (map[string]any, error) {
	text = strings.TrimSpace(text)
	fields := kindOf[kind].fields
	switch {
	case text == "":
		return nil, errors.New("no value was given")
	case strings.HasPrefix(text, "{"):
		var data map[string]any
		if json.Unmarshal([]byte(text), &data) != nil {
			return nil, errors.New("standard input is no JSON object of fields and values")
		}
		return data, checkValues(kind, data)
	case len(fields) != 1:
		return nil, fmt.Errorf("values of kind %s are given as one JSON object, such as %s", kind, exampleValues(kind))
	}
	data := map[string]any{fields[0]: text}
	return data, checkValues(kind, data)
}

// checkValues wants the fields that a kind has, each with a text that can be
// sent. A password may be empty: some APIs take a key for a user name.
func checkValues(kind db.CredentialKind, data map[string]any) error {
	fields := kindOf[kind].fields
	for _, name := range slices.Sorted(maps.Keys(data)) {
		text, ok := data[name].(string)
		switch {
		case fields != nil && !slices.Contains(fields, name):
			return fmt.Errorf("unknown field %q; give %s", name, exampleValues(kind))
		case !ok || text == "" && name != "password":
			return fmt.Errorf("the value of %q must be a text that is not empty", name)
		case strings.ContainsFunc(text, unicode.IsControl):
			return fmt.Errorf("the value of %q has a line break or another control character, which cannot be sent", name)
		}
	}
	if len(data) == 0 || len(data) < len(fields) {
		return fmt.Errorf("fields are missing; give %s", exampleValues(kind))
	}
	return nil
}

func exampleValues(kind db.CredentialKind) string {
	fields := kindOf[kind].fields
	if fields == nil {
		return `{"<field>": "..."} with the fields of the service's configuration`
	}
	var members []string
	for _, field := range fields {
		members = append(members, fmt.Sprintf("%q: \"...\"", field))
	}
	return "{" + strings.Join(members, ", ") + "}"
}
