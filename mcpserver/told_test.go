package mcpserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/mcpserver"
)

// unconnected is what a tenant reads of a service that is not connected. TENANT
// stands for its short id.
type unconnected struct{ mcp, rest string }

const (
	passOn = "Tell the user, with each address and code exactly as it is here: "
	wait   = "\nThen wait until the user says that it is done, and call again; before that it cannot work. " +
		"Do not make up an address, a code or a value, and do not ask for a password or a key in this conversation."
	blocked = "\nCalling again does not help before the user says that this is done."
	noValue = "this service needs values of your own (key: Key), which are not stored yet\nSee the shop's settings."
)

var withoutConnection = map[string]struct{ linked, bare unconnected }{
	"mine": {
		unconnected{
			"Nothing was sent to My Shop: " + noValue + "\n" + passOn + "open https://gateway.example/base/connect/mine and enter the values there" + wait,
			noValue + "\nTo connect: open https://gateway.example/base/connect/mine and enter the values there; then call again",
		},
		unconnected{
			"Nothing was sent to My Shop: " + noValue + "\nTell the user: the operator of this server must set -public-url, so that there is a page to enter the values on, or store them: " +
				"mcpfusion-token credential set --tenant TENANT --service mine --kind user_credentials" + blocked,
			noValue + "\nTo connect: the operator of this server must set -public-url, so that there is a page to enter the values on, or store them: " +
				"mcpfusion-token credential set --tenant TENANT --service mine --kind user_credentials",
		},
	},
	"mail": {
		unconnected{
			"Nothing was sent to Mail: you are not connected to Mail yet\n" + passOn + "open https://idp.example/enter and enter the code ABCD-EFGH, or open https://gateway.example/base/connect/mail" + wait,
			"you are not connected to Mail yet\nTo connect: open https://idp.example/enter and enter the code ABCD-EFGH, or open https://gateway.example/base/connect/mail; then call again",
		},
		unconnected{
			"Nothing was sent to Mail: you are not connected to Mail yet\n" + passOn + "open https://idp.example/enter and enter the code ABCD-EFGH" + wait,
			"you are not connected to Mail yet\nTo connect: open https://idp.example/enter and enter the code ABCD-EFGH; then call again",
		},
	},
	"web": {
		unconnected{
			"Nothing was sent to Web: you are not connected to Web yet\n" + passOn + "open https://gateway.example/base/connect/web and sign in there" + wait,
			"you are not connected to Web yet\nTo connect: open https://gateway.example/base/connect/web and sign in there; then call again",
		},
		unconnected{
			"Nothing was sent to Web: you are not connected to Web yet\nTell the user: the operator of this server must set -public-url, so that there is a page to sign in on" + blocked,
			"you are not connected to Web yet\nTo connect: the operator of this server must set -public-url, so that there is a page to sign in on",
		},
	},
	"outside": {
		unconnected{
			"Nothing was sent to Outside: you are not connected to Outside yet\nTell the user: the operator of this server must store the tokens: " +
				"mcpfusion-token credential set --tenant TENANT --service outside --kind oauth_tokens" + blocked,
			"you are not connected to Outside yet\nTo connect: the operator of this server must store the tokens: " +
				"mcpfusion-token credential set --tenant TENANT --service outside --kind oauth_tokens",
		},
		unconnected{}, // the same
	},
}

// TestATenantWithoutAConnectionIsTold: by the same text whatever the protocol
// version, and over REST by members beside it.
func TestATenantWithoutAConnectionIsTold(t *testing.T) {
	for name, opts := range map[string][]mcpserver.Option{"linked": {withLinks(t)}, "bare": nil} {
		t.Run(name, func(t *testing.T) {
			w := newTold(t, opts...)
			for service, want := range withoutConnection {
				says := want.linked
				if name == "bare" && want.bare.mcp != "" {
					says = want.bare
				}
				w.requireTold(t, service, says)
			}
			require.Zero(t, w.api.requests.Load())
			require.EqualValues(t, 1, w.codes.Load(), "one sign-in for all calls")
		})
	}
}

func (w *told) requireTold(t *testing.T, service string, want unconnected) {
	t.Helper()
	named := strings.NewReplacer("TENANT", w.asListed(t, w.alice)).Replace
	isError, text := w.callBoth(t, service+"_me", `{}`)
	require.True(t, isError)
	require.Equal(t, named(want.mcp), text)

	answer := w.get(t, "/api/"+service+"/me", bearer(w.alice))
	require.Equal(t, http.StatusConflict, answer.StatusCode)
	require.Equal(t, named(want.rest), answer.problem(t).Detail)
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(answer.body), &members))
	for member, value := range map[string]any{
		"connect_url": publicURL + "/connect/" + service, "user_code": "ABCD-EFGH", "verification_uri": "https://idp.example/enter",
	} {
		if strings.Contains(want.rest, value.(string)) {
			require.Equal(t, value, members[member])
		} else {
			require.NotContains(t, members, member)
		}
	}
}

// TestASignInThatCannotBeginSaysWhy, with who can still connect the service.
func TestASignInThatCannotBeginSaysWhy(t *testing.T) {
	w := newToldWith(t, auth.NewConnections(discardLogger(t), auth.WithoutDeviceFlow()), withLinks(t))
	const why = "the operator of this server must store the tokens: mcpfusion-token credential set"
	named := " --tenant " + w.asListed(t, w.alice) + " --service mail"
	operator := named + " --kind oauth_tokens; or connect it in the terminal: mcpfusion-token connect" + named
	_, text := w.callBoth(t, "mail_me", `{}`)
	require.Equal(t, "Nothing was sent to Mail: you are not connected to Mail yet\nTell the user: "+why+operator+blocked, text)
	require.Equal(t, text, withoutID(w.callAs(t, w.alice, "mail_me", `"arguments":{}`).text()), "a client that could be asked is told as well")
	answer := w.get(t, "/api/mail/me", bearer(w.alice))
	require.Equal(t, "you are not connected to Mail yet\nTo connect: "+why+operator, answer.problem(t).Detail)
	require.NotContains(t, answer.body, "connect_url")
	require.Zero(t, w.codes.Load())
}

// withoutID takes the request id away.
func withoutID(text string) string {
	said, _, _ := strings.Cut(text, "\n(request id")
	return said
}

// TestWhatPassesByItselfHasNoLink: nobody is to connect anew because a provider
// has a bad moment.
func TestWhatPassesByItselfHasNoLink(t *testing.T) {
	w := newTold(t, withLinks(t))
	w.connectMail(t, w.alice, time.Now().Add(-time.Hour))
	w.says.Store(`{"error":"temporarily_unavailable"}`)
	const why = "your connection to Mail cannot be renewed at the moment: the provider answered temporarily_unavailable"
	answer := w.get(t, "/api/mail/me", bearer(w.alice))
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	require.Equal(t, "10", answer.Header.Get("Retry-After"))
	require.Equal(t, why, answer.problem(t).Detail)
	require.NotContains(t, answer.body, "connect_url")
	const text = "Nothing was sent: " + why + "\nThis passes by itself: try again in a moment, once, and tell the user if it goes on."
	isError, said := w.callBoth(t, "mail_me", `{}`)
	require.True(t, isError)
	require.Equal(t, text, said)
	require.Equal(t, text, withoutID(w.callAs(t, w.alice, "mail_me", `"arguments":{}`).text()))
	require.Zero(t, w.codes.Load())
}

// TestASignInThatCannotBeginForAMoment is nobody's to mend either.
func TestASignInThatCannotBeginForAMoment(t *testing.T) {
	w := newTold(t, withLinks(t))
	w.idp.Close()
	answer := w.get(t, "/api/mail/me", bearer(w.alice))
	require.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, answer.body)
	require.Equal(t, "10", answer.Header.Get("Retry-After"))
	require.Contains(t, answer.problem(t).Detail, "the provider did not answer as it should; try again in a moment")
	_, said := w.callBoth(t, "mail_me", `{}`)
	require.Contains(t, said, "This passes by itself")
	require.NotContains(t, said, "operator")
}

// TestAnAPIThatRefusesAConnectionIsNotTheEnd: the person may connect anew, where
// there is something to connect.
func TestAnAPIThatRefusesAConnectionIsNotTheEnd(t *testing.T) {
	const anew = "; if this goes on, connect anew at https://gateway.example/base/connect/mail"
	for name, c := range map[string]struct {
		opts    []mcpserver.Option
		service string
		status  int
		ends    string
	}{
		"a connection":         {[]mcpserver.Option{withLinks(t)}, "mail", 401, anew},
		"without links":        {nil, "mail", 401, ""},
		"not allowed":          {[]mcpserver.Option{withLinks(t)}, "mail", 403, ""},
		"values":               {[]mcpserver.Option{withLinks(t)}, "mine", 401, ""},
		"of the configuration": {[]mcpserver.Option{withLinks(t)}, "keyed", 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTold(t, c.opts...)
			w.connectMail(t, w.alice, time.Now().Add(time.Hour))
			w.store(t, w.alice)
			w.level.Store(int64(c.status))
			p := w.get(t, "/api/"+c.service+"/me", bearer(w.alice)).problem(t)
			require.Equal(t, http.StatusBadGateway, p.Status)
			require.Equal(t, `{"v":""}`+c.ends, p.Detail)
			isError, text := w.callBoth(t, c.service+"_me", `{}`)
			require.True(t, isError)
			require.True(t, strings.HasSuffix(text, `: {"v":""}`+c.ends), text)
		})
	}
}
