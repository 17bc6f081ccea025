package db

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func found(t *testing.T, d *DB, hash string) APITokenMetadata {
	t.Helper()
	list, err := d.FindAPITokens(hash)
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0]
}

func TestSettingsAreKept(t *testing.T) {
	dir := newDir(t)
	d := openDir(t, dir)
	expires := time.Now().Add(time.Hour).Truncate(time.Second).UTC()
	scope := Scope{Services: []string{"mail", "files", "mail"}, Tools: []string{"mail_*"}, ReadOnly: true}
	token, hash := newSettings(t, d, TokenSettings{Description: "CI", ExpiresAt: &expires, Scope: scope})
	requireSound(t, d)
	require.NoError(t, d.Close())

	d = openDir(t, dir)
	got := found(t, d, hash)
	require.Equal(t, "CI", got.Description)
	require.Equal(t, expires, *got.ExpiresAt)
	tidy := Scope{Services: []string{"files", "mail"}, Tools: []string{"mail_*"}, ReadOnly: true}
	require.Equal(t, tidy, got.Scope)
	tenant := authenticate(t, d, token)
	held, err := tenant.Scope()
	require.NoError(t, err)
	require.Equal(t, tidy, held)
}

func TestChangesLeaveTheRest(t *testing.T) {
	d := openNew(t)
	token, hash := newSettings(t, d, TokenSettings{Description: "a", Scope: Scope{Services: []string{"mail"}, ReadOnly: true}})
	change(t, d, hash, TokenChange{Description: new("b\x1b")})
	change(t, d, hash, TokenChange{Tools: &[]string{"x*"}})
	change(t, d, hash, TokenChange{ReadOnly: new(false)})
	got := found(t, d, hash)
	require.Equal(t, "b", got.Description)
	require.Equal(t, Scope{Services: []string{"mail"}, Tools: []string{"x*"}}, got.Scope)
	require.Nil(t, got.ExpiresAt)

	change(t, d, hash, TokenChange{Disabled: new(true)})
	require.True(t, found(t, d, hash).Disabled)
	_, err := d.Authenticate(token)
	require.Equal(t, ErrTokenDisabled, err)
	change(t, d, hash, TokenChange{Disabled: new(false), Services: &[]string{}, Tools: &[]string{}})
	scope, err := authenticate(t, d, token).Scope()
	require.NoError(t, err)
	require.True(t, scope.IsZero())
	require.ErrorIs(t, d.ChangeAPIToken(strings.Repeat("0", 64), TokenChange{}), ErrTokenNotFound)
	require.ErrorIs(t, d.ChangeAPIToken("x", TokenChange{}), ErrTokenNotFound)
}

func TestSettingsThatCannotBe(t *testing.T) {
	d := openNew(t)
	_, hash := add(t, d, "kept")
	many := make([]string, maxScopeItems+1)
	for i := range many {
		many[i] = "a"
	}
	for name, scope := range map[string]Scope{
		"empty service": {Services: []string{""}}, "comma": {Services: []string{"a,b"}}, "control": {Services: []string{"a\n"}},
		"long": {Tools: []string{strings.Repeat("a", maxScopeItem+1)}}, "pattern": {Tools: []string{"a["}}, "many": {Services: many},
	} {
		_, err := d.NewAPIToken(TokenSettings{Scope: scope})
		require.ErrorIs(t, err, ErrSettings, name)
		require.ErrorIs(t, d.ChangeAPIToken(hash, TokenChange{Services: &scope.Services, Tools: &scope.Tools}), ErrSettings, name)
	}
	for _, at := range []time.Time{time.Now().Add(-time.Hour), time.Unix(-1, 0), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		_, err := d.NewAPIToken(TokenSettings{ExpiresAt: &at})
		require.ErrorIs(t, err, ErrSettings, at)
	}
	require.ErrorIs(t, d.ChangeAPIToken(hash, TokenChange{ExpiresAt: new(time.Unix(-1, 0)), Description: new("x")}), ErrSettings)
	require.Equal(t, "kept", found(t, d, hash).Description, "nothing of it was changed")
	list, err := d.ListAPITokens()
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestScopeAdmits(t *testing.T) {
	for name, test := range map[string]struct {
		scope         Scope
		tool, service string
		readOnly      bool
		want          bool
	}{
		"no limits":             {Scope{}, "mail_send", "mail", false, true},
		"service":               {Scope{Services: []string{"mail"}}, "mail_send", "mail", false, true},
		"another service":       {Scope{Services: []string{"files"}}, "mail_send", "mail", false, false},
		"no part of a service":  {Scope{Services: []string{"mai"}}, "mail_send", "mail", false, false},
		"whole name":            {Scope{Tools: []string{"mail_send"}}, "mail_send", "mail", false, true},
		"no part of a name":     {Scope{Tools: []string{"mail"}}, "mail_send", "mail", false, false},
		"one of several":        {Scope{Tools: []string{"x", "*_send"}}, "mail_send", "mail", false, true},
		"both must match":       {Scope{Services: []string{"files"}, Tools: []string{"*"}}, "mail_send", "mail", true, false},
		"read-only":             {Scope{ReadOnly: true}, "mail_list", "mail", true, true},
		"read-only admits none": {Scope{ReadOnly: true}, "mail_send", "mail", false, false},
		"damaged pattern":       {Scope{Tools: []string{"["}}, "mail_send", "mail", true, false},
	} {
		require.Equal(t, test.want, test.scope.Admits(test.tool, test.service, test.readOnly), name)
	}
}

// A scope that cannot be read is never taken for one that limits nothing.
func TestDamagedScopeIsNoScope(t *testing.T) {
	for _, text := range []string{"{}", "null", "x", `{"services":[]}`, `{"read_only":false}`} {
		_, err := decodeScope(text)
		require.ErrorIs(t, err, errFormat, text)
	}
}
