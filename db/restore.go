package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// VerifyFile checks a copy of a database as Verify does. Nothing of it is
// changed, but others than its owner lose the right to read it.
func VerifyFile(path string) (problems []string, err error) {
	s, err := store.OpenBolt(path, store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return verifyWhole(s)
}

// verifyWhole refuses a database of another schema, and an empty one.
func verifyWhole(s store.Store) ([]string, error) {
	empty, err := schemaOf(s)
	if err == nil && empty {
		err = fmt.Errorf("%w: there is nothing in it", ErrSchema)
	}
	if err != nil {
		return nil, err
	}
	return verify(s)
}

// Restore puts a copy of file in the place of the database, or makes one of
// it. It returns the name under which the replaced one is kept, "" without one.
// The options are those of New; the database must not be open anywhere, and
// stays locked during all of it.
//
// agree is asked after file was found to be sound: it gets the tokens, newest
// first, that would be let in again and are not now, or would get back another
// scope or a later expiry. Its error is returned, and nothing is replaced.
func Restore(file string, agree func(returning []APITokenMetadata) error, opts ...Option) (kept string, err error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return "", err
	}
	path := filepath.Join(cfg.dataDir, fileName)
	if same(file, path) {
		return "", fmt.Errorf("%s is the database itself", file)
	}
	if err := prepareDir(cfg.dataDir, true); err != nil {
		return "", err
	}
	kept = path + ".replaced-" + time.Now().UTC().Format("20060102T150405.000Z")
	err = store.ReplaceBolt(path, file, kept, cfg.lockTimeout, func(old, copied store.Store) error {
		return checkRestore(old, copied, agree)
	})
	if err != nil {
		return "", fmt.Errorf("restore %s: %w", file, err)
	}
	if _, err := os.Lstat(kept); err != nil {
		return "", nil // there was none
	}
	return kept, nil
}

func same(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

func checkRestore(old, copied store.Store, agree func([]APITokenMetadata) error) error {
	problems, err := verifyWhole(copied)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: it does not agree with itself: %s", ErrCorrupt, strings.Join(problems, "; "))
	}
	returning, err := returningTokens(old, copied, time.Now())
	if err != nil {
		return err
	}
	return agree(returning)
}

// returningTokens are those that may do more by copied than by old.
func returningTokens(old, copied store.Store, now time.Time) ([]APITokenMetadata, error) {
	present := map[string]APITokenMetadata{}
	if old != nil {
		// One of which nothing can be read lets nobody in.
		list, _ := (&DB{store: old}).ListAPITokens()
		for _, token := range list {
			present[token.Hash] = token
		}
	}
	list, err := (&DB{store: copied}).ListAPITokens()
	returning := []APITokenMetadata{}
	for _, token := range list {
		if token.isLetIn(now) && token.mayMoreThan(present[token.Hash], now) {
			returning = append(returning, token)
		}
	}
	return returning, err
}

// mayMoreThan reports whether m, which is let in, may do what the other one of
// the same token, or the zero value, may not. A scope that is another one may.
func (m APITokenMetadata) mayMoreThan(other APITokenMetadata, now time.Time) bool {
	later := other.ExpiresAt != nil && (m.ExpiresAt == nil || m.ExpiresAt.After(*other.ExpiresAt))
	return other.Hash == "" || !other.isLetIn(now) || later || !reflect.DeepEqual(m.Scope, other.Scope)
}

func (m APITokenMetadata) isLetIn(now time.Time) bool {
	return !m.Disabled && (m.ExpiresAt == nil || now.Before(*m.ExpiresAt))
}
