package fusion

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDryRunShowsTheRequestAndSendsNothing(t *testing.T) {
	f := loadServices(t, `{
		"s":{"name":"S","baseURL":"http://127.0.0.1:1/v1","auth":{"type":"bearer","config":{"token":"secret-token"}},"endpoints":[
			{"id":"put","name":"N","method":"DELETE","path":"/items/{id}","parameters":[
				{"name":"id","type":"string","location":"path","required":true},
				{"name":"q","type":"array","items":"string","location":"query"},
				{"name":"n","type":"number","location":"body"}]}]},
		"k":{"name":"K","baseURL":"http://127.0.0.1:1","auth":{"type":"api_key","config":{"key":"sec ret/key","queryParam":"key"}},
			"endpoints":[{"id":"get","name":"N","method":"GET","path":"/"}]},
		"u":{"name":"U","baseURL":"http://127.0.0.1:1","auth":{"type":"user_credentials","config":{"fields":[
			{"name":"key","label":"Key","location":"header","paramName":"X-Key"}]}},
			"endpoints":[{"id":"get","name":"N","method":"GET","path":"/"}]}}`)

	got, err := f.DryRun(t.Context(), f.tool("s_put"), parse(t, `{"id":"a/b","q":["x","y z"],"n":1.50}`))
	require.NoError(t, err)
	require.Equal(t, &Request{Method: "DELETE", URL: "http://127.0.0.1:1/v1/items/a%2Fb?q=x&q=y%20z", Header: http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer [redacted]"}, "Content-Type": {"application/json"},
		"User-Agent": got.Header["User-Agent"],
	}, Body: []byte(`{"n":1.50}`)}, got)

	got, err = f.DryRun(t.Context(), f.tool("k_get"), Arguments{})
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:1/?key=[redacted]", got.URL)
	require.Empty(t, got.Body)

	got, err = f.DryRun(t.Context(), f.tool("u_get"), Arguments{})
	require.NoError(t, err)
	require.Contains(t, got.Missing, "this service needs values of your own")

	_, err = f.DryRun(t.Context(), f.tool("s_put"), Arguments{})
	require.IsType(t, &ArgumentError{}, err)
}

// A short secret is redacted where it was put, and nothing else is spoiled. What
// the configuration takes from the environment is no more shown than a
// credential.
func TestDryRunRedactsWhatIsSecret(t *testing.T) {
	f := loadServices(t, `{"s":{"name":"S","baseURL":"http://127.0.0.1:1/u","auth":{"type":"basic","config":{"username":"u","password":"ab"}},"endpoints":[
		{"id":"post","name":"N","method":"POST","path":"/abab","parameters":[
			{"name":"X-Key","type":"string","location":"header","static":true,"default":"${KEY}"},
			{"name":"X-Auth","type":"string","location":"header","static":true,"default":"Token ${KEY}"},
			{"name":"X-Plain","type":"string","location":"header","static":true,"default":"as it is"},
			{"name":"x","type":"string","location":"body"}]}]}}`, WithLookup(func(string) (string, bool) { return "hidden-key", true }))
	got, err := f.DryRun(t.Context(), f.tool("s_post"), parse(t, `{"x":"abc"}`))
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:1/u/abab", got.URL)
	require.Equal(t, `{"x":"abc"}`, string(got.Body))
	require.Equal(t, "Basic [redacted]", got.Header.Get("Authorization"))
	require.Equal(t, "[redacted]", got.Header.Get("X-Key"))
	require.NotContains(t, got.Header.Get("X-Auth"), "hidden")
	require.Equal(t, "as it is", got.Header.Get("X-Plain"))

	f.tool("s_post").sender.client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		return stub(`{"seen":"hidden-key"}`).RoundTrip(r)
	})
	result, err := f.call("s_post", ``)
	require.NoError(t, err)
	require.Equal(t, `{"seen":"[redacted]"}`, string(result.Content))
}
