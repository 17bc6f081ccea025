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
	tokens, recovery := []db.APITokenMetadata{}, ""
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
	case p.json && recovery != "":
		return p.printJSON(map[string]any{"tokens": wholeSeconds(tokens), "recovery_public_key": recovery})
	case p.json:
		return p.printJSON(map[string]any{"tokens": wholeSeconds(tokens)})
	case len(tokens) == 0:
		return p.print("No API tokens found.\n")
	}
	return p.print(p.paintTable(table(tokens, shortHash)) +
		fmt.Sprintf("\nTotal tokens: %d\nUse 'mcpfusion-token delete <PREFIX>' to remove tokens.\n", len(tokens)) + recoveryLine(recovery))
}

// recoveryLine says that the operator's key opens all secrets too, if so.
func recoveryLine(key string) string {
	if key == "" {
		return ""
	}
	return "Recovery is on: the secrets of all tenants that have appeared since open with the recovery key as well.\n"
}

// paintTable colours the headings, and the prefixes that begin each line.
func (p *program) paintTable(table string) string {
	const prefix = 8
	head, rows, _ := strings.Cut(table, "\n")
	painted := p.paint(head, color.Bold) + "\n"
	for row := range strings.Lines(rows) {
		painted += p.paint(row[:prefix], color.FgCyan) + row[prefix:]
	}
	return painted
}
