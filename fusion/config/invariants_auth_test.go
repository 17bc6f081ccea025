package config_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

func requireBaseURL(t *testing.T, u *url.URL) {
	require.NotNil(t, u)
	require.Contains(t, []string{"http", "https"}, u.Scheme)
	require.NotEmpty(t, u.Hostname())
	require.Nil(t, u.User)
	require.Empty(t, u.RawQuery+u.Fragment)
	require.NotRegexp(t, `/$`, u.Path)
}

func requireAuth(t *testing.T, auth config.Auth) {
	require.NotEmpty(t, auth.Type)
	switch settings := auth.Settings.(type) {
	case nil:
		require.Equal(t, "none", auth.Type)
	case *config.APIKey:
		require.True(t, (settings.Header == "") != (settings.QueryParam == ""))
	case *config.OAuth2:
		require.NotEmpty(t, settings.ClientID)
		requireAbsolute(t, settings.TokenURL)
		if auth.Type == "oauth2_device" || auth.Type == "oauth2_code" {
			requireAbsolute(t, settings.AuthorizationURL)
		}
	case *config.SessionJWT:
		requireAbsolute(t, settings.LoginURL)
		require.NotEmpty(t, settings.TokenPath)
		require.False(t, settings.LoginBody != nil && settings.LoginFormBody != nil)
	case *config.UserCredentials:
		require.NotEmpty(t, settings.Fields)
		require.True(t, settings.AuthMethod == "" || len(settings.Fields) == 2)
	}
}

func requireAbsolute(t *testing.T, text string) {
	u, err := url.Parse(text)
	require.NoError(t, err)
	require.True(t, u.IsAbs() && u.Host != "", text)
}
