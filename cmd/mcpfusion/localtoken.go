package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// localTokenFile holds the one API token that is kept at all: that of the
// tenant of -demo and -no-auth, in the data directory, readable by its owner.
const localTokenFile = "local.token"

// localToken returns the local tenant's token, and makes tenant and file when
// they are not there yet, or not any more.
func localToken(tenants *db.DB, dir string) (global.Secret, error) {
	path := filepath.Join(dir, localTokenFile)
	kept, err := readLocalToken(path)
	if err != nil {
		return global.Secret{}, err
	}
	valid, _, err := tenants.ValidateAPIToken(kept)
	if err != nil || valid {
		return global.NewSecret(kept), err
	}
	return addLocalToken(tenants, path)
}

// readLocalToken returns "" for a missing file. It takes away mode bits that
// let others read the token.
func readLocalToken(path string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(content)), os.Chmod(path, 0o600)
}

// addLocalToken writes the file before it returns, or takes the token back.
func addLocalToken(tenants *db.DB, path string) (global.Secret, error) {
	token, hash, err := tenants.AddAPIToken("Local tenant of -demo and -no-auth")
	if err != nil {
		return global.Secret{}, err
	}
	if err := writePrivate(path, token+"\n"); err != nil {
		return global.Secret{}, errors.Join(fmt.Errorf("keep the local token: %w", err), tenants.DeleteAPIToken(hash))
	}
	return global.NewSecret(token), nil
}

// writePrivate replaces the file as a whole: it is never half written, and
// never readable by others.
func writePrivate(path, content string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), localTokenFile+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.WriteString(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
