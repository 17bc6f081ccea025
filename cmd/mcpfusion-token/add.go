package main

import (
	"context"
	"fmt"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/fatih/color"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// add makes a token: a new tenant's, or with --join a further one of a tenant.
// One that could not be shown is deleted again, since nobody will ever have it.
func (p *program) add(ctx context.Context) error {
	keepOnBrokenPipe()
	settings, err := p.settings()
	if err != nil {
		return err
	}
	create := func(m admin.Manager) (db.Added, error) { return m.NewAPIToken(settings) }
	var opts []db.Option
	switch {
	case p.join:
		if create, err = p.joiner(ctx, settings); err != nil {
			return err
		}
		opts = append(opts, db.WithExisting())
	case p.given["recovery-key"] || p.given["tenant"]:
		return usageError("The flags --recovery-key and --tenant go with --join")
	}
	return p.manage(ctx, func(m admin.Manager) error {
		added, err := create(m)
		if err != nil {
			return err
		}
		return p.showOrUndo(m, added)
	}, opts...)
}

// settings are those of a new token, as the flags and the words say.
func (p *program) settings() (db.TokenSettings, error) {
	settings := db.TokenSettings{
		Description: strings.Join(p.args, " "),
		Scope:       db.Scope{Services: splitList(p.services), Tools: splitList(p.tools), ReadOnly: p.readOnly},
	}
	if err := checkDescription(settings.Description); err != nil {
		return settings, err
	}
	if p.given["expires"] {
		at, err := parseExpires(p.expires, time.Now())
		if err != nil {
			return settings, err
		}
		if !at.IsZero() {
			settings.ExpiresAt = &at
		}
	}
	return settings, p.checkLists()
}

// looksSecret is what an API token looks like.
var looksSecret = regexp.MustCompile(`(?i)\b[0-9a-f]{64}\b`)

// checkDescription refuses an API token that somebody gave as an argument: a
// description is kept and shown as it is.
func checkDescription(text string) error {
	if looksSecret.MatchString(text) {
		return usageError("The description holds what looks like an API token; those are asked for, or taken from " + tokenVariable)
	}
	return nil
}

// checkLists refuses a limit that is empty: for a new token it would be none.
func (p *program) checkLists() error {
	for name, list := range map[string]string{"services": p.services, "tools": p.tools} {
		if p.given[name] && len(splitList(list)) == 0 {
			return usageError(fmt.Sprintf("The flag --%s names nothing; leave it out for a token without that limit", name))
		}
	}
	return nil
}

func splitList(text string) []string {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// joiner returns what makes a further token of the tenant that is proven.
func (p *program) joiner(ctx context.Context, settings db.TokenSettings) (func(admin.Manager) (db.Added, error), error) {
	prove, err := p.prover(ctx)
	if err != nil {
		return nil, err
	}
	tenant := ""
	if p.given["recovery-key"] {
		if !p.given["tenant"] {
			return nil, usageError("With --recovery-key, --tenant says for which tenant the token is")
		}
		if tenant, err = p.findTenant(ctx, p.tenant); err != nil {
			return nil, err
		}
	}
	return func(m admin.Manager) (db.Added, error) {
		proof, err := prove(m, tenant)
		if err != nil {
			return db.Added{}, err
		}
		return m.JoinAPIToken(proof, settings)
	}, nil
}

// keepOnBrokenPipe makes a write to a pipe that nobody reads fail, where it would
// end the process: a token that nobody has seen is to be taken back.
func keepOnBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }

func (p *program) showOrUndo(m admin.Manager, added db.Added) error {
	text, err := p.addedText(added)
	if err == nil {
		err = p.print(text)
	}
	if err == nil {
		return nil
	}
	if undo := m.DeleteAPIToken(added.Hash); undo != nil {
		return fmt.Errorf("the token could not be printed (%w), and not be deleted again (%w)", err, undo)
	}
	return fmt.Errorf("the token could not be printed, so it was deleted again: %w", err)
}

// addedText is what is printed of a new token.
func (p *program) addedText(added db.Added) (string, error) {
	token := added.Token.Reveal()
	if p.json {
		text, err := encodeJSON(struct {
			Token  string `json:"token"`
			Hash   string `json:"hash"`
			Prefix string `json:"prefix"`
			Tenant string `json:"tenant"`
		}{token, added.Hash, token[:8], added.Tenant})
		return string(text), err
	}
	return p.paint("Token generated successfully!", color.FgGreen) + "\n" +
		"Hash: " + added.Hash + "\n" +
		p.paint("IMPORTANT: Save this token securely. It cannot be retrieved later.", color.FgYellow) + "\n" +
		"Token: " + p.paint(token, color.Bold) + "\n", nil
}
