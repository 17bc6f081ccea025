package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// list prints all tokens. A database that is not there has none, and is not
// created.
func (p *program) list(ctx context.Context) error {
	tokens, recovery := []db.APITokenMetadata{}, db.Recovery{}
	err := p.manage(ctx, func(m admin.Manager) (err error) {
		if recovery, err = m.Recovery(); err == nil {
			tokens, err = m.ListAPITokens()
		}
		return err
	}, db.WithExisting())
	if err != nil && !errors.Is(err, db.ErrNoDatabase) {
		return err
	}
	switch {
	case p.json && recovery.PublicKey != "":
		return p.printJSON(map[string]any{
			"tokens": wholeSeconds(tokens), "recovery_public_key": recovery.PublicKey, "recovery_on": recovery.IsOn,
		})
	case p.json:
		return p.printJSON(map[string]any{"tokens": wholeSeconds(tokens)})
	case len(tokens) == 0:
		return p.print("No API tokens found.\n")
	}
	return p.print(p.paintTable(table(tokens, shortHash)) +
		fmt.Sprintf("\nTotal tokens: %d\nUse 'mcpfusion-token delete <PREFIX>' to remove tokens.\n", len(tokens)) + recoveryLine(recovery))
}

// recoveryLine says that the operator's key opens all secrets too, if so.
func recoveryLine(recovery db.Recovery) string {
	switch {
	case recovery.PublicKey == "":
		return ""
	case !recovery.IsOn:
		return "Recovery was on: MCP_FUSION_RECOVERY_PUBLIC_KEY is not set now, so new tenants are not sealed to the recovery key.\n"
	}
	return "Recovery is on: the secrets of all tenants that have appeared since open with the recovery key as well.\n"
}

// paintTable colours the headings, and the prefixes that begin each line.
func (p *program) paintTable(table string) string {
	const prefix = 8
	head, rows, _ := strings.Cut(table, "\n")
	var painted strings.Builder
	painted.WriteString(p.paint(head, color.Bold) + "\n")
	for row := range strings.Lines(rows) {
		painted.WriteString(p.paint(row[:prefix], color.FgCyan) + row[prefix:])
	}
	return painted.String()
}
