package interop

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a person and a program can see or keep of signing in, by each way and
// with what goes wrong, holds none of the codes and tokens that gateway and
// provider have exchanged.
func TestNoSecretOfASignInShowsAnywhere(t *testing.T) {
	s := startSigning(t, "-debug")
	var seen strings.Builder
	look := func(path string) {
		t.Helper()
		_, body := s.get(t, s.token, path)
		seen.WriteString(body + "\n")
	}
	w := s.newWindow(t, s.token)
	watch := func(act func()) {
		act()
		seen.WriteString(w.page + "\n" + w.at.String() + "\n")
	}

	back := s.signIn(t, w.begin(t), "anna")
	watch(func() { w.open(t, strings.Replace(back, "state=", "state=x", 1)) })
	watch(func() { w.open(t, back) })
	watch(func() { w.open(t, back) })
	look("/api/web/me")
	look("/api/machine/me")

	look("/api/desk/me")
	var told toolResult
	client := startPeer(t, "twice.mjs", s.tool("desk_me"), &told)
	s.approveDevice(t, codeIn(t, told.Content[0].Text), "ben")
	s.awaitConnected(t, s.token, "desk")
	client.ask(t, "again", &told)
	for _, content := range told.Content {
		seen.WriteString(content.Text + "\n")
	}
	s.strike(t, 1, fault{Kind: "answer", Path: "/api/me", Status: http.StatusUnauthorized, Body: "no"})
	look("/api/desk/me")
	look("/api/connections")
	watch(func() { w.open(t, s.gateway.URL+"/connect/desk") })
	watch(func() { w.post(t, "/connect/desk/disconnect", nil) })
	look("/api/desk/me")
	s.connectAgain(t, w, &seen)
	s.gateway.Stop(t)

	file, err := os.ReadFile(filepath.Join(s.data, "mcpfusion.db"))
	require.NoError(t, err)
	var secrets []string
	s.control(t, "secrets", nil, &secrets)
	require.Greater(t, len(secrets), 12)
	for _, secret := range append(secrets, s.token) {
		for name, text := range map[string]string{
			"an answer": seen.String(), "the log": s.gateway.Log.String(), "standard output": s.gateway.Out.String(), "the file": string(file),
		} {
			require.NotContains(t, text, secret, "%s shows %.6s…", name, secret)
		}
	}
}

// connectAgain signs in once more, while the provider fails.
func (s *signing) connectAgain(t *testing.T, w *window, seen *strings.Builder) {
	t.Helper()
	for _, f := range []fault{failing, losing, closing} {
		back := s.signIn(t, w.begin(t), "anna")
		s.strike(t, 1, f)
		w.open(t, back)
		require.Contains(t, w.page, "provider")
		seen.WriteString(w.page)
	}
}
