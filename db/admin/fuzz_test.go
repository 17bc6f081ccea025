package admin

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// A request of any operation never gets further than its decoder unless it is
// whole, and its text never comes back.
func FuzzRequest(f *testing.F) {
	hash := strings.Repeat("ab", 32)
	for name, q := range map[string]any{
		"NewAPIToken":       settingsOf(db.TokenSettings{Description: "x", Scope: db.Scope{ReadOnly: true}}),
		"JoinAPIToken":      joinRequest{Proof: proof{Token: secret{global.NewSecret("t")}}},
		"ChangeAPIToken":    changeRequest{hash, changeOf(db.TokenChange{Description: new("")})},
		"EndAPIToken":       endRequest{Hash: hash, Grace: 1},
		"StoreOAuthToken":   storeOAuthRequest{oauthRequest{hash, text("mail")}, db.OAuthTokenData{AccessToken: "x"}},
		"StoreCredentials":  storeCredentialsRequest{Data: db.ServiceCredentials{Data: map[string]any{"a": []any{1}}}},
		"DeleteCredentials": credentialsRequest{hash, db.APIKeys, nil},
		"FindAPITokens":     findRequest{"ref"},
		"ListAPITokens":     nothing{},
	} {
		body, err := json.Marshal(q)
		require.NoError(f, err)
		f.Add(name, body)
	}
	f.Add("DeleteAPIToken", []byte(`{"hash":1e999}`))
	f.Add("Verify", []byte("null"))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		o, known := operations[name]
		if !known {
			return
		}
		answer, err := o.answer(idle{size: 4}, body)
		if err != nil {
			require.Equal(t, errRequest, err)
			return
		}
		content := new(bytes.Buffer)
		_, err = content.ReadFrom(answer)
		require.NoError(t, err)
		require.EqualValues(t, answer.size, content.Len())
	})
}
