package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/PivotLLM/MCPFusion/db"
)

// add makes a token. One that could not be shown is deleted again, since
// nobody will ever have it.
func (p *program) add(context.Context) error {
	return p.withDB(func(d *db.DB) error {
		token, hash, err := d.AddAPIToken(strings.Join(p.args, " "))
		if err != nil {
			return err
		}
		if err := p.showAdded(token, hash); err != nil {
			if undo := d.DeleteAPIToken(hash); undo != nil {
				return fmt.Errorf("the token could not be printed (%w), and not be deleted again (%w)", err, undo)
			}
			return fmt.Errorf("the token could not be printed, so it was deleted again: %w", err)
		}
		return nil
	})
}

func (p *program) showAdded(token, hash string) error {
	if p.json {
		return p.printJSON(struct {
			Token  string `json:"token"`
			Hash   string `json:"hash"`
			Prefix string `json:"prefix"`
		}{token, hash, token[:8]})
	}
	return p.print(p.paint("Token generated successfully!", color.FgGreen) + "\n" +
		"Hash: " + hash + "\n" +
		p.paint("IMPORTANT: Save this token securely. It cannot be retrieved later.", color.FgYellow) + "\n" +
		"Token: " + p.paint(token, color.Bold) + "\n")
}
