package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

func TestRESTServesTheSameTools(t *testing.T) {
	g := newGateway(t)
	var echo struct {
		Args map[string][]string
		JSON map[string]any
	}
	answer := g.get(t, "/api/bin/get?value=a%26b&count=3", bearer(g.alice))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, "application/json", strings.Split(answer.Header.Get("Content-Type"), ";")[0])
	require.NoError(t, json.Unmarshal([]byte(answer.body), &echo))
	require.Equal(t, map[string][]string{"value": {"a&b"}, "count": {"3"}}, echo.Args)

	answer = g.postJSON(t, "/api/bin/get", `{"value":"x","count":1735689600}`, bearer(g.alice))
	require.NoError(t, json.Unmarshal([]byte(answer.body), &echo))
	require.Equal(t, []string{"1735689600"}, echo.Args["count"])

	answer = g.postJSON(t, "/api/bin/post", `{"value":"x"}`, bearer(g.alice))
	require.NoError(t, json.Unmarshal([]byte(answer.body), &echo))
	require.Equal(t, map[string]any{"value": "x"}, echo.JSON)
	require.Equal(t, "bin_post", g.lastRequest(t)["tool"])
}

func TestRESTMethodsFollowTheHints(t *testing.T) {
	g := newGateway(t)
	for _, c := range []struct{ method, path, allow string }{
		{http.MethodGet, "/api/bin/post?value=x", "POST"},
		{http.MethodHead, "/api/bin/post?value=x", "POST"},
		{http.MethodPut, "/api/bin/post", "POST"},
		{http.MethodGet, "/api/bin/delete", "POST"},
		{http.MethodDelete, "/api/bin/get", "GET, POST"},
		{http.MethodHead, "/api/bin/get", "GET, POST"},
		{http.MethodPost, "/api", "GET, HEAD"},
		{http.MethodPost, "/api/bin", "GET, HEAD"},
		{http.MethodPost, "/api/openapi.json", "GET, HEAD"},
	} {
		answer := g.do(t, c.method, c.path, "", bearer(g.alice))
		require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode, "%s %s", c.method, c.path)
		require.Equal(t, c.allow, answer.Header.Get("Allow"))
	}
}

func TestRESTRefusesWrongArguments(t *testing.T) {
	g := newGateway(t)
	p := g.get(t, "/api/bin/get?count=0&vaule=x", bearer(g.alice)).problem(t)
	require.Equal(t, http.StatusBadRequest, p.Status)
	require.Equal(t, "Wrong arguments; nothing was sent", p.Detail)
	names := []string{}
	for _, wrong := range p.Errors {
		names = append(names, wrong.Name)
		require.NotEmpty(t, wrong.Detail)
	}
	require.ElementsMatch(t, []string{"count", "vaule", "value"}, names)

	for _, body := range []string{`[]`, `{`, `"x"`, `{"value":"x"} {}`} {
		require.Equal(t, http.StatusBadRequest, g.postJSON(t, "/api/bin/get", body, bearer(g.alice)).problem(t).Status, body)
	}
	both := g.postJSON(t, "/api/bin/get?count=1", `{"value":"x"}`, bearer(g.alice))
	require.Equal(t, http.StatusBadRequest, both.problem(t).Status)
}

func TestRESTMapsWhatTheAPIAnswers(t *testing.T) {
	g := newGateway(t)
	for path, want := range map[string]struct{ status, upstream int }{
		"/api/bin/status?code=400": {400, 400},
		"/api/bin/status?code=401": {502, 401},
		"/api/bin/status?code=403": {502, 403},
		"/api/bin/status?code=404": {404, 404},
		"/api/bin/status?code=407": {502, 407},
		"/api/bin/status?code=409": {409, 409},
		"/api/bin/status?code=429": {429, 429},
		"/api/bin/status?code=500": {502, 500},
		"/api/bin/status?code=504": {502, 504},
		"/api/bin/slow":            {504, 0},
		"/api/bin/none":            {404, 0},
		"/api/none/get":            {404, 0},
		"/api/none":                {404, 0},
		"/api/bin/get/more":        {404, 0},
		"/api/":                    {404, 0},
	} {
		p := g.get(t, path, bearer(g.alice)).problem(t)
		require.Equal(t, want.status, p.Status, path)
		require.Equal(t, want.upstream, p.UpstreamStatus, path)
	}
	require.Equal(t, http.StatusForbidden, g.postJSON(t, "/api/bin/delete", `{}`, bearer(g.alice)).problem(t).Status)
	empty := g.get(t, "/api/bin/status?code=204", bearer(g.alice))
	require.Equal(t, http.StatusNoContent, empty.StatusCode)
	require.Empty(t, empty.body)
}

func TestRESTSaysWhatWasCut(t *testing.T) {
	g := newGateway(t)
	answer := g.get(t, "/api/bin/big?text="+strings.Repeat("x", 3000), bearer(g.alice))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.LessOrEqual(t, len(answer.body), 1000)
	require.NotEmpty(t, answer.Header.Get("X-Mcpfusion-Note"))
}

func TestServicesAreListedWithTheirConnection(t *testing.T) {
	g := newGateway(t)
	answer := g.get(t, "/api", bearer(g.alice))
	require.JSONEq(t, `{"services": [
		{"service": "bin", "name": "Bin", "auth": "none", "connection": "not_needed",
			"endpoints": ["big", "delay", "delete", "get", "later", "post", "slow", "status"]},
		{"service": "keyed", "name": "Keyed", "auth": "bearer", "connection": "configured", "endpoints": ["headers"]},
		{"service": "mine", "name": "Mine", "auth": "user_credentials", "connection": "missing", "endpoints": ["headers"]}]}`, answer.body)

	tenant, err := g.database.Authenticate(g.alice)
	require.NoError(t, err)
	own := &db.ServiceCredentials{Type: "x", Data: map[string]any{"key": "alices-own-key"}}
	require.NoError(t, tenant.StoreCredentials(db.UserCredentials, "mine", own))
	require.Contains(t, g.get(t, "/api", bearer(g.alice)).body, `"connection":"connected"`)
	require.NotContains(t, g.get(t, "/api", bearer(g.bob)).body, `"connection":"connected"`)
}

func TestTenantWithoutItsOwnCredentialIsToldHow(t *testing.T) {
	g := newGateway(t)
	p := g.get(t, "/api/mine/headers", bearer(g.bob)).problem(t)
	require.Equal(t, http.StatusConflict, p.Status)
	require.Contains(t, p.Detail, "set -public-url")
	require.Contains(t, p.Detail, "mcpfusion-token credential set --tenant "+g.asListed(t, g.bob)+" --service mine --kind user_credentials")
}
