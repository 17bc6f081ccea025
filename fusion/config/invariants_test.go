package config_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

var (
	toolName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	shownName   = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	serviceKey  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	placeholder = regexp.MustCompile(`\{([^}]*)\}`)
)

// requireConsistent checks what the types promise of a configuration that
// was loaded without an error.
func requireConsistent(t *testing.T, loaded *config.Config) {
	t.Helper()
	keys, tools := make(map[string]bool), make(map[string]bool)
	for _, s := range loaded.Services {
		require.Regexp(t, serviceKey, s.Key)
		require.False(t, keys[s.Key], "key %s twice", s.Key)
		keys[s.Key] = true
		require.NotEmpty(t, s.Name)
		require.NotEmpty(t, s.Endpoints)
		requireBaseURL(t, s.BaseURL)
		requireAuth(t, s.Auth)
		for _, e := range s.Endpoints {
			require.Equal(t, s.Key+"_"+e.ID, e.ToolName)
			require.Regexp(t, toolName, e.ToolName)
			require.False(t, tools[e.ToolName], "tool %s twice", e.ToolName)
			tools[e.ToolName] = true
			requireEndpoint(t, e)
		}
	}
}

func requireEndpoint(t *testing.T, e *config.Endpoint) {
	requireBaseURL(t, e.BaseURL)
	require.NotEmpty(t, e.Name)
	require.Contains(t, []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}, e.Method)
	require.Positive(t, e.Connection.Timeout)
	require.False(t, e.Hints.ReadOnly && e.Hints.Destructive)
	require.Contains(t, []string{"json", "text", "binary"}, e.Response.Type)
	require.Contains(t, []string{"json", "form", "rfc2822_base64url"}, e.Body.Encoding)
	require.Equal(t, uint8('/'), e.Path[0])
	shown := make(map[string]bool)
	for _, p := range e.Parameters {
		requireParameter(t, p)
		if !p.Static && !p.Unused {
			require.Regexp(t, shownName, p.Shown)
			require.False(t, shown[p.Shown], "%s twice", p.Shown)
			shown[p.Shown] = true
		}
	}
	for _, match := range placeholder.FindAllStringSubmatch(e.Path, -1) {
		require.True(t, slices.ContainsFunc(e.Parameters, func(p *config.Parameter) bool {
			return p.Location == config.InPath && p.SentName() == match[1] && (p.Required || p.HasDefault) && !p.Unused
		}), "%s in %s", match[0], e.Path)
	}
	requireBehaviour(t, e)
}

func requireBehaviour(t *testing.T, e *config.Endpoint) {
	if p := e.Response.Pagination; p != nil {
		require.GreaterOrEqual(t, p.MaxPages, 1)
		require.NotEmpty(t, p.NextPageTokenPath)
	}
	if c := e.Response.Caching; c != nil {
		require.Equal(t, "GET", e.Method)
		require.Positive(t, c.TTL)
	}
	if r := e.Retry; r != nil {
		require.GreaterOrEqual(t, r.MaxAttempts, 1)
		require.Positive(t, r.BaseDelay)
		require.GreaterOrEqual(t, r.MaxDelay, r.BaseDelay)
		require.GreaterOrEqual(t, r.BackoffFactor, 1.0)
	}
}

func requireParameter(t *testing.T, p *config.Parameter) {
	require.NotEmpty(t, p.Name)
	require.NotEmpty(t, p.Type)
	require.NotEmpty(t, p.Location)
	require.True(t, !p.Static || p.HasDefault, "static %s has no default", p.Name)
	require.True(t, p.HasDefault || p.Default == nil)
	require.True(t, p.Items == "" || p.Type == config.Array)
	v := p.Validation
	if p.Type != config.String {
		require.True(t, v.Pattern == nil && v.MinLength == nil && v.MaxLength == nil && v.Format == "")
	}
	if p.Type != config.Number && p.Type != config.Integer {
		require.True(t, v.Minimum == "" && v.Maximum == "")
	}
}
