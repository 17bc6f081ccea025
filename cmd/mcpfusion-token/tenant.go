package main

import (
	"context"
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

func (p *program) setCredential(ctx context.Context, tenant string) error {
	kind := db.CredentialKind(p.kind)
	data, err := p.readValues(ctx, kind)
	if err != nil {
		return err
	}
	err = p.withDB(func(d *db.DB) error {
		return d.StoreCredentials(tenant, kind, p.service, &db.ServiceCredentials{Type: kindOf[kind].name, Data: data})
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
		if c.Damaged {
			fmt.Fprintf(w, "%s\t%s\tdamaged: store it anew, or delete it\n", c.Service, c.Kind)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.Service, c.Kind, localTime(&c.CreatedAt), localTime(&c.UpdatedAt))
	}
	_ = w.Flush() // to memory
	return b.String()
}
