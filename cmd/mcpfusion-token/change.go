package main

import (
	"context"
	"errors"
	"time"

	"github.com/fatih/color"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// set changes a token's description, expiry and scope.
func (p *program) set(ctx context.Context) error {
	var change db.TokenChange
	if p.given["description"] {
		if err := checkDescription(p.description); err != nil {
			return err
		}
		change.Description = &p.description
	}
	if p.given["expires"] {
		at, err := parseExpires(p.expires, time.Now())
		if err != nil {
			return err
		}
		change.ExpiresAt = &at
	}
	if p.given["services"] {
		change.Services = new(splitList(p.services))
	}
	if p.given["tools"] {
		change.Tools = new(splitList(p.tools))
	}
	if p.given["read-only"] {
		change.ReadOnly = &p.readOnly
	}
	if change == (db.TokenChange{}) {
		return usageError("set changes nothing: give --description, --expires, --services, --tools or --read-only")
	}
	return p.change(ctx, change, "changed")
}

func (p *program) enable(ctx context.Context) error {
	return p.change(ctx, db.TokenChange{Disabled: new(false)}, "enabled")
}

func (p *program) disable(ctx context.Context) error {
	return p.change(ctx, db.TokenChange{Disabled: new(true)}, "disabled")
}

// change changes the one token that the argument means.
func (p *program) change(ctx context.Context, change db.TokenChange, done string) error {
	token, err := p.findOne(ctx, p.args[0])
	if err != nil {
		return err
	}
	err = p.manage(ctx, func(m admin.Manager) error { return m.ChangeAPIToken(token.Hash, change) }, db.WithExisting())
	if errors.Is(err, db.ErrTokenNotFound) || errors.Is(err, db.ErrNoDatabase) {
		return notFound(p.args[0])
	}
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]string{done: token.Hash})
	}
	return p.print(p.paint("Token "+done+" successfully: ", color.FgGreen) + token.Hash + "\n")
}
