package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// show prints all that is known of one token and its tenant, and no secret.
func (p *program) show(ctx context.Context) error {
	token, err := p.findOne(ctx, p.args[0])
	if err != nil {
		return err
	}
	var siblings []db.APITokenMetadata
	var connections []db.Connection
	err = p.manage(ctx, func(m admin.Manager) (err error) {
		if siblings, err = m.TenantTokens(token.Tenant); err == nil {
			connections, err = m.Connections(token.Tenant)
		}
		return err
	}, db.WithExisting())
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]any{
			"token": wholeSeconds([]db.APITokenMetadata{token})[0], "tenant_tokens": wholeSeconds(siblings),
			"connections": wholeConnections(connections),
		})
	}
	return p.print(details(token, siblings, time.Now()) + connectionLines(connections))
}

func details(token db.APITokenMetadata, siblings []db.APITokenMetadata, now time.Time) string {
	text := aligned(
		"Prefix:\t"+token.Prefix,
		"Hash:\t"+token.Hash,
		"Tenant:\t"+token.Tenant,
		"Description:\t"+token.Description,
		"State:\t"+state(token, now),
		"Created:\t"+localTime(&token.CreatedAt),
		"Last used:\t"+localTime(token.LastUsed),
		"Expires:\t"+expiry(token.ExpiresAt),
		"Scope:\t"+scopeText(token.Scope),
		"Tenant's tokens:\t"+prefixes(siblings),
	)
	if token.RekeyPending {
		text += "\nWhat this tenant stores is sealed anew when its token is next used. Until then it also opens with a token\n" +
			"that has ended and an old copy of the database, or, for a tenant that was taken over, with the file alone.\n"
	}
	return text
}

// aligned lays out lines of columns that are separated by tabs.
func aligned(lines ...string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
	_ = w.Flush() // to memory
	return trimLines(b.String())
}

// trimLines takes away the spaces of an empty last column.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// stateActive is the state of a token that is let in.
const stateActive = "active"

func state(token db.APITokenMetadata, now time.Time) string {
	switch {
	case token.Disabled:
		return "disabled"
	case token.ExpiresAt != nil && !now.Before(*token.ExpiresAt):
		return "expired"
	case token.Ending:
		return "ending"
	default:
		return stateActive
	}
}

func expiry(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return localTime(at)
}

func scopeText(scope db.Scope) string {
	var parts []string
	if len(scope.Services) > 0 {
		parts = append(parts, "services "+strings.Join(scope.Services, ", "))
	}
	if len(scope.Tools) > 0 {
		parts = append(parts, "tools "+strings.Join(scope.Tools, ", "))
	}
	if scope.ReadOnly {
		parts = append(parts, "read-only")
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, "; ")
}

func prefixes(tokens []db.APITokenMetadata) string {
	var list []string
	for _, token := range tokens {
		list = append(list, token.Prefix)
	}
	return strings.Join(list, ", ")
}

func connectionLines(list []db.Connection) string {
	if len(list) == 0 {
		return "\nNo connections or credentials.\n"
	}
	lines := []string{"SERVICE\tKIND\tSTATE\tEXPIRES\tUPDATED\tPROVIDER SCOPES"}
	for _, c := range list {
		lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", c.Service, c.Kind, connectionState(c), dash(c.ExpiresAt),
			localTime(&c.UpdatedAt), strings.Join(c.Scope, " ")))
	}
	return "\n" + aligned(lines...)
}

// connectionState is the state in a word or two.
func connectionState(c db.Connection) string {
	switch {
	case c.Damaged:
		return "damaged"
	case c.NeedsSignIn:
		return "needs sign-in"
	case c.Kind == db.KindOAuthTokens:
		return "connected"
	default:
		return "stored"
	}
}

func dash(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return localTime(at)
}
