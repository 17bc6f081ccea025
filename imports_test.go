// Package mcpfusion holds the rules that bind the module as a whole.
package mcpfusion

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/PivotLLM/MCPFusion"

// allowed lists which of the module's packages a package may import. Imports
// run one way; each rule keeps one decision reversible.
var allowed = map[string][]string{
	// The words that all share depend on nothing, so that nothing depends on
	// more than words.
	"global": {},
	// Pure functions over bytes: what seals secrets can be read on its own.
	"db/vault": {},
	// The engine knows keys and values, never tokens, so that another can
	// take its place.
	"db/store": {},
	// Tenants know how they are stored and sealed, but no HTTP.
	"db": {"db/store", "db/vault", "global"},
	// Management over a socket knows the database, and no tools.
	"db/admin": {"db", "global"},
	// What both of them promise, as one suite.
	"db/dbtest": {"db", "db/admin", "global"},
	// The language is read without knowing what will be done with it.
	"fusion/config": {"global"},
	// Credentials know the tenant, but neither tools nor protocols.
	"fusion/auth": {"db", "fusion/config", "global"},
	// Tools, arguments and results: not MCP, not the database.
	"fusion": {"fusion/auth", "fusion/config", "global"},
	// The protocols; they reach the APIs through fusion alone.
	"mcpserver": {"db", "fusion", "fusion/auth", "global", "mcpserver/connect"},
	// The pages for people know the server around them by an interface.
	"mcpserver/connect": {"db", "fusion", "fusion/auth", "global"},
	"mlogger":           {"global"},
	// Words for tests.
	"internal/testneed":    {},
	"internal/testgateway": {},
	"internal/testdisk":    {"internal/testneed"},
	// Tests against what others wrote.
	"interop": {},
	// Files to embed.
	"configs": {},
	// What the two programs read from their environment and command line.
	"cmd/internal/environ":    {"db"},
	"cmd/internal/interleave": {},
}

// sole names the only package that may import a library, apart from tests.
var sole = map[string]string{
	"go.etcd.io/bbolt":            "db/store",
	"github.com/mark3labs/mcp-go": "mcpserver",
}

func TestImportsRunOneWay(t *testing.T) {
	for _, line := range goList(t) {
		path, imports, _ := strings.Cut(line, " ")
		name := strings.TrimPrefix(path, module+"/")
		rule, ruled := allowed[name]
		require.True(t, ruled || strings.HasPrefix(name, "cmd/") || path == module, "package %s has no rule in imports_test.go", name)
		for _, imported := range strings.Fields(strings.Trim(imports, "[]")) {
			checkLibrary(t, name, imported)
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && ruled {
				require.Contains(t, rule, own, "%s must not import %s", name, own)
			}
		}
	}
}

func TestSealingAndSharedWordsNeedNoLibrary(t *testing.T) {
	standard := []string{"global", "db/vault", "db/store"}
	for _, line := range goList(t) {
		path, imports, _ := strings.Cut(line, " ")
		if !slices.Contains(standard, strings.TrimPrefix(path, module+"/")) {
			continue
		}
		for _, imported := range strings.Fields(strings.Trim(imports, "[]")) {
			if strings.HasPrefix(imported, "go.etcd.io/bbolt") {
				continue // checkLibrary says who may
			}
			first, _, _ := strings.Cut(imported, "/")
			require.NotContains(t, first, ".", "%s must import the standard library only", path)
		}
	}
}

func checkLibrary(t *testing.T, name, imported string) {
	t.Helper()
	for library, owner := range sole {
		if imported == library || strings.HasPrefix(imported, library+"/") {
			require.Equal(t, owner, name, "only %s may import %s", owner, library)
		}
	}
}

// goList returns "path [imports]" for each package of the module.
func goList(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{.Imports}}", "./...").Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
