package admin

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// What comes through the socket is not logged, whether it is right, wrong or
// garbage, and whatever the database says about it.
func TestNoSecretIsLogged(t *testing.T) {
	public, private, err := db.NewRecoveryKey()
	require.NoError(t, err)
	log := &recorder{}
	d, err := db.New(db.WithLogger(log), db.WithDataDir(t.TempDir()), db.WithRecovery(public))
	require.NoError(t, err)
	defer d.Close()
	s := start(t, d, 0)
	c := client(t, s.path)

	added, err := c.NewAPIToken(db.TokenSettings{Description: "c4nary description"})
	require.NoError(t, err)
	sealing, err := c.RecoverySealing(added.Tenant)
	require.NoError(t, err)
	proof, err := db.OpenRecovery(global.NewSecret(private), added.Tenant, sealing)
	require.NoError(t, err)
	joined, err := c.JoinAPIToken(db.Proof{Token: added.Token}, db.TokenSettings{})
	require.NoError(t, err)
	more, err := c.JoinAPIToken(proof, db.TokenSettings{})
	require.NoError(t, err)
	require.NoError(t, c.EndAPIToken(proof, joined.Hash, 0))
	token, value := &db.OAuthTokenData{AccessToken: "c4nary-access"}, &db.ServiceCredentials{Data: map[string]any{"key": "c4nary-value"}}
	require.NoError(t, c.StoreOAuthToken(added.Tenant, "mail", token))
	require.NoError(t, c.StoreCredentials(added.Tenant, db.APIKeys, "mail", value))

	// The same where it must fail.
	require.Error(t, c.EndAPIToken(proof, joined.Hash, 0))
	require.Error(t, c.StoreOAuthToken(added.Tenant, "c4nary/", token))
	require.Error(t, c.StoreCredentials(added.Tenant, "c4nary", "mail", value))
	require.Error(t, c.StoreCredentials(noHash, db.APIKeys, "mail", value))
	_, err = c.JoinAPIToken(db.Proof{Token: global.NewSecret("c4nary-token")}, db.TokenSettings{Scope: db.Scope{Tools: []string{"c4nary["}}})
	require.Error(t, err)
	secrets := []string{"c4nary", proof.Key.Reveal(), private, added.Token.Reveal(), joined.Token.Reveal(), more.Token.Reveal()}
	for _, secret := range secrets {
		for _, operation := range managerMethods() {
			for _, body := range []string{secret, `{"proof":{"token":"` + secret + `"`, `{"proof":{"key":["` + secret + `"]}}`, `{"` + secret + `":1}`, `{"data":{"access_token":"` + secret + `"},"x":1}`} {
				answer := raw(t, s.path, post("/v1/"+operation, body))
				require.NotContains(t, answer, secret)
			}
		}
		raw(t, s.path, post("/v1/"+secret+"?token="+secret, secret))
		raw(t, s.path, secret+"\r\n\r\n")
	}
	require.NoError(t, s.end())
	logged := s.log.text() + log.text()
	require.Contains(t, logged, "JoinAPIToken")
	for _, secret := range secrets {
		require.NotContains(t, logged, secret)
	}
}

// Who did what stands in the log, and which error it was.
func TestManagementIsLogged(t *testing.T) {
	known := strings.Repeat("0a", 32)
	s := start(t, fake{delete: func(hash string) error {
		if hash == known {
			return nil
		}
		return errors.Join(db.ErrTokenNotFound, errors.New("text"))
	}}, waitFor)
	c := client(t, s.path)
	require.NoError(t, c.DeleteAPIToken(known))
	require.Error(t, c.DeleteAPIToken("x"))
	require.NoError(t, s.end())
	require.Regexp(t, `^info management: DeleteAPIToken 0a0a0a0a by user \d+\ninfo management: DeleteAPIToken by user \d+ failed \[ErrTokenNotFound\]\n$`, s.log.text())
}
