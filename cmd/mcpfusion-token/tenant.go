package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/PivotLLM/MCPFusion/db"
)

// credential runs "credential set", "credential list" or "credential delete".
func (p *program) credential(ctx context.Context) error {
	actions := map[string]func(context.Context, string) error{
		"set": p.setCredential, "list": p.listCredentials, "delete": p.deleteCredential,
	}
	action, known := actions[p.args[0]]
	switch {
	case !known:
		return usageError("Unknown command: credential " + p.args[0])
	case p.tenant == "":
		return usageError("credential needs --tenant")
	case p.args[0] != "list" && p.service == "":
		return usageError("credential " + p.args[0] + " needs --service")
	case p.args[0] != "list" && !slices.Contains(db.CredentialKinds, db.CredentialKind(p.kind)):
		return usageError(fmt.Sprintf("credential %s needs --kind, one of %s", p.args[0], kinds()))
	}
	tenant, err := p.findTenant(p.tenant)
	if err != nil {
		return err
	}
	return action(ctx, tenant)
}

func kinds() string {
	var names []string
	for _, kind := range db.CredentialKinds {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// findTenant returns the tenant of the one token that ref means.
func (p *program) findTenant(ref string) (string, error) {
	token, err := p.findOne(ref)
	return token.Tenant, err
}

// credentialTypes are the types of the records, by kind.
var credentialTypes = map[db.CredentialKind]string{
	db.APIKeys: "api_key", db.BearerTokens: "bearer", db.BasicAuth: "basic", db.UserCredentials: "user_credentials",
}

func (p *program) setCredential(ctx context.Context, tenant string) error {
	kind := db.CredentialKind(p.kind)
	data, err := p.readValues(ctx, kind)
	if err != nil {
		return err
	}
	err = p.withDB(func(d *db.DB) error {
		return d.StoreCredentials(tenant, kind, p.service, &db.ServiceCredentials{Type: credentialTypes[kind], Data: data})
	}, db.WithExisting())
	return p.done(err, "Credential stored", tenant)
}

func (p *program) deleteCredential(_ context.Context, tenant string) error {
	err := p.withDB(func(d *db.DB) error {
		return d.DeleteCredentials(tenant, db.CredentialKind(p.kind), p.service)
	}, db.WithExisting())
	if errors.Is(err, db.ErrNotFound) {
		return exitError{code: exitNotFound, message: fmt.Sprintf("No credential of kind %s for %s.", p.kind, p.service)}
	}
	return p.done(err, "Credential deleted", tenant)
}

// done reports what was done to a credential. It names no value.
func (p *program) done(err error, what, tenant string) error {
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]string{"tenant": tenant, "service": p.service, "kind": p.kind})
	}
	return p.print(fmt.Sprintf("%s: %s for %s of tenant %s\n", what, p.kind, p.service, tenant[:8]))
}

func (p *program) listCredentials(_ context.Context, tenant string) error {
	var list []db.Connection
	err := p.withDB(func(d *db.DB) (err error) {
		list, err = d.Connections(tenant)
		return err
	}, db.WithExisting())
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]any{"tenant": tenant, "credentials": list})
	}
	if len(list) == 0 {
		return p.print("No credentials found.\n")
	}
	return p.print(credentialTable(list))
}

func credentialTable(list []db.Connection) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERVICE\tKIND\tCREATED\tUPDATED")
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Service, c.Kind, localTime(&c.CreatedAt), localTime(&c.UpdatedAt))
	}
	_ = w.Flush() // to memory
	return b.String()
}

// bareField is the field that a value without a name means, by kind.
var bareField = map[db.CredentialKind]string{db.APIKeys: "key", db.BearerTokens: "token"}

// parseValues reads one JSON object of fields, or for some kinds a bare value.
// Its errors show nothing of the text.
func parseValues(kind db.CredentialKind, text string) (map[string]any, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		var data map[string]any
		if json.Unmarshal([]byte(text), &data) != nil {
			return nil, errors.New("standard input is no JSON object of fields and values")
		}
		return data, checkValues(kind, data)
	}
	field, mayBeBare := bareField[kind]
	switch {
	case text == "":
		return nil, errors.New("no value was given")
	case !mayBeBare:
		return nil, fmt.Errorf("values of kind %s are given as one JSON object, such as %s", kind, exampleValues(kind))
	}
	return map[string]any{field: text}, nil
}

// checkValues wants the fields that a kind has, each with a text. Those of
// user_credentials are the configuration's to name.
func checkValues(kind db.CredentialKind, data map[string]any) error {
	want := map[db.CredentialKind][]string{
		db.APIKeys: {"key"}, db.BearerTokens: {"token"}, db.BasicAuth: {"username", "password"},
	}[kind]
	for name, value := range data {
		if text, ok := value.(string); !ok || text == "" {
			return fmt.Errorf("the value of %q must be a text that is not empty", name)
		}
		if want != nil && !slices.Contains(want, name) {
			return fmt.Errorf("unknown field %q; give %s", name, exampleValues(kind))
		}
	}
	if len(data) == 0 || len(data) < len(want) {
		return fmt.Errorf("fields are missing; give %s", exampleValues(kind))
	}
	return nil
}

func exampleValues(kind db.CredentialKind) string {
	return map[db.CredentialKind]string{
		db.APIKeys:         `{"key": "..."}`,
		db.BearerTokens:    `{"token": "..."}`,
		db.BasicAuth:       `{"username": "...", "password": "..."}`,
		db.UserCredentials: `{"<field>": "..."} with the fields of the service's configuration`,
	}[kind]
}
