package db

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// headers are the pages that say which of the others count. The engine writes
// one of them when all others have reached the disk.
const headers = 2

// crash is what a machine leaves of a write that it did not survive: the file
// before, and the pages that were about to change.
type crash struct {
	dir           string
	tokens        []APITokenMetadata
	before, after []byte
	header        int
	pages         []int
}

// crashDuring records what a write does to the file.
func crashDuring(t *testing.T, do func(*world) error) crash {
	t.Helper()
	w := newWorld(t)
	c := crash{dir: w.dir, header: -1}
	var err error
	c.tokens, err = w.d.ListAPITokens()
	require.NoError(t, err)
	c.before = c.file(t)
	require.NoError(t, do(w))
	c.after = c.file(t)
	require.NoError(t, w.d.Close())
	c.before = append(c.before, make([]byte, len(c.after)-len(c.before))...) // as it grew
	for n := range len(c.after) / os.Getpagesize() {
		switch {
		case bytes.Equal(page(c.before, n), page(c.after, n)):
		case n < headers:
			require.Negative(t, c.header, "one header is written")
			c.header = n
		default:
			c.pages = append(c.pages, n)
		}
	}
	require.NotEmpty(t, c.pages)
	require.GreaterOrEqual(t, c.header, 0)
	return c
}

func page(file []byte, n int) []byte { return file[n*os.Getpagesize():][:os.Getpagesize()] }

func (c crash) file(t *testing.T) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(c.dir, fileName))
	require.NoError(t, err)
	return content
}

// reopen opens the file with some of the pages written, and with the first
// bytes of the header.
func (c crash) reopen(t *testing.T, pages []int, header int) (*world, *recorder) {
	t.Helper()
	content := bytes.Clone(c.before)
	for _, n := range pages {
		copy(page(content, n), page(c.after, n))
	}
	copy(page(content, c.header), page(c.after, c.header)[:header])
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, fileName), content, 0o600))
	log := &recorder{}
	d, err := New(WithLogger(log), WithDataDir(c.dir))
	require.NoError(t, err)
	return &world{d: d, dir: c.dir}, log
}

// Whichever writes the disk had not taken yet when the machine stopped: what
// was there before is there, whole.
func TestUnsyncedWritesAreDropped(t *testing.T) {
	for _, op := range writes {
		c := crashDuring(t, op.do)
		random := rand.New(rand.NewPCG(1, 2))
		for n := range 8 {
			random.Shuffle(len(c.pages), func(i, j int) { c.pages[i], c.pages[j] = c.pages[j], c.pages[i] })
			w, log := c.reopen(t, c.pages[:n*len(c.pages)/7], 0)
			c.requireBefore(t, w)
			require.NotContains(t, log.text(), "warning")
			require.NoError(t, w.d.Close())
		}
	}
}

// A header of which a part only was written does not count. That it had been
// said to be written is unlikely, but nobody can know.
func TestHalfWrittenHeader(t *testing.T) {
	c := crashDuring(t, addNew)
	complete := 0
	for length := 0; length <= 96; length += 4 {
		w, log := c.reopen(t, c.pages, length)
		list, err := w.d.ListAPITokens()
		require.NoError(t, err)
		if len(list) == 4 {
			complete++
			require.NotContains(t, log.text(), "warning", "%d bytes", length)
		} else {
			c.requireBefore(t, w)
		}
		require.NoError(t, w.d.Close())
	}
	require.Positive(t, complete)
	require.Less(t, complete, 8)

	w, log := c.reopen(t, c.pages, 76)
	require.Contains(t, log.text(), fmt.Sprintf("warning %s: one of its two headers is damaged", filepath.Join(c.dir, fileName)))
	require.NoError(t, w.d.Close())
}

func (c crash) requireBefore(t *testing.T, w *world) {
	t.Helper()
	requireSound(t, w.d)
	list, err := w.d.ListAPITokens()
	require.NoError(t, err)
	require.Equal(t, c.tokens, list)
}
