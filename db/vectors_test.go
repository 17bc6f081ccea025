package db

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/vault"
)

// The vectors keep stored secrets readable: they never change. A new format
// gets a new version and vectors of its own.
const (
	vectorToken  = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	vectorHash   = "6c86c6aac5fb24bcf5d9939cb7d7d5645ce39418f449e03b262dd4fa14b4b92b"
	vectorPublic = "380816d54d1097884616b9948520c1918228a40967afefc5132934bf7e9bc262"
	// The tenant's private key, sealed to the token.
	vectorKey = "016f9e5b100f935f9667b25607d0b3451592166206ccaa19d5a87071ef6f5f4b0d0dc970dcc81b918f4b577f62c096e7d7c3" +
		"d1437f9342c7b61a1ae1ab4d7546c357a76459d69d90d70b7d16822ce5e784"
	// The proof that the token is the tenant's.
	vectorMember = "e78724645449bf486f0660ebd622d53bd7d1aed2178e61d692dff4556ddb2c0e"
	// The values of an OAuth token and of a credential.
	vectorOAuth = "01cfbd5257007e7b22637265617465645f6174223a22323032362d30312d30325430333a30343a30355a222c227570646174" +
		"65645f6174223a22323032362d30312d30325430333a30343a30355a222c22657870697265735f6174223a22323032362d30" +
		"312d30325430333a30343a30355a222c2273636f7065223a5b226d61696c225d7d019d70372de31d5afdb14303b9f7a424f1" +
		"ae3c6ce17dd31edb8eae1662689c036406d22af0249817c34468fbc708c962a403f54a512ddf30e55b7bfa11bc7d6df4e810" +
		"bd521f16cab654498c969408be5fc287e9d78a921276733b15d2152592b528c6554174c93a3f7363926fcab90e8ba5c42f1b" +
		"7fa4d5ead13778181f220ae6adad158e94072eee492f4787617029897460b49e425510a47beae457bc8bb67bc84970bab219" +
		"dde5752ffb994238ab179576814b2ea57526ee8c70e2c508653e9c0e97e4121eca873044d98c97eac77cdc232d2215a6f538" +
		"0af13185dfa00696cd60adbbfa9b90121c34f1"
	vectorCredential = "01d6bca1c100497b22637265617465645f6174223a22323032362d30312d30325430333a30343a30355a222c227570646174" +
		"65645f6174223a22323032362d30312d30325430333a30343a30355a227d01b143d3bc60ba92d4409db35481724a7fd9bf3a" +
		"dcc4f2154619ec3ec226341b276ffba4cb56d3d5de2949771f843aa9425551cfc53ca1624ea82b76d3d05e4040b2f1c03ea4" +
		"d3cd0c2dbb76ed14cb48948afedb5285d42169bf0a5ef7dbe81605f88e67e747052683d931f1a6a0f2ffedbbcff3d82dd417" +
		"2b3258866d91ce2d3f18f9ba048244e74679ecad86ffc988978fc6126f03e57b774306eed44258d66d663a1142d5cb950a7c" +
		"dc0f87eb697d"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestVectorsStillOpen(t *testing.T) {
	id, ok := hashToken(vectorToken)
	require.True(t, ok)
	require.Equal(t, vectorHash, id.String())

	own, err := vault.TokenKey(vectorToken)
	require.NoError(t, err)
	plain, err := own.Open(keyPlace(id, id.String()), unhex(t, vectorKey))
	require.NoError(t, err)
	key, err := vault.ParsePrivateKey(plain)
	require.NoError(t, err)
	public := key.Public()
	require.Equal(t, vectorPublic, hex.EncodeToString(public[:]))
	mac, err := member{id, own.Public()}.mac(id, key)
	require.NoError(t, err)
	require.Equal(t, vectorMember, hex.EncodeToString(mac))

	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var oauth OAuthTokenData
	require.NoError(t, openRecord(key, id, oauthSlot("microsoft365"), unhex(t, vectorOAuth), &oauth))
	require.Equal(t, "a r Bearer", oauth.AccessToken+" "+oauth.RefreshToken+" "+oauth.TokenType)
	require.True(t, at.Equal(*oauth.ExpiresAt) && at.Equal(oauth.CreatedAt))
	h, _, err := decodeRecord(id, unhex(t, vectorOAuth))
	require.NoError(t, err)
	require.Equal(t, []string{"mail"}, h.Scope)

	var credentials ServiceCredentials
	require.NoError(t, openRecord(key, id, credentialSlot(BasicAuth, "elastic"), unhex(t, vectorCredential), &credentials))
	require.Equal(t, map[string]any{"username": "u", "password": "p"}, credentials.Data)
}

func TestKeysOfSecretsAreTheDocumentedPaths(t *testing.T) {
	id := hash{'T'}
	pad := string(make([]byte, 31))
	require.Equal(t, "T"+pad+"/oauth_tokens/microsoft365", string(oauthSlot("microsoft365").key(id)))
	require.Equal(t, "T"+pad+"/service_credentials/basic_auth/elastic", string(credentialSlot(BasicAuth, "elastic").key(id)))
	require.Equal(t, "T"+pad+"/keys/recovery", string(recoverySlot(id)))
}
