package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/global"
)

// tokenVariable holds an API token for commands that need one.
const tokenVariable = "MCPFUSION_TOKEN"

// prover makes the proof that a tenant may be changed.
type prover func(m admin.Manager, tenant string) (db.Proof, error)

// prover asks for what proves a tenant, before anything is opened: one of its
// API tokens, or the operator's recovery key, which does not leave this
// process.
func (p *program) prover(ctx context.Context) (prover, error) {
	if p.given["recovery-key"] {
		key, err := readSmall(p.env.ExpandPath(p.recoveryFile))
		return func(m admin.Manager, tenant string) (db.Proof, error) { return p.recover(m, tenant, key) }, err
	}
	token, err := p.existingToken(ctx)
	return func(admin.Manager, string) (db.Proof, error) { return db.Proof{Token: token}, nil }, err
}

// existingToken takes the token from the environment, or asks for it.
func (p *program) existingToken(ctx context.Context) (global.Secret, error) {
	if token, _ := p.env.Lookup(tokenVariable); strings.TrimSpace(token) != "" {
		return global.NewSecret(strings.TrimSpace(token)), nil
	}
	if !isTerminal(p.stdin) {
		return global.Secret{}, usageError("An existing API token of the tenant is needed: set " + tokenVariable +
			", or run this on a terminal; or give --recovery-key")
	}
	token, err := p.askSecret(ctx, "the existing API token")
	if token = strings.TrimSpace(token); token == "" && err == nil {
		err = usageError("No API token was given")
	}
	return global.NewSecret(token), err
}

func (p *program) recover(m admin.Manager, tenant string, key global.Secret) (db.Proof, error) {
	sealing, err := m.RecoverySealing(tenant)
	if errors.Is(err, db.ErrNotFound) {
		return db.Proof{}, errors.New("this tenant's key is sealed to no recovery key: recovery was off when its token was last used")
	}
	if err != nil {
		return db.Proof{}, err
	}
	return db.OpenRecovery(key, tenant, sealing)
}

// maxKeyFile bounds a file with a key, in bytes.
const maxKeyFile = 4096

func readSmall(path string) (global.Secret, error) {
	file, err := os.Open(path)
	if err != nil {
		return global.Secret{}, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err == nil && len(content) > maxKeyFile {
		err = fmt.Errorf("%s is over the limit of %d bytes; allowed: the file that recovery-key new wrote", path, maxKeyFile)
	}
	return global.NewSecret(string(content)), err
}
