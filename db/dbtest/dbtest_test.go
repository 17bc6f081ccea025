package dbtest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/db/admin"
	"github.com/PivotLLM/MCPFusion/global"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openIn(t *testing.T, opts []db.Option) (*db.DB, string) {
	t.Helper()
	// Not t.TempDir: a socket's path must be short.
	dir, err := os.MkdirTemp("", "db-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	d, err := db.New(append(opts, db.WithLogger(silent{}), db.WithDataDir(dir))...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, dir
}

func TestManagementOfADatabase(t *testing.T) {
	Management(t, func(t *testing.T, opts ...db.Option) (admin.Manager, *db.DB) {
		d, _ := openIn(t, opts)
		return d, d
	})
}

func TestManagementThroughASocket(t *testing.T) {
	Management(t, func(t *testing.T, opts ...db.Option) (admin.Manager, *db.DB) {
		d, dir := openIn(t, opts)
		socket, err := admin.Listen(filepath.Join(dir, "mcpfusion.sock"))
		require.NoError(t, err)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- admin.Serve(ctx, socket, d, silent{}, time.Second) }()
		t.Cleanup(func() {
			stop()
			require.NoError(t, <-ended)
		})
		client, err := admin.Dial(t.Context(), socket.Path())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, client.Close()) })
		return client, d
	})
}

// readable returns how a secret could be read from a value of a type, "" if it
// could not.
func readable(of reflect.Type, allowed ...reflect.Type) string {
	for _, t := range allowed {
		if of == t {
			return ""
		}
	}
	switch of {
	case reflect.TypeFor[error](), reflect.TypeFor[time.Time]():
		return ""
	case reflect.TypeFor[global.Secret](), reflect.TypeFor[db.OAuthTokenData](), reflect.TypeFor[db.ServiceCredentials](), reflect.TypeFor[[]byte]():
		return of.String()
	}
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return readable(of.Elem(), allowed...)
	case reflect.Struct:
		for i := range of.NumField() {
			if found := readable(of.Field(i).Type, allowed...); found != "" {
				return of.String() + ": " + found
			}
		}
		return ""
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64, reflect.String:
		return ""
	default: // anything could be in it
		return of.String()
	}
}

// A result of a Manager's has no place for an OAuth token, a credential or a
// key. What has one is a new API token, the copy of the database, and the key
// that is sealed to the operator.
func TestAManagerReadsNoSecret(t *testing.T) {
	allowed := map[string][]reflect.Type{
		"NewAPIToken":     {reflect.TypeFor[global.Secret]()},
		"JoinAPIToken":    {reflect.TypeFor[global.Secret]()},
		"RecoverySealing": {reflect.TypeFor[[]byte]()},
		"Snapshot":        {reflect.TypeFor[io.ReadCloser]()},
	}
	manager := reflect.TypeFor[admin.Manager]()
	for i := range manager.NumMethod() {
		method := manager.Method(i)
		require.NotRegexp(t, "^(Get|ListOAuth|Authenticate|Validate)", method.Name)
		for n := range method.Type.NumOut() {
			require.Empty(t, readable(method.Type.Out(n), allowed[method.Name]...), method.Name)
		}
	}

	// The search finds what it looks for.
	database := reflect.TypeFor[*db.DB]()
	for _, name := range []string{"GetOAuthToken", "GetCredentials", "ListOAuthTokens", "NewAPIToken"} {
		method, found := database.MethodByName(name)
		require.True(t, found)
		require.NotEmpty(t, readable(method.Type.Out(0)), name)
	}
	require.True(t, strings.HasPrefix(readable(reflect.TypeFor[[]*struct{ Proof db.Proof }]()), "struct"))
}
