package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/internal/testgateway"
)

// withTool is a service with one tool.
func withTool(service, endpoint string) string {
	return fmt.Sprintf(`{"services":{%q:{"name":"S","baseURL":"http://127.0.0.1:1","endpoints":[{"id":%q,"name":"E","method":"GET","path":"/"}]}}}`, service, endpoint)
}

// reloading is a running server with configuration in a folder and in a file
// elsewhere, which is a symbolic link as Kubernetes makes them.
type reloading struct {
	*testgateway.Gateway
	client        *http.Client
	folder, mount string
	reloads       int
}

func newReloading(t *testing.T) *reloading {
	t.Helper()
	r := &reloading{folder: t.TempDir(), mount: t.TempDir()}
	write(t, filepath.Join(r.folder, "a.json"), withTool("a", "one"))
	write(t, filepath.Join(r.mount, "..1", "k.json"), withTool("k", "one"))
	require.NoError(t, os.Symlink("..1", filepath.Join(r.mount, "..data")))
	require.NoError(t, os.Symlink("..data/k.json", filepath.Join(r.mount, "k.json")))
	data := t.TempDir()
	r.client = &http.Client{Transport: testgateway.WithToken(testgateway.AddToken(t, data, "reload"))}
	r.Gateway = testgateway.Start(t, testgateway.Config{
		Services: withTool("s", "one"), DataDir: data, Flags: []string{"-config", r.folder, "-config", filepath.Join(r.mount, "k.json")},
	})
	return r
}

func write(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func (r *reloading) get(t *testing.T, path string) string {
	t.Helper()
	response, err := r.client.Get(r.URL + path)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

// awaitLog waits until the server has logged something for the nth time.
func (r *reloading) awaitLog(t *testing.T, text string, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Count(r.Log.String(), text) == n }, waitFor, tick, "%s", r.Log)
}

// requireServed waits for the next reload, and looks for the endpoints.
func (r *reloading) requireServed(t *testing.T, services ...string) {
	t.Helper()
	r.reloads++
	r.awaitLog(t, "the configuration was read anew", r.reloads)
	list := r.get(t, "/api")
	for _, service := range services {
		key, endpoint, _ := strings.Cut(service, "_")
		require.Contains(t, list, fmt.Sprintf(`"service":%q`, key))
		require.Contains(t, list, fmt.Sprintf(`[%q]`, endpoint))
	}
	require.NotContains(t, r.get(t, "/readyz"), "detail")
}

func TestChangedFilesAreServed(t *testing.T) {
	r := newReloading(t)

	// A new file, and another in its place, as editors write them.
	write(t, filepath.Join(r.folder, "b.json"), withTool("b", "one"))
	r.requireServed(t, "a_one", "b_one", "s_one", "k_one")
	write(t, filepath.Join(r.folder, "b.json~"), withTool("b", "two"))
	require.NoError(t, os.Rename(filepath.Join(r.folder, "b.json~"), filepath.Join(r.folder, "b.json")))
	r.requireServed(t, "b_two")
	require.NoError(t, os.Remove(filepath.Join(r.folder, "b.json")))
	r.requireServed(t, "a_one")
	require.NotContains(t, r.get(t, "/api"), `"b"`)

	// The swap of Kubernetes.
	write(t, filepath.Join(r.mount, "..2", "k.json"), withTool("k", "two"))
	require.NoError(t, os.Symlink("..2", filepath.Join(r.mount, "..data_tmp")))
	require.NoError(t, os.Rename(filepath.Join(r.mount, "..data_tmp"), filepath.Join(r.mount, "..data")))
	r.requireServed(t, "k_two")

	// What cannot be used is said, and changes nothing.
	write(t, filepath.Join(r.folder, "a.json"), `{"services":{"a":{"nam":"A"}}}`)
	r.awaitLog(t, "the configuration has changed and cannot be used; the one before is served on", 1)
	require.Contains(t, r.Log.String(), filepath.Join(r.folder, "a.json")+":1:")
	require.Contains(t, r.get(t, "/api"), `"service":"a"`)
	require.Contains(t, r.get(t, "/readyz"), `"detail":"The configuration has changed and cannot be used`)
	write(t, filepath.Join(r.folder, "a.json"), withTool("a", "three"))
	r.requireServed(t, "a_three")

	// SIGHUP reads also what has not changed.
	r.Hangup(t)
	r.requireServed(t, "a_three")
	r.Stop(t)
}

// A key is changed in the environment's file, which is read with the
// configuration.
func TestTheEnvironmentIsReadAnew(t *testing.T) {
	home, data := t.TempDir(), t.TempDir()
	env := filepath.Join(home, ".mcpfusion", "env")
	write(t, env, "PLACE=before")
	r := &reloading{client: &http.Client{Transport: testgateway.WithToken(testgateway.AddToken(t, data, "reload"))}}
	r.Gateway = testgateway.Start(t, testgateway.Config{
		Services: strings.Replace(withTool("s", "one"), `"S"`, `"${PLACE}"`, 1), DataDir: data, Env: []string{"HOME=" + home},
	})
	require.Contains(t, r.get(t, "/api"), `"name":"before"`)
	write(t, env, "PLACE=after")
	r.Hangup(t)
	r.requireServed(t, "s_one")
	require.Contains(t, r.get(t, "/api"), `"name":"after"`)

	write(t, env, "PLACE")
	r.Hangup(t)
	r.awaitLog(t, "cannot be used; the one before is served on", 1)
	require.Contains(t, r.Log.String(), "/env:1: cannot be understood")
	require.Contains(t, r.get(t, "/api"), `"name":"after"`)
	r.Stop(t)
}

// A SIGHUP while the server starts is for later, and does not end it.
func TestAHangupMayComeEarly(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.json")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	r := &reloading{Gateway: testgateway.Launch(t, testgateway.Config{Services: withTool("s", "one"), Flags: []string{"-config", pipe}})}
	answer := func(before func()) {
		t.Helper()
		var file *os.File
		require.Eventually(t, func() (opened bool) { // as soon as the server reads
			var err error
			file, err = os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
			return err == nil
		}, waitFor, tick, "%s", r.Log)
		before()
		_, err := file.WriteString(withTool("p", "one"))
		require.NoError(t, errors.Join(err, file.Close()))
	}
	answer(func() { r.Hangup(t) })
	r.awaitLog(t, "serves 2 tools", 1)
	answer(func() {})
	r.awaitLog(t, "the configuration was read anew", 1)
	r.Stop(t)
}

// Other files change nothing, and the same content is no change.
func TestOnlyTheConfigurationIsWatched(t *testing.T) {
	r := newReloading(t)
	write(t, filepath.Join(r.folder, "notes.txt"), "x")
	write(t, filepath.Join(r.folder, "a.json"), withTool("a", "one"))
	write(t, filepath.Join(r.folder, "b.json"), withTool("b", "one"))
	r.requireServed(t, "b_one")
	require.Equal(t, 1, strings.Count(r.Log.String(), "the configuration was read anew"))
}
