package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/mlogger"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mcpfusion-token": func() {
		systemDir = os.Getenv("SYSTEM_DIR")
		if os.Getenv("BESIDE_SERVER") == "" {
			main()
		}
		stop := startServer()
		code := run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

// Each script runs twice: on the file, and beside a server that holds it. That
// its commands do the same is what the scripts say both times.
func TestScript(t *testing.T) { runScripts(t, "") }

func TestScriptBesideAServer(t *testing.T) { runScripts(t, "yes") }

func runScripts(t *testing.T, besideServer string) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("SYSTEM_DIR", filepath.Join(env.WorkDir, "system"))
			env.Setenv("BESIDE_SERVER", besideServer)
			env.Setenv("TZ", "Asia/Kathmandu")
			env.Setenv("TERM", "xterm")
			env.Setenv("GORACE", "atexit_sleep_ms=1") // else each run of a race build takes a second
			return os.Mkdir(env.Getenv("HOME"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "capture": capture, "hold": hold, "use": use, "twin": twin, "verify": verify, "mode": mode,
			"opens": opens, "connected": connected, "orphan": orphan, "recovery": recovery,
			"olddb": oldDB, "holdold": holdOld, "readable": readable,
			"connection": connection,
		},
	})
}

// exits CODE PROGRAM ARGS... runs a program, which must end with the code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	ts.Logf("[stdout]\n%s[stderr]\n%s", ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// capture STREAM NAME REGEXP sets a variable to the first group of the match.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	match := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[0]))
	if match == nil {
		ts.Fatalf("no match for %s", args[2])
	}
	ts.Setenv(args[1], match[1])
}

func openDB(ts *testscript.TestScript, dir string) *db.DB {
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	ts.Check(err)
	d, err := db.New(db.WithLogger(logger), db.WithDataDir(ts.MkAbs(dir)), db.WithExisting())
	ts.Check(err)
	return d
}

// hold DIR keeps the database open, as a server does, until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	d := openDB(ts, args[0])
	ts.Defer(func() { ts.Check(d.Close()) })
}

// use DIR TOKEN presents a token; "!" if it must be unknown.
func use(ts *testscript.TestScript, neg bool, args []string) {
	d := openDB(ts, args[0])
	valid, _, err := d.ValidateAPIToken(args[1])
	ts.Check(errors.Join(err, d.Close()))
	if valid == neg {
		ts.Fatalf("valid: %v", valid)
	}
}

// verify DIR checks the invariants of the database.
func verify(ts *testscript.TestScript, _ bool, args []string) {
	d := openDB(ts, args[0])
	problems, err := d.Verify()
	ts.Check(errors.Join(err, d.Close()))
	if len(problems) > 0 {
		ts.Fatalf("%q", problems)
	}
}

// mode PATH OCTAL compares permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[1] {
		ts.Fatalf("mode %s", got)
	}
}

// twin DIR HASH adds a token that has the same prefix as the one of the hash,
// which takes too long to find by chance.
func twin(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.OpenBolt(filepath.Join(ts.MkAbs(args[0]), "mcpfusion.db"), store.Options{})
	ts.Check(err)
	original, err := hex.DecodeString(args[1])
	ts.Check(err)
	id := sha256.Sum256(original)
	ts.Check(s.Update(func(tx store.Tx) error {
		value, err := tx.Get("token_index", slices.Concat([]byte("by_hash/"), original))
		ts.Check(err)
		prefix := regexp.MustCompile(`"prefix":"([0-9a-f]{8})"`).FindSubmatch(value)[1]
		sealed, err := tx.Get("api_tokens", slices.Concat(original, []byte("/keys/"), original))
		ts.Check(err)
		metadata, err := tx.Get("api_tokens", slices.Concat(original, []byte("/metadata")))
		ts.Check(err)
		return errors.Join(
			tx.Put("api_tokens", slices.Concat(id[:], []byte("/metadata")), withHead(id, metadata[headSize:])),
			tx.Put("api_tokens", slices.Concat(id[:], []byte("/keys/"), id[:]), slices.Clone(sealed)),
			tx.Put("token_index", slices.Concat([]byte("by_prefix/"), prefix, []byte("/"), id[:]), nil),
			tx.Put("token_index", slices.Concat([]byte("by_hash/"), id[:]),
				withHead(id, slices.Concat(id[:], value[headSize+len(id):]))),
		)
	}))
	ts.Check(s.Close())
	ts.Setenv("TWIN", hex.EncodeToString(id[:]))
}

// headSize is that of the version and checksum that a value begins with.
const headSize = 5

func withHead(id [sha256.Size]byte, content []byte) []byte {
	sum := crc32.Checksum(slices.Concat(id[:], content), crc32.MakeTable(crc32.Castagnoli))
	return slices.Concat([]byte{1}, binary.BigEndian.AppendUint32(nil, sum), content)
}

// opens DIR TOKEN KIND SERVICE FIELD VALUE reads a credential with the token.
func opens(ts *testscript.TestScript, _ bool, args []string) {
	d := openDB(ts, args[0])
	tenant, err := d.Authenticate(args[1])
	ts.Check(err)
	credentials, err := tenant.Credentials(db.CredentialKind(args[2]), args[3])
	ts.Check(errors.Join(err, d.Close()))
	if credentials.Data[args[4]] != args[5] {
		ts.Fatalf("%s is %q", args[4], credentials.Data[args[4]])
	}
}

// orphan DIR writes when a token was last used that does not exist.
func orphan(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.OpenBolt(filepath.Join(ts.MkAbs(args[0]), "mcpfusion.db"), store.Options{})
	ts.Check(err)
	stranger := [32]byte{0xee}
	ts.Check(s.Update(func(tx store.Tx) error {
		return tx.Put("token_index", slices.Concat([]byte("last_used/"), stranger[:]), withHead(stranger, make([]byte, 8)))
	}))
	ts.Check(s.Close())
}

// recovery DIR turns recovery on, as the start of a server does.
func recovery(ts *testscript.TestScript, _ bool, args []string) {
	public, _, err := db.NewRecoveryKey()
	ts.Check(err)
	logger, err := mlogger.New(mlogger.WithWriter(io.Discard))
	ts.Check(err)
	d, err := db.New(db.WithLogger(logger), db.WithDataDir(ts.MkAbs(args[0])), db.WithRecovery(public))
	ts.Check(err)
	ts.Check(d.Close())
}

// connected DIR TOKEN gives a tenant an OAuth token that was renewed once and
// then refused, and two calls, one of which failed.
func connected(ts *testscript.TestScript, _ bool, args []string) {
	d := openDB(ts, args[0])
	expires := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tenant, err := d.Authenticate(args[1])
	ts.Check(err)
	for _, access := range []string{"first", "second"} {
		ts.Check(tenant.UpdateOAuthToken("mail", func(*db.OAuthTokenData) (*db.OAuthTokenData, error) {
			return &db.OAuthTokenData{AccessToken: access, ExpiresAt: &expires, Scope: []string{"mail"}}, nil
		}))
	}
	failed, err := tenant.OAuthToken("mail")
	ts.Check(err)
	ts.Check(tenant.NoteFailure("mail", failed.UpdatedAt, "invalid_grant", true))
	tenant.Count(false)
	tenant.Count(true)
	ts.Check(d.Close())
}

// oldDB FILE TOKEN... writes the database of an older MCPFusion, schema 1.1. Each
// tenant has a connection to google, values of its user for trello, and a cached
// token of static. A token "bad" is a record that cannot be read.
func oldDB(ts *testscript.TestScript, _ bool, args []string) {
	file, err := bbolt.Open(ts.MkAbs(args[0]), 0o644, nil)
	ts.Check(err)
	ts.Check(file.Update(func(tx *bbolt.Tx) error {
		put(ts, tx, "1.1", "system", "schema_version")
		put(ts, tx, "{}", "users", "someone", "metadata")
		for _, token := range args[1:] {
			sum := sha256.Sum256([]byte(token))
			hash := hex.EncodeToString(sum[:])
			if token == "bad" {
				put(ts, tx, "s3cret", "api_tokens", hash)
				continue
			}
			put(ts, tx, `{"hash":"`+hash+`","created_at":"2025-03-04T05:06:07.8Z","last_used":"2025-06-07T08:09:10Z","description":"Laptop","prefix":"`+token[:8]+`"}`, "api_tokens", hash)
			put(ts, tx, `{"access_token":"s3cret-a","refresh_token":"s3cret-r","token_type":"Bearer","scope":["mail"]}`, "tenants", hash, "oauth_tokens", "google")
			put(ts, tx, `{"access_token":"user_credentials:trello","metadata":{"key":"s3cret-k"}}`, "tenants", hash, "oauth_tokens", "trello")
			put(ts, tx, `{"access_token":"s3cret-s","token_type":"Bearer"}`, "tenants", hash, "oauth_tokens", "static")
		}
		return nil
	}))
	ts.Check(file.Close())
}

// put makes the buckets on the way to a key.
func put(ts *testscript.TestScript, tx *bbolt.Tx, value string, path ...string) {
	b, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	ts.Check(err)
	for _, name := range path[1 : len(path)-1] {
		b, err = b.CreateBucketIfNotExists([]byte(name))
		ts.Check(err)
	}
	ts.Check(b.Put([]byte(path[len(path)-1]), []byte(value)))
}

// holdOld FILE keeps the older database open, as its server does, until the
// script ends.
func holdOld(ts *testscript.TestScript, _ bool, args []string) {
	file, err := bbolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	ts.Defer(func() { ts.Check(file.Close()) })
}

// readable DIR TOKEN SERVICE REFRESH reads a connection with the token.
func readable(ts *testscript.TestScript, _ bool, args []string) {
	d := openDB(ts, args[0])
	tenant, err := d.Authenticate(args[1])
	ts.Check(err)
	token, err := tenant.OAuthToken(args[2])
	ts.Check(errors.Join(err, d.Close()))
	if token.RefreshToken != args[3] {
		ts.Fatalf("another connection")
	}
}

// connection DIR TOKEN SERVICE FILE reads a connection with the token, which
// must be what the file has as JSON.
func connection(ts *testscript.TestScript, _ bool, args []string) {
	d := openDB(ts, args[0])
	tenant, err := d.Authenticate(args[1])
	ts.Check(err)
	token, err := tenant.OAuthToken(args[2])
	ts.Check(errors.Join(err, d.Close()))
	token.CreatedAt, token.UpdatedAt = time.Time{}, time.Time{}
	got, err := json.Marshal(token)
	ts.Check(err)
	if want := strings.TrimSpace(ts.ReadFile(args[3])); want != string(got) {
		ts.Fatalf("the connection is %s", got)
	}
}
