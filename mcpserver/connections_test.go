package mcpserver_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/store"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// fact is an entry of the connections.
type fact = map[string]any

// facts are the connections by service, which the tool and REST tell alike.
func (w *told) facts(t *testing.T, token string) map[string]fact {
	t.Helper()
	answer := w.get(t, "/api/connections", bearer(token))
	require.Equal(t, http.StatusOK, answer.StatusCode, answer.body)
	require.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	said := w.callAs(t, token, "connections", `"arguments":{}`)
	require.False(t, said.IsError)
	require.JSONEq(t, answer.body, said.text())
	require.NotContains(t, said.text(), ": ", "it is compact")
	requireNoCanary(t, answer.body)
	var list struct{ Connections []fact }
	require.NoError(t, json.Unmarshal([]byte(said.text()), &list))
	known := map[string]fact{}
	for _, f := range list.Connections {
		known[f["service"].(string)] = f
	}
	require.Len(t, known, len(list.Connections))
	return known
}

// linked is a fact with where to connect.
func linked(f fact) fact {
	f["connect_url"] = publicURL + "/connect/" + f["service"].(string)
	return f
}

func TestConnectionsOfATenantWithoutAny(t *testing.T) {
	w := newTold(t, withLinks(t))
	require.Equal(t, map[string]fact{
		"free":    {"service": "free", "name": "Free", "auth": "none", "state": "not_needed", "renews": false},
		"keyed":   linked(fact{"service": "keyed", "name": "Keyed", "auth": "bearer", "state": "configured", "way": "values", "renews": false}),
		"mine":    linked(fact{"service": "mine", "name": "My Shop", "auth": "user_credentials", "state": "missing", "way": "values", "renews": false}),
		"mail":    linked(fact{"service": "mail", "name": "Mail", "auth": "oauth2_device", "state": "missing", "way": "device", "renews": false}),
		"web":     linked(fact{"service": "web", "name": "Web", "auth": "oauth2_code", "state": "missing", "way": "code", "renews": false}),
		"outside": {"service": "outside", "name": "Outside", "auth": "oauth2_external", "state": "missing", "way": "operator", "renews": false},
	}, w.facts(t, w.alice))
	require.Zero(t, w.codes.Load(), "who only looks signs in nowhere")
	bare := newTold(t)
	require.NotContains(t, bare.facts(t, bare.alice)["mine"], "connect_url")
}

func TestConnectionsOfATenant(t *testing.T) {
	w := newTold(t, withLinks(t))
	w.store(t, w.alice)
	expires := time.Now().Add(time.Hour).In(time.FixedZone("", 3600))
	w.connectMail(t, w.alice, expires)
	known := w.facts(t, w.alice)
	require.Equal(t, "connected", known["mine"]["state"])
	requireRecent(t, known["mine"]["connected_at"])
	mail := known["mail"]
	requireRecent(t, mail["connected_at"])
	delete(mail, "connected_at")
	require.Equal(t, linked(fact{
		"service": "mail", "name": "Mail", "auth": "oauth2_device", "state": "connected", "way": "device", "renews": true,
		"account": "ann@example.com", "scope": []any{"read", "send"}, "expires_at": expires.UTC().Format(time.RFC3339),
	}), mail)
	for _, service := range []string{"mine", "mail"} {
		require.Equal(t, "missing", w.facts(t, w.bob)[service]["state"], "another tenant's")
	}
}

// requireRecent checks the form and the time zone as well.
func requireRecent(t *testing.T, at any) {
	t.Helper()
	when, err := time.Parse("2006-01-02T15:04:05Z", at.(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), when, time.Minute)
}

// TestAConnectionThatEnds: its last error is the provider's word, and a sign-in
// that is under way is among the facts.
func TestAConnectionThatEnds(t *testing.T) {
	w := newTold(t, withLinks(t))
	w.connectMail(t, w.alice, time.Now().Add(-time.Hour))
	w.says.Store(`{"error":"invalid_grant","error_description":"` + refreshCanary + `"}`)
	const why = "your connection to Mail has ended: the provider does not accept it any more (invalid_grant)"
	w.pause.Store(600)
	require.Contains(t, w.get(t, "/api/mail/me", bearer(w.alice)).problem(t).Detail, why)
	mail := w.facts(t, w.alice)["mail"]
	require.Equal(t, "needs_sign_in", mail["state"])
	require.Equal(t, "the provider answered invalid_grant", mail["last_error"])
	pending := mail["pending"].(fact)
	require.Equal(t, "ABCD-EFGH", pending["user_code"])
	require.Equal(t, "https://idp.example/enter", pending["verification_uri"])
	until, err := time.Parse("2006-01-02T15:04:05Z", pending["expires_at"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(10*time.Minute), until, time.Minute)
	require.Contains(t, w.get(t, "/api", bearer(w.alice)).body, `"auth":"oauth2_device","connection":"needs_sign_in"`)
	require.NotContains(t, w.facts(t, w.bob)["mail"], "pending", "another tenant's")
}

// TestWhatCannotBeReadIsAFact: one record that is damaged hides no other.
func TestWhatCannotBeReadIsAFact(t *testing.T) {
	dir := t.TempDir()
	before := &gateway{}
	before.openDatabase(t, dir)
	token, hash, err := before.database.AddAPIToken("")
	require.NoError(t, err)
	before.store(t, token)
	before.connectMail(t, token, time.Now().Add(time.Hour))
	require.NoError(t, before.database.Close())
	damage(t, dir, hash, "/oauth_tokens/mail")

	after := &gateway{}
	after.openDatabase(t, dir)
	t.Cleanup(func() { require.NoError(t, after.database.Close()) })
	w := newTold(t, withLinks(t), mcpserver.WithDB(after.database))
	known := w.facts(t, token)
	require.Equal(t, "connected", known["mine"]["state"])
	require.Equal(t, linked(fact{
		"service": "mail", "name": "Mail", "auth": "oauth2_device", "state": "needs_sign_in", "way": "device", "renews": false,
		"last_error": "what is stored cannot be read",
	}), known["mail"])
	require.Equal(t, http.StatusOK, w.get(t, "/api", bearer(token)).StatusCode)
	require.Contains(t, w.log.String(), "secret: damaged", "for the operator")
}

func (g *gateway) openDatabase(t *testing.T, dir string) {
	t.Helper()
	var err error
	g.database, err = db.New(db.WithLogger(discardLogger(t)), db.WithDataDir(dir))
	require.NoError(t, err)
}

// damage changes the last byte of a tenant's record in a closed database.
func damage(t *testing.T, dir, tenant, path string) {
	t.Helper()
	file, err := store.OpenBolt(filepath.Join(dir, "mcpfusion.db"), store.Options{})
	require.NoError(t, err)
	id, err := hex.DecodeString(tenant)
	require.NoError(t, err)
	require.NoError(t, file.Update(func(tx store.Tx) error {
		key := append(id, path...)
		value, err := tx.Get("api_tokens", key)
		require.NoError(t, err)
		require.NotEmpty(t, value)
		value = slices.Clone(value)
		value[len(value)-1]++
		return tx.Put("api_tokens", key, value)
	}))
	require.NoError(t, file.Close())
}

// TestConnectionsStayWithinTheScope: of a service without a visible tool nothing
// is told.
func TestConnectionsStayWithinTheScope(t *testing.T) {
	w := newTold(t, withLinks(t))
	for name, c := range map[string]struct {
		scope db.Scope
		sees  []string
	}{
		"a service": {db.Scope{Services: []string{"mine"}}, []string{"mine"}},
		"a tool":    {db.Scope{Tools: []string{"mine_more", "web_*"}}, []string{"mine", "web"}},
		"read-only": {db.Scope{Tools: []string{"mine_more", "web_*"}, ReadOnly: true}, []string{"web"}},
		"nothing":   {db.Scope{Services: []string{"unknown"}}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			sees := []string{}
			for service := range w.facts(t, w.scoped(t, c.scope).Token.Reveal()) {
				sees = append(sees, service)
			}
			require.ElementsMatch(t, c.sees, sees)
		})
	}
}

func TestConnectionsTakesNoArguments(t *testing.T) {
	w := newTold(t)
	for _, arguments := range []string{`{}`, `null`} {
		isError, _ := w.callBoth(t, "connections", arguments)
		require.False(t, isError, arguments)
	}
	isError, text := w.callBoth(t, "connections", `{"service":"mail"}`)
	require.True(t, isError)
	require.Equal(t, "wrong arguments, nothing was sent:\n- connections takes no arguments", text)
	require.Equal(t, "connections", w.lastRequest(t)["tool"])
	require.Equal(t, http.StatusMethodNotAllowed, w.postJSON(t, "/api/connections", `{}`, bearer(w.alice)).StatusCode)
	require.Equal(t, http.StatusNotFound, w.get(t, "/api/connections/mail", bearer(w.alice)).StatusCode)
	require.Equal(t, http.StatusUnauthorized, w.get(t, "/api/connections").StatusCode)
}
