package interop

import (
	"encoding/json"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// everyScenario is the check of the wire format that each scenario ends with.
const everyScenario = "wire-schema-valid"

const suite = "node_modules/@modelcontextprotocol/conformance/dist/index.js"

// check is one finding of the suite.
type check struct {
	ID, Status, ErrorMessage string
}

func TestConformanceSuite(t *testing.T) {
	gateway, token := start(t)
	front := addToken(t, gateway, token)
	for version, required := range mustPass {
		t.Run(version, func(t *testing.T) {
			found := runSuite(t, front, version)
			for _, name := range required {
				require.Contains(t, found, name)
				requirePassed(t, name, found[name])
			}
			for name, checks := range found {
				if !slices.Contains(required, name) {
					require.Contains(t, notApplicable, name, "%+v", checks)
				}
				requirePartial(t, name, checks)
			}
		})
	}
}

// addToken is what the suite's command line cannot do.
func addToken(t *testing.T, gateway, token string) string {
	t.Helper()
	target, err := url.Parse(gateway)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		Transport:     testgateway.WithToken(token),
		FlushInterval: -1,
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// runSuite returns the checks of each scenario that the suite has for a
// version.
func runSuite(t *testing.T, front, version string) map[string][]check {
	t.Helper()
	results := t.TempDir()
	command := exec.CommandContext(t.Context(), node(t), suite, "server", "--url", front+"/mcp",
		"--suite", "all", "--spec-version", version, "--output-dir", results)
	command.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	out, err := command.CombinedOutput() // exit code 1: something failed, which the files say better
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &exit, string(out))
	}
	folders, err := filepath.Glob(filepath.Join(results, "server-*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders, string(out))
	found := map[string][]check{}
	for _, folder := range folders {
		found[scenarioName(folder)] = readChecks(t, folder)
	}
	return found
}

// timestamp is what the suite adds to the name of a scenario's folder.
var timestamp = regexp.MustCompile(`-\d{4}-\d\d-\d\dT[\d-]+Z$`)

func scenarioName(folder string) string {
	name := filepath.Base(folder)[len("server-"):]
	return timestamp.ReplaceAllString(name, "")
}

func readChecks(t *testing.T, folder string) []check {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "checks.json"))
	require.NoError(t, err)
	var checks []check
	require.NoError(t, json.Unmarshal(content, &checks))
	return checks
}

// requirePassed wants at least one success of the scenario's own, and nothing
// failed. A warning is about what the specification only recommends.
func requirePassed(t *testing.T, name string, checks []check) {
	t.Helper()
	passed := 0
	for _, c := range checks {
		require.NotEqual(t, "FAILURE", c.Status, "%s: %+v", name, c)
		if c.Status == "SUCCESS" && c.ID != everyScenario {
			passed++
		}
	}
	require.Positive(t, passed, "%s was skipped: %+v", name, checks)
}

// requirePartial wants every check of a partly applicable scenario to pass
// that has no reason not to, and some to have run at all.
func requirePartial(t *testing.T, name string, checks []check) {
	t.Helper()
	excused, isPartial := partial[name]
	if !isPartial {
		return
	}
	succeeded := map[string]bool{}
	for _, c := range checks {
		if _, ok := excused[c.ID]; !ok {
			require.NotEqual(t, "FAILURE", c.Status, "%s: %+v", name, c)
		}
		succeeded[c.ID] = c.Status == "SUCCESS"
	}
	for _, id := range mustSucceed[name] {
		require.True(t, succeeded[id], "%s: %s", name, id)
	}
}
