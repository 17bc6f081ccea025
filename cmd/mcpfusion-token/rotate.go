package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// rotate puts a new token in the place of one, with its description and scope:
// of the token that is asked for, or of another one of the same tenant.
func (p *program) rotate(ctx context.Context) error {
	keepOnBrokenPipe()
	if p.given["recovery-key"] && len(p.args) == 0 {
		return usageError("With --recovery-key, rotate needs the token that is replaced: its prefix or hash")
	}
	grace, err := p.graceSpan()
	if err != nil {
		return err
	}
	prove, err := p.prover(ctx)
	if err != nil {
		return err
	}
	old, err := p.rotated(ctx, prove)
	if err != nil {
		return err
	}
	settings, err := p.successor(old)
	if err != nil {
		return err
	}
	return p.manage(ctx, func(m admin.Manager) error {
		proof, err := prove(m, old.Tenant)
		if err != nil {
			return err
		}
		added, err := m.JoinAPIToken(proof, settings)
		if err != nil {
			return err
		}
		return p.replace(m, old, added, grace)
	}, db.WithExisting())
}

func undone(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(", but a token that nobody has was left behind: %v", err)
}

func (p *program) graceSpan() (time.Duration, error) {
	if !p.given["grace"] {
		return 0, nil
	}
	return parseSpan("grace", p.grace)
}

// rotated returns the token that is to be replaced.
func (p *program) rotated(ctx context.Context, prove prover) (db.APITokenMetadata, error) {
	if p.given["recovery-key"] {
		return p.findOne(ctx, p.args[0])
	}
	presented, err := p.presented(ctx, prove)
	if err != nil || len(p.args) == 0 {
		return presented, err
	}
	old, err := p.findOne(ctx, p.args[0])
	if err == nil && old.Tenant != presented.Tenant {
		err = fmt.Errorf("token %s is not one of the tenant whose API token was given; nothing was replaced", old.Prefix)
	}
	return old, err
}

// presented returns the token that was asked for.
func (p *program) presented(ctx context.Context, prove prover) (db.APITokenMetadata, error) {
	proof, err := prove(nil, "")
	if err != nil {
		return db.APITokenMetadata{}, err
	}
	hash := sha256.Sum256([]byte(proof.Token.Reveal()))
	found, err := p.find(ctx, hex.EncodeToString(hash[:]))
	if err == nil && len(found) == 0 {
		err = db.ErrInvalidToken
	}
	if err != nil {
		return db.APITokenMetadata{}, err
	}
	return found[0], nil
}

// successor are the settings of a token that takes another's place. An expiry
// stays what it is, unless another was given: a token that was to end must not
// become one that never does.
func (p *program) successor(old db.APITokenMetadata) (db.TokenSettings, error) {
	settings := db.TokenSettings{Description: old.Description, ExpiresAt: old.ExpiresAt, Scope: old.Scope}
	if problem := p.notReplaced(old); problem != "" {
		return settings, usageError(problem)
	}
	if !p.given["expires"] {
		return settings, nil
	}
	at, err := parseExpires(p.expires, time.Now())
	settings.ExpiresAt = &at
	if at.IsZero() {
		settings.ExpiresAt = nil
	}
	return settings, err
}

// notReplaced says why there cannot be a successor, or returns "".
func (p *program) notReplaced(old db.APITokenMetadata) string {
	expired := old.ExpiresAt != nil && !time.Now().Before(*old.ExpiresAt)
	switch {
	case old.Disabled:
		return "The token is disabled; first: mcpfusion-token enable " + old.Prefix
	case old.Ending && !p.given["expires"]:
		return "Another token took this one's place already; use that, or say with --expires when a further one expires"
	case expired && len(p.args) == 0:
		return "The token has expired; first: mcpfusion-token set " + old.Prefix + " --expires WHEN"
	case expired && !p.given["expires"]:
		return "The token has expired; say with --expires when the new one does"
	}
	return ""
}

// replace prints the new token, ends the old one, and then ends the line: so no
// token is lost when standard output does not work, and who reads the line knows
// that the old token has ended.
func (p *program) replace(m admin.Manager, old db.APITokenMetadata, added db.Added, grace time.Duration) error {
	text, err := p.addedText(added)
	if err == nil {
		err = p.print(strings.TrimSuffix(text, "\n"))
	}
	if err != nil {
		return fmt.Errorf("nothing was replaced, since the new token could not be printed%s: %w", undone(m.DeleteAPIToken(added.Hash)), err)
	}
	ended := m.EndAPIToken(db.Proof{Token: added.Token}, old.Hash, grace)
	_ = p.print("\n") // all else of it was printed
	if ended != nil {
		return fmt.Errorf("the new token works, but the old one may still work too: delete %s: %w", old.Prefix, ended)
	}
	return nil
}
