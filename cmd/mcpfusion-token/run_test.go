package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

// runIn runs the program in this process, with a home of the test's own.
func runIn(t *testing.T, ctx context.Context, stdin io.Reader, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	systemDir = filepath.Join(t.TempDir(), "system")
	t.Cleanup(func() { systemDir = db.SystemDir })
	var out, errs bytes.Buffer
	code = run(ctx, args, []string{"HOME=" + t.TempDir()}, stdin, &out, &errs)
	return code, out.String(), errs.String()
}

// An interrupt while the question is open is a no.
func TestInterruptCancelsTheQuestion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	code, out, _ := runIn(t, t.Context(), nil, "add", "--data-dir", dir)
	require.Equal(t, exitDone, code)
	hash := regexp.MustCompile("Hash: ([0-9a-f]{64})").FindStringSubmatch(out)[1]

	ctx, cancel := context.WithCancel(t.Context())
	silent, other := io.Pipe()
	defer other.Close()
	stdin := readerFunc(func(p []byte) (int, error) {
		cancel()
		return silent.Read(p)
	})
	code, out, errs := runIn(t, ctx, stdin, "delete", hash, "--data-dir", dir)
	require.Equal(t, exitCancelled, code)
	require.Empty(t, out)
	require.True(t, strings.HasSuffix(errs, "(y/N): \nDeletion cancelled.\n"), errs)
}

// Somebody who thinks about the question keeps nobody from working.
func TestDatabaseIsFreeDuringTheQuestion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, out, _ := runIn(t, t.Context(), nil, "add", "--data-dir", dir)
	hash := regexp.MustCompile("Hash: ([0-9a-f]{64})").FindStringSubmatch(out)[1]
	answer := readerFunc(func(p []byte) (int, error) {
		code, _, errs := runIn(t, t.Context(), nil, "delete", "--yes", hash, "--data-dir", dir)
		require.Equal(t, exitDone, code, errs)
		return copy(p, "y\n"), io.EOF
	})
	code, _, errs := runIn(t, t.Context(), answer, "delete", hash, "--data-dir", dir)
	require.Equal(t, exitNotFound, code)
	require.Contains(t, errs, "Token not found: "+hash)
}

// A token that cannot be printed takes no other's place.
func TestRotateNeedsItsOutput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, out, _ := runIn(t, t.Context(), nil, "add", "--data-dir", dir)
	token := regexp.MustCompile("Token: ([0-9a-f]{64})").FindStringSubmatch(out)[1]
	environment := []string{"HOME=" + t.TempDir(), tokenVariable + "=" + token}
	for _, limit := range []int{0, 100} {
		var errs bytes.Buffer
		code := run(t.Context(), []string{"rotate", "--data-dir", dir}, environment, nil, &shortWriter{left: limit}, &errs)
		require.Equal(t, exitFailed, code)
		require.Contains(t, errs.String(), "nothing was replaced, since the new token could not be printed: ")
		_, list, _ := runIn(t, t.Context(), nil, "list", "--data-dir", dir)
		require.Contains(t, list, token[:8])
		require.Contains(t, list, "Total tokens: 1\n")
	}
}

// shortWriter takes so many bytes.
type shortWriter struct{ left int }

func (w *shortWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return w.left, io.ErrShortWrite
	}
	w.left -= len(p)
	return len(p), nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Colours must not count as width.
func TestColouredTableIsAligned(t *testing.T) {
	used := time.Unix(1, 0)
	text := table([]db.APITokenMetadata{
		{Prefix: "1a2b3c4d", Hash: strings.Repeat("a", 64), Tenant: strings.Repeat("b", 64), LastUsed: &used, Description: "wide ü 漢"},
		{Prefix: "9f8e7d6c", Hash: strings.Repeat("b", 64), Tenant: strings.Repeat("b", 64)},
	}, shortHash)
	require.NotContains(t, text, " \n")
	painted := (&program{color: true}).paintTable(text)
	require.Equal(t, 6, strings.Count(painted, "\x1b["), "heading and prefixes are coloured")
	require.Equal(t, text, regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(painted, ""))
	require.Equal(t, text, (&program{}).paintTable(text))
}
