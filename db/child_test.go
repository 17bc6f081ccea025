package db

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test program runs itself as a child with these set: what to do, and where.
const (
	childWork = "MCPFUSION_TEST_CHILD"
	childDir  = "MCPFUSION_TEST_DIR"
)

// runChild works until somebody ends it, and says each thing that it has done
// on standard output, in one line.
func runChild(work, dir string) {
	switch work {
	case "tokens":
		d := childOpen(dir)
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { childTokens(d) })
		}
		group.Wait()
	case "create":
		for n := 0; ; n++ {
			d := childOpen(filepath.Join(dir, fmt.Sprint(n)))
			must(d.Close())
			say("created", fmt.Sprint(n))
		}
	}
}

func childOpen(dir string) *DB {
	d, err := New(WithLogger(&recorder{}), WithDataDir(dir))
	must(err)
	return d
}

// childTokens adds and uses tokens, and deletes each second one again.
func childTokens(d *DB) {
	for previous := ""; ; {
		token, hash, err := d.AddAPIToken("")
		must(err)
		say("added", hash, token)
		_, err = d.Authenticate(token)
		must(err)
		must(d.flush())
		say("used", hash)
		childSecrets(d, hash, token)
		if previous == "" {
			previous = hash
			continue
		}
		say("deleting", previous)
		must(d.DeleteAPIToken(previous))
		say("deleted", previous)
		previous = ""
	}
}

// childSecrets stores a secret twice, and seals it to a new key.
func childSecrets(d *DB, hash, token string) {
	tenant, err := d.Authenticate(token)
	must(err)
	for _, value := range []string{"one", "two"} {
		must(tenant.StoreOAuthToken("mail", &OAuthTokenData{AccessToken: value + hash}))
		say("stored", hash, value+hash)
	}
	must(tenant.Rekey())
}

func say(words ...string) {
	// One write, since the end may come between two.
	if _, err := os.Stdout.WriteString(strings.Join(words, " ") + "\n"); err != nil {
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		say("error", err.Error())
		os.Exit(1)
	}
}

// runAndKill runs a child, kills it a random moment after it has said so many
// lines, and returns the words of all lines.
func runAndKill(t *testing.T, work, dir string, lines int, random *rand.Rand) (said [][]string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(self)
	child.Env = append(os.Environ(), childWork+"="+work, childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	kill := func() { _ = child.Process.Kill() }                   // Wait reports it
	moment := time.Duration(random.IntN(4000)) * time.Microsecond // about as long as a write takes
	if lines == 0 {
		time.AfterFunc(moment*20, kill) // about as long as the start takes
	}
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		said = append(said, strings.Fields(scanner.Text()))
		if len(said) == lines {
			time.AfterFunc(moment, kill)
		}
	}
	require.ErrorContains(t, child.Wait(), "signal: killed", "%q", said)
	return said
}
