package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/PivotLLM/MCPFusion/db"
)

// maxInput bounds what is read of standard input, in bytes.
const maxInput = 1 << 20

// readValues takes a credential's values from the terminal, without echo, or
// else from standard input. They are never arguments: those stand in the list
// of processes and in the shell's history.
func (p *program) readValues(ctx context.Context, kind db.CredentialKind) (map[string]any, error) {
	if isTerminal(p.stdin) {
		return p.askValues(ctx, kind)
	}
	text, err := p.readInput()
	if err != nil {
		return nil, err
	}
	return parseValues(kind, text)
}

// readInput reads the whole of standard input.
func (p *program) readInput() (string, error) {
	text, err := io.ReadAll(io.LimitReader(p.stdin, maxInput+1))
	if err == nil && len(text) > maxInput {
		err = fmt.Errorf("standard input is over the limit of %d bytes", maxInput)
	}
	return string(text), err
}

// askValues asks for each field of the kind, or for the names of fields as well
// where only the person knows them.
func (p *program) askValues(ctx context.Context, kind db.CredentialKind) (map[string]any, error) {
	data := map[string]any{}
	for _, field := range kindOf[kind].fields {
		value, err := p.askSecret(ctx, field)
		if err != nil {
			return nil, err
		}
		data[field] = strings.TrimSpace(value)
	}
	for kind == db.UserCredentials {
		_, _ = fmt.Fprint(p.stderr, "Name of a field (empty to end): ")
		field := strings.TrimSpace(p.readLine(ctx))
		if ctx.Err() != nil {
			return nil, exitError{code: exitCancelled, message: "Cancelled."}
		}
		if field == "" {
			break
		}
		value, err := p.askSecret(ctx, field)
		if err != nil {
			return nil, err
		}
		data[field] = strings.TrimSpace(value)
	}
	return data, checkValues(kind, data)
}

// terminalLine is the longest line that a terminal passes on (Linux, and more
// than others), in bytes; it drops the rest without a word.
const terminalLine = 4095

// askSecret asks on the terminal, which shows nothing of the answer. A signal
// leaves the terminal as it was.
func (p *program) askSecret(ctx context.Context, what string) (string, error) {
	file, ok := p.stdin.(*os.File)
	if !ok {
		return "", errors.New("standard input is no terminal")
	}
	terminal := int(file.Fd())
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprintf(p.stderr, "Value of %s (not shown): ", what)
	answers := make(chan []byte, 1)
	go func() {
		answer, _ := term.ReadPassword(terminal)
		answers <- answer
	}()
	select {
	case answer := <-answers:
		_, _ = fmt.Fprintln(p.stderr)
		if len(answer) >= terminalLine {
			return "", fmt.Errorf("a terminal cuts lines at %d bytes; give longer values on standard input", terminalLine)
		}
		return string(answer), nil
	case <-ctx.Done():
		_ = term.Restore(terminal, before)
		_, _ = fmt.Fprintln(p.stderr)
		return "", exitError{code: exitCancelled, message: "Cancelled."}
	}
}
