package mcpserver_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// encodings of the credential alone and of the whole header, as an API may
// show a request that it could not read.
var encodings = map[string]*base64.Encoding{
	"std": base64.StdEncoding, "url": base64.URLEncoding, "rawstd": base64.RawStdEncoding, "rawurl": base64.RawURLEncoding,
}

func TestNoServiceCredentialComesOutInBase64(t *testing.T) {
	for name, encoding := range encodings {
		for _, prefix := range []string{"", "Bearer ", "k=", "1"} {
			encoded := encoding.EncodeToString([]byte(prefix + serviceCanary + "."))
			api := newStub(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"raw":%q}`, encoded) }))
			config := strings.Replace(echoConfig, `"name": "S",`, `"name": "S", "auth": `+credentials["bearer"]+`,`, 1)
			tools, _ := withTools(t, &lockedBuffer{}, config, []string{"API", api.URL, "KEY", serviceCanary})
			g := newGateway(t, tools)
			_, text := g.callBoth(t, "s_echo", `{"v":"x"}`)
			require.NotContains(t, decodeAll(encoding, text), "key=odd", "%s after %q: %s", name, prefix, text)
		}
	}
}

// decodeAll decodes what looks like base64 in a text.
func decodeAll(encoding *base64.Encoding, text string) string {
	var plain strings.Builder
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(`{}":[], `, r) }) {
		decoded, _ := encoding.DecodeString(word) // as far as it goes
		plain.Write(decoded)
	}
	return plain.String()
}

func TestNoServiceCredentialComesOutAsAMediaType(t *testing.T) {
	const key = "c4nary-as-a-type"
	api := newStub(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { says(200, "application/"+key+"+json", `{}`)(w, nil) }))
	config := strings.Replace(echoConfig, `"name": "S",`, `"name": "S", "auth": `+credentials["bearer"]+`,`, 1)
	tools, _ := withTools(t, &lockedBuffer{}, config, []string{"API", api.URL, "KEY", key})
	g := newGateway(t, tools)
	answer := g.get(t, "/api/s/echo?v=x", bearer(g.alice))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NotContains(t, answer.Header.Get("Content-Type"), key)
}
