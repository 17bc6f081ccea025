package config_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// A file must not be able to exhaust the stack or the memory of what reads
// its programs and patterns.
func TestDeepProgramsAreRefusedOrRead(t *testing.T) {
	for _, program := range []string{
		strings.Repeat("(", 30_000) + "." + strings.Repeat(")", 30_000),
		strings.Repeat("[", 60_000),
		strings.Repeat(".a|", 20_000) + ".",
		strings.Repeat("-", 60_000) + "1",
		"." + strings.Repeat("[0]", 20_000),
		strings.Repeat("if . then ", 6_000),
		strings.Repeat("x", 1<<20),
		"concat(" + strings.Repeat("'a',", 100_000) + "'b')",
	} {
		document := strings.Replace(minimal("a"), `"path"`, `"response": {"transform": `+strconv.Quote(program)+`}, "parameters": [
			{"name": "p", "type": "string", "location": "query", "transform": {"expression": `+strconv.Quote(program)+`},
			 "validation": {"pattern": `+strconv.Quote(program)+`}}], "path"`, 1)
		require.NotPanics(t, func() { _, _ = config.Parse("f", []byte(document)) })
	}
}
