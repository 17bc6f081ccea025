package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCall(t *testing.T) {
	d := startDemonstration(t, filepath.Join(t.TempDir(), "demo"), nil)
	defer d.end(t)
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(d.banner)
	file := writeFile(t, `{"message":"from a file","count":7}`)
	token := "MCPFUSION_TOKEN=" + d.token(t)
	for _, c := range []struct {
		environment  string
		args         []string
		code         int
		stdout, errs string // patterns
	}{
		{
			token,
			[]string{"demo_get_echo", "message=a b", "count=3", "tags=x", "tags=y", "tags=z"},
			exitDone,
			`"args":\{"count":\["3"\],"message":\["a b"\],"source":\["mcpfusion-demo"\],"tag":\["x","y","z"\]\}.*\}\n$`, `^$`,
		},
		{token, []string{"demo_get_echo", "message=x", "tags=one"}, exitDone, `"tag":\["one"\]`, `^$`},
		{token, []string{"demo_get_echo", "message=x", `tags=["one","two"]`}, exitDone, `"tag":\["one","two"\]`, `^$`},
		{token, []string{"demo_get_echo", "-json", file}, exitDone, `"count":\["7"\],"message":\["from a file"\]`, `^$`},
		{
			token,
			[]string{"demo_get_echo", "count=x"},
			exitFailed, `^$`,
			`^mcpfusion: Wrong arguments; nothing was sent \(status 400, request id [0-9a-f]{16}\)\n- message is missing; it is required\n- count is "x"; must be an integer\n$`,
		},
		{token, []string{"demo_get_status", "code=404"}, exitFailed, `^$`, `status 404, request id`},
		{token, []string{"demo_none"}, exitFailed, `^$`, `^mcpfusion: there is no tool "demo_none"; GET /api lists`},
		{"MCPFUSION_TOKEN=wrong", []string{"demo_get_uuid"}, exitFailed, `^$`, `^mcpfusion: Invalid API token \(status 401`},
		{"X=", []string{"demo_get_uuid"}, exitUsage, `^$`, `set MCPFUSION_TOKEN to an API token`},
		{token, []string{"demo_get_uuid", "x"}, exitUsage, `^$`, `"x" is no argument; allowed: NAME=VALUE`},
		{token, []string{"demo_get_uuid", "x=1", "-json", file}, exitUsage, `^$`, `either as NAME=VALUE or with -json`},
		{token, nil, exitUsage, `^$`, `no tool given`},
		{token, []string{"-url", "http://127.0.0.1:1", "demo_get_uuid"}, exitFailed, `^$`, `^mcpfusion: no server answers: .*refused`},
		{token, []string{"-help"}, exitDone, `^Usage: mcpfusion call `, `^$`},
	} {
		args := append([]string{"call", "-url", url}, c.args...)
		code, stdout, stderr := once(t, hermetic(t, c.environment), args...)
		require.Equal(t, c.code, code, "%v: %s", c.args, stderr)
		require.Regexp(t, c.stdout, stdout, c.args)
		require.Regexp(t, c.errs, stderr, c.args)
	}
}

func TestCallTellsOfACut(t *testing.T) {
	d := startDemonstration(t, filepath.Join(t.TempDir(), "demo"), []string{"-max-result", "1024"})
	defer d.end(t)
	args := []string{"call", "-url", regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(d.banner), "demo_get_echo", "message=x"}
	for range 200 {
		args = append(args, "tags=a tag")
	}
	code, stdout, stderr := once(t, hermetic(t, "MCPFUSION_TOKEN="+d.token(t)), args...)
	require.Equal(t, exitDone, code, stderr)
	require.LessOrEqual(t, len(stdout), 1025)
	require.Regexp(t, `^mcpfusion: The answer is cut .*\n$`, stderr)
}

func TestDryRun(t *testing.T) {
	config := writeFile(t, `{"services":{"s":{"name":"S","baseURL":"http://127.0.0.1:1/v1","auth":{"type":"bearer","config":{"token":"${TOKEN}"}},
		"endpoints":[{"id":"put","name":"N","method":"PUT","path":"/items/{id}","parameters":[
			{"name":"id","type":"string","location":"path","required":true},{"name":"n","type":"number","location":"body"}]}]}}}`)
	environment := []string{"TOKEN=secret-token", "MCP_FUSION_CONFIGS=" + config}
	code, stdout, stderr := once(t, hermetic(t, environment...), "call", "s_put", "id=a/b", "n=1.50", "--dry-run")
	require.Equal(t, exitDone, code, stderr)
	require.Regexp(t, `^PUT http://127\.0\.0\.1:1/v1/items/a%2Fb\nAccept: application/json\nAuthorization: Bearer \[redacted\]\nContent-Type: application/json\nUser-Agent: mcpfusion/\S+\n\n\{"n":1\.50\}\n$`, stdout)
	require.Empty(t, stderr)

	code, _, stderr = once(t, hermetic(t, environment...), "call", "s_put", "n=x", "-dry-run")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "- n is \"x\"")
	code, _, stderr = once(t, hermetic(t, environment...), "call", "s_none", "-dry-run")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, `there is no tool "s_none"`)
	code, _, stderr = once(t, hermetic(t), "call", "s_put", "-dry-run")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "-dry-run needs -config FILES, or MCP_FUSION_CONFIGS")
}

func TestArgumentsFromStandardInput(t *testing.T) {
	got, err := callOptions{file: "-"}.content(strings.NewReader(`{"a":1}`))
	require.NoError(t, err)
	require.Equal(t, `{"a":1}`, string(got))
	_, err = callOptions{file: filepath.Join(t.TempDir(), "none")}.content(nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}
