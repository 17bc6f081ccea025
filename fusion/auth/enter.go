package auth

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// maxValue is what one value may have, in bytes: more than any header takes.
const maxValue = 8 << 10

// typeOf names the records of each kind, as the command line does.
var typeOf = map[db.CredentialKind]string{
	db.APIKeys: "api_key", db.BearerTokens: "bearer", db.BasicAuth: "basic", db.UserCredentials: "user_credentials",
}

// Enter stores what a person has entered, by field name; what was there is
// replaced. An [*InputError] means that nothing was.
func (c *Connector) Enter(tenant *db.Tenant, values map[string]string) error {
	if c.Way != ByValues {
		return fmt.Errorf("auth: nothing is entered for %s", c.Service)
	}
	data := make(map[string]any, len(c.Fields))
	wrong := make(map[string]string)
	for name := range values {
		wrong[name] = "there is no such field" // unless it is found below
	}
	for _, field := range c.Fields {
		delete(wrong, field.Name)
		value := values[field.Name]
		if problem := field.problem(value); problem != "" {
			wrong[field.Name] = problem
		}
		data[field.Name] = value
	}
	if len(wrong) > 0 {
		return &InputError{wrong}
	}
	err := tenant.StoreCredentials(c.kind, c.Service, &db.ServiceCredentials{Type: typeOf[c.kind], Data: data})
	if err != nil {
		return unusable(err)
	}
	return nil
}

// problem says why a value cannot be sent, "" when it can.
func (f Field) problem(value string) string {
	switch {
	case value == "" && f.Optional:
		return ""
	case value == "":
		return "a value is needed"
	case len(value) > maxValue:
		return fmt.Sprintf("the value is longer than %d bytes", maxValue)
	case !utf8.ValidString(value):
		return "the value is no text"
	case config.HasControl(value):
		return "the value has a line break or another control character, which cannot be sent"
	case strings.TrimSpace(value) != value:
		return "the value begins or ends with a space"
	case f.sent == inCookie && cookieOf("any", value).Valid() != nil:
		return "the value has a character that a cookie cannot carry"
	case f.sent == asUserName && strings.Contains(value, ":"):
		return "the value has a colon, which cannot be sent in a user name"
	}
	return ""
}

// sent is how a value is sent, where that has rules of its own.
type sent int

const (
	inCookie   sent = iota + 1 // RFC 6265 §4.1.1
	asUserName                 // RFC 7617 §2
)

// cookieOf is a value as a cookie.
func cookieOf(name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Quoted: strings.ContainsAny(value, " ,")}
}

// InputError says what is wrong with values that were entered, by field name.
// Its texts are safe for clients, and hold nothing of the values.
type InputError struct {
	Fields map[string]string
}

// Error names no value.
func (e *InputError) Error() string { return "the values cannot be used" }

// Disconnect deletes the tenant's connection or values, and ends a sign-in that is
// under way. Where the provider offers it (RFC 7009), the tokens are then revoked
// there: revoked tells whether the provider says so. db.ErrNotFound: there is
// nothing.
func (c *Connector) Disconnect(ctx context.Context, tenant *db.Tenant) (revoked bool, err error) {
	if c.oauth != nil {
		return c.oauth.disconnect(ctx, tenant)
	}
	return false, tenant.DeleteCredentials(c.kind, c.Service)
}
