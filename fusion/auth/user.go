package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// newUser sends values that each tenant enters for itself. There is nothing to
// share.
func newUser(s Service, from *config.UserCredentials) (Strategy, *Connector, error) {
	var fields []Field
	for i, f := range from.Fields {
		field := Field{Name: f.Name, Label: f.Label, Description: f.Description}
		switch {
		case from.AuthMethod == "basic_auth" && i == 0:
			field.sent = asUserName
		case f.Location == "cookie":
			field.sent = inCookie
		}
		fields = append(fields, field)
	}
	strategy, connector, err := ownFirst(s, db.UserCredentials, fields, &static{problem: notEntered(from)},
		func(v values) Strategy { return userValues(from, v) })
	connector.Instructions = from.Instructions
	return strategy, connector, err
}

// notEntered says what is missing.
func notEntered(from *config.UserCredentials) error {
	var labels []string
	for _, field := range from.Fields {
		labels = append(labels, fmt.Sprintf("%s: %s", field.Name, field.Label))
	}
	text := fmt.Sprintf("this service needs values of your own (%s), which are not stored yet", strings.Join(labels, ", "))
	if from.Instructions != "" {
		text += "\n" + from.Instructions
	}
	return &CredentialError{Detail: text}
}

func userValues(from *config.UserCredentials, v values) Strategy {
	if from.AuthMethod == "basic_auth" {
		return newBasic(&config.Basic{
			Username: v.secret(from.Fields[0].Name).Reveal(),
			Password: v.secret(from.Fields[1].Name),
		})
	}
	fields := make(userFields, len(from.Fields))
	for i, field := range from.Fields {
		fields[i] = userField{field, v.secret(field.Name)}
	}
	return fields
}

type userField struct {
	config.CredentialField
	value global.Secret
}

// userFields sends each value at its own place.
type userFields []userField

// Apply implements Strategy.
func (fields userFields) Apply(_ context.Context, r *http.Request) (Sent, error) {
	var secrets []global.Secret
	for _, f := range fields {
		if err := f.problem(); err != nil {
			return Sent{}, err
		}
		secrets = append(secrets, f.value)
	}
	for _, f := range fields {
		f.put(r)
	}
	return Sent{Secrets: secrets}, nil
}

// problem says why the value cannot be sent, or returns nil.
func (f userField) problem() error {
	if err := problem(f.Label, f.value.Reveal()); err != nil {
		return err
	}
	if f.Location == "cookie" && f.cookie().Valid() != nil {
		return &CredentialError{Detail: "the value of " + f.Label + " has a character that a cookie cannot carry"}
	}
	return nil
}

func (f userField) cookie() *http.Cookie { return cookieOf(f.ParamName, f.value.Reveal()) }

func (f userField) put(r *http.Request) {
	value := f.value.Reveal()
	switch f.Location {
	case "header":
		r.Header.Set(f.ParamName, value)
	case "cookie":
		r.AddCookie(f.cookie())
	default:
		addQuery(r, url.QueryEscape(f.ParamName)+"="+url.QueryEscape(value))
	}
}
