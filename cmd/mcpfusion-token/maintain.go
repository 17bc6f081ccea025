package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// compact writes the database anew.
func (p *program) compact(ctx context.Context) error {
	var before, after int64
	err := p.withFile(func(opts ...db.Option) (err error) {
		before, after, err = db.Compact(opts...)
		return err
	})
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]int64{"before": before, "after": after})
	}
	return p.print(fmt.Sprintf("Database compacted: %d bytes, before %d\n", after, before))
}

// verify prints what is wrong with the database, a line each.
func (p *program) verify(ctx context.Context) error {
	var problems []string
	var stats db.Stats
	err := p.manage(ctx, func(m admin.Manager) (err error) {
		if problems, err = m.Verify(); err == nil && len(problems) == 0 {
			stats, err = m.Stats()
		}
		return err
	}, db.WithExisting())
	if err != nil {
		return err
	}
	if p.json {
		result := map[string]any{"problems": append([]string{}, problems...)}
		if stats.TemporaryKeys > 0 {
			result["temporary_keys"] = stats.TemporaryKeys
		}
		err = p.printJSON(result)
	} else if len(problems) > 0 {
		err = p.print(strings.Join(problems, "\n") + "\n")
	} else {
		err = p.print("No problems found.\n" + temporaryLine(stats.TemporaryKeys))
	}
	if err != nil || len(problems) == 0 {
		return err
	}
	return exitError{code: exitFailed, message: fmt.Sprintf("%d problems found; restore a backup, or ask for help with the list", len(problems))}
}

// recoveryKey runs "recovery-key new FILE": it writes the private key to a new
// file, and prints the public one.
func (p *program) recoveryKey(ctx context.Context) error {
	if p.args[0] != "new" {
		return usageError("Unknown command: recovery-key " + p.args[0])
	}
	public, private, err := db.NewRecoveryKey()
	if err != nil {
		return err
	}
	if err := writeNew(p.env.ExpandPath(p.args[1]), private+"\n"); err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]string{"public_key": public, "file": p.args[1]})
	}
	return p.print("Recovery public key: " + public + "\n" +
		"Set MCP_FUSION_RECOVERY_PUBLIC_KEY to it when the server starts.\n" +
		"Keep " + p.args[1] + " on another machine: whoever has it can read all tenants' secrets.\n")
}

// writeNew writes a private file that must not exist yet. One that was not
// written whole is removed.
func writeNew(path, content string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
