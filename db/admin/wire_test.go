package admin

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

func managerMethods() (names []string) {
	manager := reflect.TypeFor[Manager]()
	for i := range manager.NumMethod() {
		names = append(names, manager.Method(i).Name)
	}
	return names
}

// through sends a request as it would cross the socket.
func through[Q any](t *testing.T, sent Q) Q {
	t.Helper()
	body, err := json.Marshal(sent)
	require.NoError(t, err)
	got, err := decode[Q](body)
	require.NoError(t, err)
	return got
}

func TestSettingsArriveAsTheyWereSent(t *testing.T) {
	times := []*time.Time{nil}
	for _, at := range []time.Time{
		{},
		time.Unix(1, 999_999_999).UTC(),
		time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(123_456, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		times = append(times, &at)
	}
	for _, at := range times {
		for _, description := range []string{"", "x", "a\xff<&>\x00\u2028", "\ufffd"} {
			scope := db.Scope{Services: []string{"a"}, Tools: []string{"b*"}, ReadOnly: true}
			sent := db.TokenSettings{Description: description, ExpiresAt: at, Scope: scope}
			require.Equal(t, sent, through(t, settingsOf(sent)).db())
			for _, c := range []db.TokenChange{
				{Description: &description, ExpiresAt: at, Services: &scope.Services, Tools: &scope.Tools, ReadOnly: new(true), Disabled: new(true)},
				{Description: &description, Services: &[]string{}, Tools: &[]string{}, ReadOnly: new(false), Disabled: new(false)},
				{ExpiresAt: at},
			} {
				require.Equal(t, c, through(t, changeOf(c)).db())
			}
		}
	}
	local := time.Now()
	require.True(t, local.Equal(*through(t, settingsOf(db.TokenSettings{ExpiresAt: &local})).db().ExpiresAt))
}

func TestSecretsCrossTheSocketAndPrintAsRedacted(t *testing.T) {
	sent := db.Proof{Token: global.NewSecret("c4nary\"<"), Tenant: "tenant", Key: global.NewSecret("c4nary2")}
	got := through(t, proofOf(sent)).db()
	require.Equal(t, "c4nary\"<", got.Token.Reveal())
	require.Equal(t, "c4nary2", got.Key.Reveal())
	require.Equal(t, "tenant", got.Tenant)
	require.True(t, through(t, proofOf(db.Proof{})).db().Token.IsEmpty())

	for _, v := range []any{
		proofOf(sent),
		joinRequest{Proof: proofOf(sent)},
		&endRequest{Proof: proofOf(sent)}, addedOf(db.Added{Token: sent.Token}),
		storeOAuthRequest{Data: db.OAuthTokenData{AccessToken: "c4nary"}},
		&storeCredentialsRequest{Data: db.ServiceCredentials{Data: map[string]any{"v": "c4nary"}}},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			printed := fmt.Sprintf(verb, v)
			require.NotContains(t, printed, "c4nary", verb)
			require.NotContains(t, printed, fmt.Sprintf("%x", "c4nary"), verb)
		}
	}
}

// A number that no float64 holds is stored as it was given.
func TestNumbersOfCredentialsStayExact(t *testing.T) {
	var stored []byte
	s := start(t, fake{store: func(data *db.ServiceCredentials) (err error) {
		stored, err = json.Marshal(data.Data)
		return err
	}}, 0)
	given := map[string]any{"n": int64(1<<53 + 1), "s": "\ufffd"}
	require.NoError(t, client(t, s.path).StoreCredentials("", db.APIKeys, "", &db.ServiceCredentials{Data: given}))
	require.Equal(t, `{"n":9007199254740993,"s":"`+"\ufffd"+`"}`, string(stored))
}

func TestRequestsAreRefusedWhole(t *testing.T) {
	for _, body := range []string{
		"", "x", "[]", `"x"`, `{"hash":1}`, `{"hash":"x","new":true}`, `{"hash":"x"} {}`, `{"hash":"x"}x`, `{"hash":"x"`, "\x00",
	} {
		_, err := decode[tokenRequest]([]byte(body))
		require.Equal(t, errRequest, err, body)
	}
	_, err := decode[settings]([]byte(`{"scope":{"readonly":true}}`))
	require.Equal(t, errRequest, err, "a limit that is not known is not left out")
	_, err = decode[settings]([]byte("{\"scope\":{\"read_only\":true}}\n"))
	require.NoError(t, err)
}
