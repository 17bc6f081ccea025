// Package dbtest holds what managing a database promises, as one suite for
// all who offer it.
package dbtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/global"
)

// Open returns a new, empty database that opts are given to, and the Manager
// of it. Both end with the test.
type Open func(t *testing.T, opts ...db.Option) (admin.Manager, *db.DB)

// managed is what a test of the suite works on: effects are looked for in the
// database itself.
type managed struct {
	admin.Manager
	db *db.DB
}

// Management runs the suite.
func Management(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, managed){
		"a new token":               newToken,
		"descriptions":              descriptions,
		"settings that cannot be":   refusedSettings,
		"finding":                   finding,
		"changing":                  changing,
		"disabling":                 disabling,
		"deleting":                  deleting,
		"joining":                   joining,
		"ending at once":            endingAtOnce,
		"ending with a grace":       endingWithGrace,
		"OAuth tokens":              oauthTokens,
		"credentials":               credentials,
		"status and statistics":     statusAndStats,
		"a snapshot":                snapshots,
		"a snapshot that is unread": unreadSnapshot,
		"many at once":              manyAtOnce,
		"errors":                    errorsAreToldApart,
		"a closed database":         closed,
	} {
		t.Run(name, func(t *testing.T) {
			m, d := open(t)
			test(t, managed{m, d})
		})
	}
	t.Run("recovery", func(t *testing.T) { recovering(t, open) })
}

// add makes a tenant with one API token.
func (m managed) add(t *testing.T, description string) db.Added {
	t.Helper()
	added, err := m.NewAPIToken(db.TokenSettings{Description: description})
	require.NoError(t, err)
	return added
}

func (m managed) join(t *testing.T, first db.Added, description string) db.Added {
	t.Helper()
	added, err := m.JoinAPIToken(db.Proof{Token: first.Token}, db.TokenSettings{Description: description})
	require.NoError(t, err)
	require.Equal(t, first.Tenant, added.Tenant)
	return added
}

// tenant presents a token to the database.
func (m managed) tenant(t *testing.T, token global.Secret) *db.Tenant {
	t.Helper()
	tenant, err := m.db.Authenticate(token.Reveal())
	require.NoError(t, err)
	return tenant
}

func (m managed) requireRefused(t *testing.T, token global.Secret, why error) {
	t.Helper()
	_, err := m.db.Authenticate(token.Reveal())
	require.ErrorIs(t, err, why)
}

// metadata is that of the token with the hash.
func (m managed) metadata(t *testing.T, hash string) db.APITokenMetadata {
	t.Helper()
	found, err := m.FindAPITokens(hash)
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// requireSound looks whether the database agrees with itself.
func (m managed) requireSound(t *testing.T) {
	t.Helper()
	problems, err := m.Verify()
	require.NoError(t, err)
	require.Empty(t, problems)
}
