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
