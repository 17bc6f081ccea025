package auth

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// Whatever a provider sends for an ID token, what is shown of it is short and can
// be printed, and one that is not for this sign-in is refused.
func FuzzIDToken(f *testing.F) {
	for _, payload := range []string{
		``, `{}`, `[]`, `null`, `{"aud":"client","exp":9999999999,"nonce":"n","sub":"ann"}`,
		`{"aud":["client"],"exp":1e99,"nonce":"n","email":"\u202ea"}`, `{"aud":7,"exp":"x","nonce":null,"name":{}}`,
	} {
		f.Add(idToken(payload))
	}
	f.Add("..")
	p := newProvider(&config.OAuth2{ClientID: "client", Issuer: "https://idp.example"}, nil)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := p.claims((&oauth2.Token{}).WithExtra(map[string]any{"id_token": text}), "n")
		require.LessOrEqual(t, len(c.account()), maxAccount)
		require.True(t, isPrintable(c.account()))
		if err == nil {
			require.Equal(t, "https://idp.example", c.Issuer)
			require.Equal(t, "n", c.Nonce)
			require.True(t, c.isFor("client"))
		}
	})
}
