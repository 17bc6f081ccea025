package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

func secret(s string) global.Secret { return global.NewSecret(s) }

// apply puts a credential on a request to http://h/p?q=1.
func apply(t *testing.T, from config.Auth) (*http.Request, []string, error) {
	t.Helper()
	s, _, err := auth.New(auth.Service{Key: "svc", Auth: from}, nil)
	require.NoError(t, err)
	r, err := http.NewRequest(http.MethodGet, "http://h/p?q=1", nil)
	require.NoError(t, err)
	sent, err := s.Apply(context.Background(), r)
	var revealed []string
	for _, s := range sent.Secrets {
		revealed = append(revealed, s.Reveal())
	}
	return r, revealed, err
}

func TestCredentialsOfTheConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		from    config.Auth
		header  http.Header
		query   string
		secrets []string
	}{
		"none": {config.Auth{Type: "none"}, http.Header{}, "q=1", nil},
		"bearer": {
			config.Auth{Type: "bearer", Settings: &config.Bearer{Token: secret("t0ken")}},
			http.Header{"Authorization": {"Bearer t0ken"}},
			"q=1",
			[]string{"t0ken"},
		},
		"key in a header": {
			config.Auth{Type: "api_key", Settings: &config.APIKey{Key: secret("k&y"), Header: "x-key"}},
			http.Header{"X-Key": {"k&y"}},
			"q=1",
			[]string{"k&y"},
		},
		"key in the query": {
			config.Auth{Type: "api_key", Settings: &config.APIKey{Key: secret("k&y"), QueryParam: "a b"}},
			http.Header{},
			"q=1&a+b=k%26y",
			[]string{"k&y"},
		},
		"basic": { // the example of RFC 7617, section 2
			config.Auth{Type: "basic", Settings: &config.Basic{Username: "Aladdin", Password: secret("open sesame")}},
			http.Header{"Authorization": {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
			"q=1",
			[]string{"open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVuIHNlc2FtZQ"},
		},
		"basic with a key for a user name": {
			config.Auth{Type: "basic", Settings: &config.Basic{Username: "sk_live_1234", Password: secret("X")}},
			http.Header{"Authorization": {"Basic c2tfbGl2ZV8xMjM0Olg="}},
			"q=1",
			[]string{"X", "c2tfbGl2ZV8xMjM0Olg=", "c2tfbGl2ZV8xMjM0Olg", "sk_live_1234"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, secrets, err := apply(t, c.from)
			require.NoError(t, err)
			require.Equal(t, c.header, r.Header)
			require.Equal(t, c.query, r.URL.RawQuery)
			require.Equal(t, c.secrets, secrets)
		})
	}
}

func TestWithoutAUsableCredentialTheRequestStaysAsItIs(t *testing.T) {
	for _, c := range []struct {
		settings any
		want     string
	}{
		{&config.Bearer{}, "no credential for this tenant yet (bearer token)"},
		{&config.APIKey{Header: "X"}, "no credential for this tenant yet (API key)"},
		{&config.APIKey{QueryParam: "k"}, "no credential for this tenant yet (API key)"},
		{&config.Basic{}, "no credential for this tenant yet (user name and password)"},
		{&config.Bearer{Token: secret("canary\n")}, "credential (bearer token) has a control character"},
		{&config.APIKey{Header: "X", Key: secret("canary\r\nX-Evil: 1")}, "credential (API key) has a control character"},
	} {
		r, _, err := apply(t, config.Auth{Type: "t", Settings: c.settings})
		wrong, ok := errors.AsType[*auth.CredentialError](err)
		require.True(t, ok, err)
		require.Contains(t, wrong.Detail, c.want)
		require.NotContains(t, err.Error(), "canary")
		require.Empty(t, r.Header)
		require.Equal(t, "q=1", r.URL.RawQuery)
	}
}

func TestOtherTypesAreNamed(t *testing.T) {
	for _, from := range []config.Auth{
		{Type: "else", Settings: 1},
		{Type: "bearer"},
	} {
		_, _, err := auth.New(auth.Service{Key: "svc", Auth: from}, nil)
		require.ErrorIs(t, err, auth.ErrUnsupportedType)
		require.ErrorContains(t, err, from.Type)
	}
}

func TestAStrategyPrintsNoSecret(t *testing.T) {
	for _, settings := range []any{
		&config.Bearer{Token: secret("canary")},
		&config.APIKey{Key: secret("canary"), QueryParam: "k"},
		&config.Basic{Username: "u", Password: secret("canary")},
	} {
		s, _, err := auth.New(auth.Service{Key: "svc", Auth: config.Auth{Type: "t", Settings: settings}}, nil)
		require.NoError(t, err)
		printed := fmt.Sprintf("%v %+v %#v", s, s, s)
		require.NotContains(t, printed, "canary")
		require.NotContains(t, printed, "dTpjYW5hcnk")
	}
}
