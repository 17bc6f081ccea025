package fusion

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// What an API refused with 429 it has not done, but for what it redirected
// first.
func TestARedirectedRefusalRepeatsNoChange(t *testing.T) {
	posts := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts++
			http.Redirect(w, r, "/b/created", http.StatusSeeOther)
			return
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	f := loadEndpoints(t, server.URL+"/b", `{"id":"e","name":"E","method":"POST","path":"/e","retry":{"enabled":true,"baseDelay":"1ms"}}`)
	_, err := f.call("s_e", `{}`)
	require.IsType(t, &UpstreamError{}, err)
	require.Equal(t, 1, posts)
}

// The next link keeps the caller's filter, also where a short secret is spelled
// alike, and loses what the credential adds.
func TestNextLinksKeepTheArguments(t *testing.T) {
	for name, c := range map[string]struct{ auth, parameter, asked, next string }{
		"a short password": {`"type":"basic","config":{"username":"a-long-api-key","password":"X"}`, "q", "/b/e?q=X", "/b/e?q=X&page=2"},
		"an account":       {`"type":"api_key","config":{"key":"2","header":"X-Account"}`, "q", "/b/e?q=X", "/b/e?q=X&page=2"},
	} {
		b := newBook(t, map[string]string{
			c.asked: `{"items":[1],"next":"HOST` + c.next + `"}`,
			c.next:  `{"items":[2],"next":null}`,
		})
		f := loadServices(t, fmt.Sprintf(`{"s":{"name":"S","baseURL":%q,"auth":{%s},"endpoints":[
			{"id":"e","name":"E","method":"GET","path":"/e","parameters":[{"name":"q","type":"string","location":"query"}],"response":{%s}}]}}`,
			b.URL+"/b", c.auth, paged("")))
		got, err := f.call("s_e", `{"q":"X"}`)
		require.NoError(t, err, name)
		require.Equal(t, []string{c.asked, c.next}, b.requests(), name)
		require.Equal(t, `{"items":[1,2],"next":null}`, string(got.Content), name)
	}
}
