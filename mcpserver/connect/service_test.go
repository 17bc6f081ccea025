package connect

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// shown is the page of a service in a state.
func shown(t *testing.T, way auth.Way, state auth.State, device *auth.Device) string {
	t.Helper()
	view := serviceView{
		item: item{
			Key: "forge", Name: "Forge", Path: "/connect/forge", State: state,
			Connector: &auth.Connector{Service: "forge", Name: "Forge", Way: way},
		},
		Device: device,
	}
	var out strings.Builder
	require.NoError(t, templates["service"].Execute(&out, page{Title: "Forge", Content: view}))
	RequireHTML(t, out.String())
	return out.String()
}

var deviceCode = auth.Device{
	UserCode: "WDJB-MJHT", URL: "https://forge.example.com/device", ExpiresAt: time.Date(2026, 10, 2, 14, 5, 0, 0, time.UTC), Status: auth.DevicePending,
}

func TestThePageOfACode(t *testing.T) {
	device := deviceCode
	text := shown(t, auth.ByDevice, auth.State{Status: auth.Missing}, &device)
	require.Contains(t, text, `<code id="code">WDJB-MJHT</code>`)
	require.Contains(t, text, `href="https://forge.example.com/device"`)
	require.Contains(t, text, `data-state="/connect/forge/state"`)
	require.Contains(t, text, `role="status"`)
	require.Contains(t, text, "Waiting for you to enter the code at forge.example.com/device.")
	require.Contains(t, text, "2 October 2026, 14:05 UTC")
	require.Contains(t, text, "never pass it on")
	require.Contains(t, text, `action="/connect/forge/cancel"`)
	require.NotContains(t, text, `action="/connect/forge/device"`, "there is one already")
	device.CompleteURL = "https://forge.example.com/device?user_code=WDJB-MJHT"
	require.Contains(t, shown(t, auth.ByDevice, auth.State{}, &device), `href="https://forge.example.com/device?user_code=WDJB-MJHT"`)
	device.URL, device.CompleteURL = "javascript:alert(1)", ""
	require.NotContains(t, shown(t, auth.ByDevice, auth.State{}, &device), `href="javascript`)
}

func TestWhatIsSaidOfACode(t *testing.T) {
	connected := auth.State{Status: auth.Connected, Account: "anna@example.com"}
	for _, c := range []struct {
		device    auth.Device
		state     auth.State
		want, not string
	}{
		{auth.Device{Status: auth.DeviceDone}, connected, "Forge is connected as anna@example.com.", "Waiting"},
		{auth.Device{Status: auth.DeviceDone}, connected, `href="/connect/forge/disconnect">Undo it`, "Waiting"},
		{auth.Device{Status: auth.DeviceDone}, auth.State{Status: auth.Connected}, "It did not say to which account.", "Waiting"},
		{auth.Device{Status: auth.DeviceDone}, auth.State{Status: auth.Missing}, "Connect Forge", "Undo"},
		{auth.Device{Status: auth.DeviceDenied, URL: "https://f.example.com/"}, auth.State{}, "The sign-in was declined at f.example.com.", "Undo"},
		{auth.Device{Status: auth.DeviceExpired}, auth.State{}, "The code was not entered in time.", "Undo"},
		{auth.Device{Status: auth.DeviceFailed, Problem: "the provider does not answer"}, auth.State{}, "The sign-in has failed: the provider does not answer.", "Undo"},
	} {
		text := shown(t, auth.ByDevice, c.state, &c.device)
		require.Contains(t, text, c.want)
		require.NotContains(t, text, c.not)
		require.Contains(t, text, `action="/connect/forge/device"`)
	}
}

func TestWhatIsSaidOfAConnection(t *testing.T) {
	since, until := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), time.Date(2026, 2, 3, 4, 5, 0, 0, time.UTC)
	state := auth.State{Status: auth.Connected, Account: "<anna>", Scope: []string{"mail.read", "files"}, Since: since, Until: &until}
	text := shown(t, auth.ByCode, state, nil)
	for _, want := range []string{
		"&lt;anna&gt;", "<code>mail.read</code>", "2 January 2026, 03:04 UTC", "until <time", "3 February 2026, 04:05 UTC",
		"takes the place of the present one", `action="/connect/forge/start"`, `href="/connect/forge/disconnect"`,
	} {
		require.Contains(t, text, want)
	}
	state.Renews = true
	require.Contains(t, shown(t, auth.ByCode, state, nil), "it is renewed by itself")
	state.Renews, state.Until = false, nil
	require.Contains(t, shown(t, auth.ByCode, state, nil), "until you disconnect, or Forge ends it")
	state.Status, state.LastError = auth.NeedsSignIn, "the provider refused to renew it (invalid_grant)"
	text = shown(t, auth.ByCode, state, nil)
	require.Contains(t, text, "The provider refused to renew it (invalid_grant).")
	require.Contains(t, text, "Sign in again")
	require.Contains(t, shown(t, auth.ByOperator, auth.State{Status: auth.Missing}, nil), "Only the operator")
}

func TestTextsOfOperatorsHaveTheirLinks(t *testing.T) {
	for text, want := range map[string][]part{
		"":                     {{Text: ""}},
		"none":                 {{Text: "none"}},
		"See https://a.b/c?d.": {{Text: "See "}, {"https://a.b/c?d", "https://a.b/c?d"}, {Text: "."}},
		"http://a http://b":    {{}, {"http://a", "http://a"}, {Text: " "}, {"http://b", "http://b"}, {Text: ""}},
		"https://a.b/%zz":      {{Text: "https://a.b/%zz"}},
		"javascript:alert(1)":  {{Text: "javascript:alert(1)"}},
	} {
		require.Equal(t, want, links(text), text)
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]string{"": "", "a b": "A b.", "Écrit.": "Écrit.", "é": "É."} {
		require.Equal(t, want, sentence(text))
	}
}
