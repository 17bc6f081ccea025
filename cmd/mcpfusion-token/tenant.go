package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
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
	case p.args[0] != "list" && !slices.Contains(kinds(), p.kind):
		return usageError(fmt.Sprintf("credential %s needs --kind, one of %s", p.args[0], strings.Join(kinds(), ", ")))
	}
	tenant, err := p.findTenant(ctx, p.tenant)
	if err != nil {
		return err
	}
	return action(ctx, tenant)
}

func kinds() []string {
	var names []string
	for _, kind := range db.CredentialKinds {
		names = append(names, string(kind))
	}
	return append(names, db.KindOAuthTokens)
}

// findTenant returns the tenant of the one token that ref means.
func (p *program) findTenant(ctx context.Context, ref string) (string, error) {
	token, err := p.findOne(ctx, ref)
	return token.Tenant, err
}

func (p *program) setCredential(ctx context.Context, tenant string) error {
	store, err := p.readCredential(ctx, tenant)
	if err != nil {
		return err
	}
	return p.done(p.manage(ctx, store, db.WithExisting()), "Credential stored", tenant)
}

// readCredential returns what stores the values that are given.
func (p *program) readCredential(ctx context.Context, tenant string) (func(admin.Manager) error, error) {
	if p.kind == db.KindOAuthTokens {
		token, err := p.readOAuthToken(ctx)
		return func(m admin.Manager) error { return m.StoreOAuthToken(tenant, p.service, token) }, err
	}
	kind := db.CredentialKind(p.kind)
	data, err := p.readValues(ctx, kind)
	return func(m admin.Manager) error {
		return m.StoreCredentials(tenant, kind, p.service, &db.ServiceCredentials{Type: kindOf[kind].name, Data: data})
	}, err
}

func (p *program) deleteCredential(ctx context.Context, tenant string) error {
	err := p.manage(ctx, func(m admin.Manager) error {
		if p.kind == db.KindOAuthTokens {
			return m.DeleteOAuthToken(tenant, p.service)
		}
		return m.DeleteCredentials(tenant, db.CredentialKind(p.kind), p.service)
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

func (p *program) listCredentials(ctx context.Context, tenant string) error {
	var list []db.Connection
	err := p.manage(ctx, func(m admin.Manager) (err error) {
		list, err = m.Connections(tenant)
		return err
	}, db.WithExisting())
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]any{"tenant": tenant, "credentials": wholeConnections(list)})
	}
	if len(list) == 0 {
		return p.print("No credentials found.\n")
	}
	return p.print(credentialTable(list))
}

func credentialTable(list []db.Connection) string {
	lines := []string{"SERVICE\tKIND\tCREATED\tUPDATED"}
	for _, c := range list {
		if c.Damaged {
			lines = append(lines, c.Service+"\t"+c.Kind+"\tdamaged: store it anew, or delete it")
			continue
		}
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s", c.Service, c.Kind, localTime(&c.CreatedAt), localTime(&c.UpdatedAt)))
	}
	return aligned(lines...)
}
