package db

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/db/vault"
)

// The files of an MCPFusion from before the database. A cached value may be
// wrapped as {value, created_at, expires_at}.
//
//	{hash}/oauth/{service}.json        a connection of the tenant
//	{hash}/credentials/{service}.json  a credential of the tenant
//	token_{service}.json               a connection that belongs to nobody in particular
const (
	oldFileEnd   = ".json"
	oldFileToken = "token_"
	oldOAuthDir  = "oauth"
	oldCredsDir  = "credentials"
)

// maxOldFile is the longest file that is read, in bytes. JSON may be longer
// than what is sealed of it.
const maxOldFile = 2 * vault.MaxPlaintext

var errOldOwner = errors.New("it names no tenant: say which with --tenant")

type oldFiles struct {
	dir     string
	entries []os.DirEntry
}

func openOldFiles(dir string) (oldSource, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("take over: %w%s", err, store.Advice(err))
	}
	o := oldFiles{dir: dir}
	for _, entry := range entries {
		if entry.IsDir() && o.isTenant(entry.Name()) || isOldToken(entry.Name()) {
			o.entries = append(o.entries, entry)
		}
	}
	file := filepath.Join(dir, fileName)
	if _, err := os.Stat(file); err == nil && len(o.entries) == 0 {
		return nil, fmt.Errorf("take over: %s is a data directory: name the file, %s", dir, file)
	}
	return o, nil
}

func isOldToken(name string) bool {
	return strings.HasPrefix(name, oldFileToken) && strings.HasSuffix(name, oldFileEnd)
}

// isTenant reports whether a directory seems to be a tenant's.
func (o oldFiles) isTenant(name string) bool {
	return slices.ContainsFunc([]string{oldOAuthDir, oldCredsDir}, func(kind string) bool {
		info, err := os.Stat(filepath.Join(o.dir, name, kind))
		return err == nil && info.IsDir()
	})
}

func (oldFiles) schema() string { return "" }

func (oldFiles) close() error { return nil }

func (o oldFiles) tenants(owner *hash) iter.Seq2[[]*oldTenant, error] {
	return func(yield func([]*oldTenant, error) bool) {
		for entries := range slices.Chunk(o.entries, oldPage) {
			var page []*oldTenant
			for _, entry := range entries {
				if entry.IsDir() {
					page = append(page, o.readTenant(entry))
				} else {
					page = append(page, o.readToken(entry, owner))
				}
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// readTenant reads a tenant's directory. Nothing is known of its API token but
// the hash.
func (o oldFiles) readTenant(entry os.DirEntry) *oldTenant {
	since := modified(entry)
	id, ok := parseHash(entry.Name())
	old := &oldTenant{hash: id}
	o.readDir(old, since, entry.Name(), oldOAuthDir)
	o.readDir(old, since, entry.Name(), oldCredsDir)
	switch {
	case entry.Name() == oldNoAuth:
		old.refuseAll(MigrateSkipped, "it was stored without authentication, so no API token opens it")
	case !ok:
		old.refuseAll(MigrateFailed, errOldHash.Error())
	case len(old.secrets) > 0: // else it is not worth a token
		text := tokenText{unknownPrefix, old.oldest(since), "taken over from files"}
		old.token = &oldToken{item: MigrateItem{Kind: MigrateTokens, Place: oldPath(entry.Name())}, text: text}
	}
	return old
}

// oldest returns when the first secret was stored.
func (o *oldTenant) oldest(since time.Time) time.Time {
	for _, s := range o.secrets {
		if s.hint.CreatedAt.Before(since) {
			since = s.hint.CreatedAt
		}
	}
	return since
}

func (o oldFiles) readDir(old *oldTenant, since time.Time, tenant, kind string) {
	entries, err := os.ReadDir(filepath.Join(o.dir, tenant, kind))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		old.refuse(MigrateItem{Kind: MigrateOthers, Place: oldPath(tenant, kind)}, err)
	}
	for _, entry := range entries {
		service, ok := strings.CutSuffix(entry.Name(), oldFileEnd)
		if !ok {
			continue
		}
		item := MigrateItem{Kind: KindOAuthTokens, Place: oldPath(tenant, kind, entry.Name())}
		decode := oldDecoder(decodeOldOAuth)
		if kind == oldCredsDir {
			item.Kind, decode = slotCredentials, decodeOldFile
		}
		s, err := o.read(decode, service, since, tenant, kind, entry.Name())
		old.keep(item, s, err)
	}
}

// decodeOldFile reads a credential that stands in no bucket of its kind.
func decodeOldFile(service string, text []byte, since time.Time) (oldSecret, error) {
	return decodeOldCredentials("", service, text, since)
}

// readToken reads a file that names no tenant.
func (o oldFiles) readToken(entry os.DirEntry, owner *hash) *oldTenant {
	old := &oldTenant{}
	item := MigrateItem{Kind: KindOAuthTokens, Place: oldPath(entry.Name())}
	service := strings.TrimSuffix(strings.TrimPrefix(entry.Name(), oldFileToken), oldFileEnd)
	s, err := o.read(decodeOldOAuth, service, modified(entry), entry.Name())
	if owner != nil {
		old.hash = *owner
	} else if err == nil {
		err = errOldOwner
	}
	old.keep(item, s, err)
	return old
}

// oldDecoder reads the record of a service.
type oldDecoder func(service string, text []byte, since time.Time) (oldSecret, error)

func (o oldFiles) read(decode oldDecoder, service string, since time.Time, path ...string) (oldSecret, error) {
	text, err := readOldFile(filepath.Join(append([]string{o.dir}, path...)...))
	if err != nil {
		return oldSecret{}, err
	}
	var cached struct {
		Value     json.RawMessage `json:"value"`
		CreatedAt oldTime         `json:"created_at"`
	}
	if decodeOld(text, &cached) == nil && len(cached.Value) > 0 {
		text, since = cached.Value, firstTime(cached.CreatedAt.Time, since)
	}
	return decode(service, text, since)
}

func readOldFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: a named pipe would wait for its other end
	if err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxOldFile+1))
	if err == nil && len(text) > maxOldFile {
		err = vault.ErrTooLong
	}
	return text, err
}

// modified stands in for a time that nobody noted.
func modified(entry os.DirEntry) time.Time {
	info, err := entry.Info()
	if err != nil {
		return time.Now().UTC()
	}
	return info.ModTime().UTC()
}
