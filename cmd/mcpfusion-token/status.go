package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// status prints what each tenant is connected to, and how that stands.
func (p *program) status(ctx context.Context) error {
	tenant := ""
	if p.given["tenant"] {
		var err error
		if tenant, err = p.findTenant(ctx, p.tenant); err != nil {
			return err
		}
	}
	var list []db.TenantStatus
	err := p.manage(ctx, func(m admin.Manager) (err error) {
		list, err = m.Status()
		return err
	}, db.WithExisting())
	if err != nil {
		return err
	}
	if tenant != "" {
		list = slices.DeleteFunc(list, func(s db.TenantStatus) bool { return s.Tenant != tenant })
	}
	if p.json {
		for i := range list {
			list[i].Connections = wholeConnections(list[i].Connections)
		}
		return p.printJSON(map[string]any{"tenants": list})
	}
	if len(list) == 0 {
		return p.print("No connections or credentials.\n")
	}
	return p.print(statusTable(list))
}

func statusTable(list []db.TenantStatus) string {
	lines := []string{"TENANT\tTOKENS\tSERVICE\tKIND\tSTATE\tEXPIRES\tLAST REFRESH\tLAST ERROR"}
	var notes strings.Builder
	for _, s := range list {
		who := s.Tenant[:8] + "\t" + strings.Join(s.Tokens, ",")
		for _, c := range s.Connections {
			lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", who, c.Service, c.Kind, connectionState(c),
				dash(c.ExpiresAt), dash(c.LastRefresh), c.LastError))
		}
		if note := statusNote(s); note != "" {
			notes.WriteString("Tenant " + s.Tenant[:8] + ": " + note + "\n")
		}
	}
	if len(lines) == 1 {
		return notes.String()
	}
	return aligned(lines...) + notes.String()
}

func statusNote(s db.TenantStatus) string {
	switch {
	case s.TemporaryKey:
		return "taken over, its key stands in clear until its token is used."
	case s.RecoveryOnly:
		return "taken over with recovery on; only a token that is made with the recovery key opens what is stored."
	case s.RekeyPending:
		return "a token has ended; what is stored is sealed anew when another one is used."
	}
	return ""
}

// stats prints figures about the database and what was called.
func (p *program) stats(ctx context.Context) error {
	var stats db.Stats
	err := p.manage(ctx, func(m admin.Manager) (err error) {
		stats, err = m.Stats()
		return err
	}, db.WithExisting())
	if err != nil {
		return err
	}
	if p.json {
		for i := range stats.Usage {
			stats.Usage[i].LastCall = whole(stats.Usage[i].LastCall)
		}
		return p.printJSON(stats)
	}
	return p.print(aligned(
		fmt.Sprintf("Tokens:\t%d", stats.Tokens),
		fmt.Sprintf("Tenants:\t%d", stats.Tenants),
		fmt.Sprintf("Connections:\t%d", stats.Connections),
		fmt.Sprintf("Credentials:\t%d", stats.Credentials),
		fmt.Sprintf("Keys in clear:\t%d (of tenants that were taken over)", stats.TemporaryKeys),
		fmt.Sprintf("File:\t%d bytes, %d of them free", stats.FileBytes, stats.FreeBytes),
	) + usageTable(stats.Usage))
}

func usageTable(list []db.TenantUsage) string {
	if len(list) == 0 {
		return "\nNothing was called yet.\n"
	}
	lines := []string{"TENANT\tCALLS\tERRORS\tLAST CALL"}
	for _, u := range list {
		lines = append(lines, fmt.Sprintf("%s\t%d\t%d\t%s", u.Tenant[:8], u.Calls, u.Errors, localTime(&u.LastCall)))
	}
	return "\n" + aligned(lines...)
}
