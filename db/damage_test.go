package db

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// damaged is a database of which one byte is wrong, and what it once held.
type damaged struct {
	path   string
	tokens []string
	list   []APITokenMetadata
}

// Whichever byte of the file is wrong: each answer is the right one, or an
// error that names the file and says what to do, or is missing something, and
// then Verify says so.
func TestWrongBytesDoNotGoUnnoticed(t *testing.T) {
	dir := newDir(t)
	x := damaged{path: filepath.Join(dir, fileName)}
	d := openDir(t, dir)
	for i := range 30 {
		token, hash := add(t, d, fmt.Sprint("token ", i))
		further, _ := addTo(t, d, hash, token[:8])
		use(t, d, further)
		x.tokens = append(x.tokens, token, further)
	}
	require.NoError(t, d.flush())
	var content bytes.Buffer
	require.NoError(t, d.store.Backup(&content))
	var err error
	x.list, err = d.ListAPITokens()
	require.NoError(t, err)
	require.NoError(t, d.Close())

	outcomes := map[string]int{}
	for seed := range rounds(600) {
		wrong := bytes.Clone(content.Bytes())
		at := rand.New(rand.NewPCG(uint64(seed), 0)).IntN(len(wrong))
		wrong[at] ^= byte(1 + seed%255)
		require.NoError(t, os.WriteFile(x.path, wrong, 0o600))
		outcomes[x.examine(t, fmt.Sprintf("byte %d, seed %d", at, seed))]++
	}
	t.Log(outcomes)
}

func (x damaged) examine(t *testing.T, what string) (outcome string) {
	t.Helper()
	log := &recorder{}
	d, err := New(WithLogger(log), WithDataDir(filepath.Dir(x.path)))
	if err != nil {
		x.requireError(t, err)
		return "refused"
	}
	defer func() { require.NoError(t, d.Close()) }()
	if strings.Contains(log.text(), "warning") {
		return "warned"
	}
	errs, missing := x.compare(t, d, what)
	problems, err := d.Verify()
	switch {
	case err != nil:
		x.requireError(t, err)
		return "error"
	case len(problems) > 0:
		return "problems"
	}
	require.Zero(t, missing, what)
	require.Empty(t, errs, what)
	return "right"
}

// compare asks for all that the database once held.
func (x damaged) compare(t *testing.T, d *DB, what string) (errs []error, missing int) {
	t.Helper()
	list, err := d.ListAPITokens()
	if err != nil {
		errs = append(errs, err)
	} else {
		missing += len(x.list) - len(list)
	}
	for _, token := range list {
		want := x.tokenOf(token.Hash)
		if token.LastUsed == nil && want.LastUsed != nil {
			missing++
			want.LastUsed = nil
		}
		require.Equal(t, want, token, what)
	}
	for _, token := range x.tokens {
		id, _ := hashToken(token)
		tenant, err := d.Authenticate(token)
		switch {
		case errors.Is(err, ErrInvalidToken):
			missing++
		case err != nil:
			errs = append(errs, err)
		default:
			require.Equal(t, x.tokenOf(id.String()).Tenant, tenant.Hash(), what)
		}
	}
	for _, err := range errs {
		x.requireError(t, err)
	}
	d.used = marks{}
	return errs, missing
}

func (x damaged) tokenOf(hash string) APITokenMetadata {
	for _, token := range x.list {
		if token.Hash == hash {
			return token
		}
	}
	return APITokenMetadata{}
}

func (x damaged) requireError(t *testing.T, err error) {
	t.Helper()
	require.ErrorContains(t, err, x.path)
	if !errors.Is(err, ErrSchema) {
		require.ErrorIs(t, err, ErrCorrupt)
		require.ErrorContains(t, err, "restore it from a backup")
	}
}
