package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/PivotLLM/MCPFusion/db"
)

// migrate takes over what an older MCPFusion left. The database is made when
// it is missing, but not before the older one was found.
func (p *program) migrate(ctx context.Context) error {
	old, err := p.openOld()
	if err != nil {
		return err
	}
	report, err := p.takeOver(ctx, old)
	if err = errors.Join(err, old.Close()); err != nil {
		return err
	}
	if p.json {
		err = p.printJSON(report)
	} else {
		err = p.print(migrateSummary(report))
	}
	if err == nil && report.Failed > 0 {
		err = exitError{code: exitFailed, message: fmt.Sprintf("%d of %d could not be taken over; the report says why", report.Failed, report.Found)}
	}
	return err
}

func (p *program) openOld() (*db.Old, error) {
	dir, err := p.env.DataDir(p.dataDir)
	if err != nil {
		return nil, err
	}
	old, err := db.OpenOld(p.env.ExpandPath(p.args[0]), db.WithLogger(p.logger), db.WithDataDir(dir), db.WithLockTimeout(patience))
	if errors.Is(err, db.ErrInUse) {
		return nil, fmt.Errorf("%w: the older MCPFusion still runs; stop it first", err)
	}
	return old, err
}

// takeOver prints each item as soon as it is decided, or keeps it for JSON.
func (p *program) takeOver(ctx context.Context, old *db.Old) (report db.MigrateReport, err error) {
	opts := db.MigrateOptions{}
	if p.tenant != "" {
		if !old.IsDirectory() {
			return report, usageError("The flag --tenant is for a directory: the tenants of a database are its own")
		}
		if opts.Tenant, err = p.findTenant(ctx, p.tenant); err != nil {
			return report, err
		}
	}
	items, count := []db.MigrateItem{}, 0
	var failed error // to print
	opts.Each = func(item db.MigrateItem) {
		if p.json {
			items = append(items, item)
		} else if failed == nil {
			failed = p.print(migrateLine(item))
		}
		count++
		p.countItems(count)
	}
	err = p.withFile(func(options ...db.Option) error {
		d, err := db.New(options...)
		if err != nil {
			return err
		}
		report, err = d.Migrate(ctx, old, opts)
		return errors.Join(err, d.Close())
	})
	p.countItems(0)
	report.Items = items
	if errors.Is(err, context.Canceled) {
		err = exitError{code: exitCancelled, message: "Cancelled. What was taken over stays; run it again to go on."}
	}
	return report, errors.Join(err, failed)
}

// itemsStep is how many items are worth telling.
const itemsStep = 1000

// countItems tells somebody who waits at the terminal how far it is; 0 means
// that it is over.
func (p *program) countItems(count int) {
	if !isTerminal(p.stderr) || isTerminal(p.stdout) && !p.json {
		return // nobody there, or somebody who sees each line
	}
	switch {
	case count == 0:
		_, _ = fmt.Fprint(p.stderr, "\r\x1b[K")
	case count%itemsStep == 0:
		_, _ = fmt.Fprintf(p.stderr, "\r%d found...", count)
	}
}

func migrateLine(item db.MigrateItem) string {
	line := fmt.Sprintf("%-8s  %s", item.Outcome, item.Place)
	if item.Reason != "" {
		line += ": " + item.Reason
	}
	return line + "\n"
}

// migrateSummary is what follows the items.
func migrateSummary(report db.MigrateReport) string {
	if report.Found == 0 {
		return "Nothing to take over was found in " + report.Source + ".\n"
	}
	lines := []string{"\tFOUND\tMIGRATED\tALREADY\tSKIPPED\tFAILED"}
	for _, row := range []struct {
		name   string
		counts db.MigrateCounts
	}{
		{"API tokens", report.Tokens},
		{"Connections", report.Connections},
		{"Credentials", report.Credentials},
		{"Others", report.Others},
	} {
		c := row.counts
		lines = append(lines, fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d", row.name, c.Found, c.Migrated, c.Already, c.Skipped, c.Failed))
	}
	return "\n" + aligned(lines...) + migrateAdvice(report)
}

// migrateAdvice says what is to be done now.
func migrateAdvice(report db.MigrateReport) string {
	text := "\n"
	if n := report.TemporaryKeys; n > 0 {
		text += fmt.Sprintf("New tenants whose key stands in clear in the database until their API token is next presented: %d\n", n)
	}
	if n := report.RecoveryOnly; n > 0 {
		text += fmt.Sprintf("New tenants whose key is sealed to the recovery key only, because MCP_FUSION_RECOVERY_PUBLIC_KEY is set: %d\n"+
			"Their API tokens are let in, but cannot open what was taken over. A further token of such a tenant, made with\n"+
			"the recovery key, can. To avoid this, delete these tokens here, and migrate again with\n"+
			"MCP_FUSION_RECOVERY_PUBLIC_KEY=off in the environment of this one command.\n", n)
	}
	return text + "Delete " + report.Source + " and its copies when you need nothing more of it: it holds secrets in plain text.\n"
}

// temporaryLine says how many tenants wait for their token, if any.
func temporaryLine(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Note: tenants that were taken over, whose key stands in clear until their API token is next presented: %d\n", n)
}
