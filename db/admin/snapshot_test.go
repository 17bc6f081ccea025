package admin

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db"
)

func TestSnapshotThatIsCutShort(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nMcpfusion-Version: v1\r\nContent-Length: 100\r\n\r\n"
	for length, whole := range map[int]bool{0: false, 50: false, 99: false, 100: true} {
		copied, err := answering(t, head+strings.Repeat("x", length)).Snapshot()
		require.NoError(t, err)
		require.EqualValues(t, 100, copied.Size)
		content, err := io.ReadAll(copied)
		require.Len(t, content, length)
		require.NoError(t, copied.Close())
		if whole {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.ErrorContains(t, err, "the copy of the database was cut short")
	}
	_, err := answering(t, "HTTP/1.1 200 OK\r\nMcpfusion-Version: v1\r\nConnection: close\r\n\r\nxx").Snapshot()
	require.ErrorIs(t, err, ErrVersion, "without a length nobody could tell")
}

// large is a database with more in it than connections buffer.
func large(t *testing.T) *db.DB {
	t.Helper()
	d := openDB(t)
	added, err := d.NewAPIToken(db.TokenSettings{})
	require.NoError(t, err)
	data := &db.ServiceCredentials{Data: map[string]any{"v": strings.Repeat("x", 1<<19)}}
	for _, kind := range db.CredentialKinds {
		require.NoError(t, d.StoreCredentials(added.Tenant, kind, "filler", data))
	}
	return d
}

// The copy is cut short when either end gives up, and nobody takes it for whole.
func TestSnapshotThatIsGivenUp(t *testing.T) {
	s := start(t, large(t), 0)
	closing := client(t, s.path)
	for _, c := range []struct {
		client *Client
		giveUp func() error
	}{{closing, closing.Close}, {client(t, s.path), s.end}} {
		copied, err := c.client.Snapshot()
		require.NoError(t, err)
		require.NoError(t, c.giveUp())
		n, err := io.Copy(io.Discard, copied)
		require.ErrorContains(t, err, "the copy of the database was cut short")
		require.Less(t, n, copied.Size)
		require.NoError(t, copied.Close())
	}
}

// So it is when the copy itself cannot be read to its end.
func TestSnapshotThatCannotBeRead(t *testing.T) {
	s := start(t, idle{size: 5}, 0) // of 4
	copied, err := client(t, s.path).Snapshot()
	require.NoError(t, err)
	_, err = io.ReadAll(copied)
	require.ErrorContains(t, err, "the copy of the database was cut short")
	require.NoError(t, copied.Close())
}
