package interleave_test

import (
	"flag"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/cmd/internal/interleave"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		args, words []string
		yes         bool
		text        string
	}{
		{},
		{args: []string{"a", "-yes", "b", "--text", "x", "c"}, words: []string{"a", "b", "c"}, yes: true, text: "x"},
		{args: []string{"a", "--", "-yes", "b"}, words: []string{"a", "-yes", "b"}},
		{args: []string{"-text=--", "-", "--", "--"}, words: []string{"-", "--"}, text: "--"},
	} {
		flags := flag.NewFlagSet("", flag.ContinueOnError)
		yes, text := flags.Bool("yes", false, ""), flags.String("text", "", "")
		words, err := interleave.Parse(flags, c.args)
		require.NoError(t, err)
		require.Equal(t, c.words, words)
		require.Equal(t, []any{c.yes, c.text}, []any{*yes, *text}, c.args)
	}
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	_, err := interleave.Parse(flags, []string{"a", "-unknown"})
	require.ErrorContains(t, err, "-unknown")
}
