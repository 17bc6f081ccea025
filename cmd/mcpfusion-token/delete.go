package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
)

// delete deletes the one token that its argument means. The database is not
// held while somebody thinks about the question.
func (p *program) delete(ctx context.Context) error {
	token, err := p.findOne(ctx, p.args[0])
	if err != nil {
		return err
	}
	if !p.confirmed(ctx, token) {
		return exitError{code: exitCancelled, message: "Deletion cancelled."}
	}
	err = p.manage(ctx, func(m admin.Manager) error { return m.DeleteAPIToken(token.Hash) }, db.WithExisting())
	if errors.Is(err, db.ErrTokenNotFound) || errors.Is(err, db.ErrNoDatabase) {
		return notFound(p.args[0])
	}
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(map[string]string{"deleted": token.Hash})
	}
	return p.print(p.paint("Token deleted successfully: ", color.FgGreen) + token.Hash + "\n")
}

func (p *program) findOne(ctx context.Context, ref string) (db.APITokenMetadata, error) {
	found, err := p.find(ctx, ref)
	switch {
	case err != nil:
		return db.APITokenMetadata{}, err
	case len(found) == 0:
		return db.APITokenMetadata{}, p.unknown(ctx, ref)
	case len(found) > 1:
		return db.APITokenMetadata{}, exitError{
			code:    exitAmbiguous,
			message: fmt.Sprintf("Several tokens match %s, nothing was changed. Use the hash of one of them:", ref),
			details: table(found, wholeHash),
			matches: wholeSeconds(found),
		}
	}
	return found[0], nil
}

// unknown does not repeat an API token, which somebody took for its hash: what
// is printed may be kept in a log.
func (p *program) unknown(ctx context.Context, ref string) error {
	hash := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(ref))))
	found, err := p.find(ctx, hex.EncodeToString(hash[:]))
	if err != nil || len(found) == 0 {
		return errors.Join(err, notFound(ref))
	}
	return exitError{code: exitNotFound, message: "Token not found: this is an API token itself; give its prefix " + found[0].Prefix + " or its hash"}
}

// confirmed shows the token and asks, unless --yes has answered.
func (p *program) confirmed(ctx context.Context, token db.APITokenMetadata) bool {
	if p.yes && p.json {
		return true // nobody reads along
	}
	_, _ = fmt.Fprintf(p.stderr, "Token Details:\n  Prefix: %s\n  Hash: %s\n  Created: %s\n  Last Used: %s\n  Description: %s\n\n",
		token.Prefix, token.Hash, localTime(&token.CreatedAt), localTime(token.LastUsed), token.Description)
	if p.yes {
		return true
	}
	return p.askYes(ctx, "Are you sure you want to delete this token? (y/N): ")
}

// askYes asks a question; nobody there to answer is a no.
func (p *program) askYes(ctx context.Context, question string) bool {
	_, _ = fmt.Fprint(p.stderr, question)
	line := p.readLine(ctx)
	if !strings.HasSuffix(line, "\n") || !isTerminal(p.stdin) {
		_, _ = fmt.Fprintln(p.stderr) // which no terminal has echoed
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

// readLine returns nothing when ctx ends first. The reading goroutine then
// stays until standard input or the process ends.
func (p *program) readLine(ctx context.Context) string {
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(p.stdin).ReadString('\n')
		lines <- line
	}()
	select {
	case line := <-lines:
		return line
	case <-ctx.Done():
		return ""
	}
}
