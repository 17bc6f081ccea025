package db

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/db/store"
)

// BenchmarkSecret stands beside the bare read transaction that it needs.
func BenchmarkSecret(b *testing.B) {
	d := openNew(b)
	token, _ := add(b, d, "")
	tenant := authenticate(b, d, token)
	require.NoError(b, tenant.StoreOAuthToken("mail", oauthToken(strings.Repeat("x", 3<<10))))
	read := func(b *testing.B) {
		_, err := tenant.OAuthToken("mail")
		require.NoError(b, err)
	}
	b.Run("read transaction", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, d.store.View(func(tx store.Tx) error {
				_, err := tx.Get(bucketTenants, oauthSlot("mail").key(tenant.hash))
				return err
			}))
		}
	})
	b.Run("first read", func(b *testing.B) {
		for b.Loop() {
			d.keys.Clear()
			read(b)
		}
	})
	b.Run("further read", func(b *testing.B) {
		for b.Loop() {
			read(b)
		}
	})
	b.Run("further read, 64 goroutines", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				read(b)
			}
		})
	})
}

func BenchmarkRekey(b *testing.B) {
	for _, records := range []int{10, 1000} {
		b.Run(fmt.Sprint(records, " records"), func(b *testing.B) {
			d := openNew(b)
			token, _ := add(b, d, "")
			tenant := authenticate(b, d, token)
			for n := range records {
				require.NoError(b, tenant.StoreOAuthToken(fmt.Sprint("s", n), oauthToken(strings.Repeat("x", 3<<10))))
			}
			for b.Loop() {
				require.NoError(b, tenant.Rekey())
			}
		})
	}
}

// BenchmarkDisk reports bytes of the file for each token, and for each OAuth
// token of 3 KB, as the file stands after that many writes, and compacted.
func BenchmarkDisk(b *testing.B) {
	const count = 1000
	for b.Loop() {
		dir := newDir(b)
		d := openDir(b, dir)
		var hashes []string
		for range count {
			_, hash := add(b, d, "a token of an ordinary length")
			hashes = append(hashes, hash)
		}
		tokens, tokensCompact := fileSize(b, dir), compactedSize(b, d, dir)
		d = openDir(b, dir)
		for _, hash := range hashes {
			require.NoError(b, d.StoreOAuthToken(hash, "mail", &OAuthTokenData{AccessToken: strings.Repeat("x", 3<<10)}))
		}
		all := fileSize(b, dir)
		allCompact := compactedSize(b, d, dir)
		b.ReportMetric(float64(tokens)/count, "B/token")
		b.ReportMetric(float64(tokensCompact)/count, "B/token-compact")
		b.ReportMetric(float64(all-tokensCompact)/count, "B/oauth")
		b.ReportMetric(float64(allCompact-tokensCompact)/count, "B/oauth-compact")
	}
}

func compactedSize(b *testing.B, d *DB, dir string) int64 {
	b.Helper()
	require.NoError(b, d.Close())
	_, after, err := compact(b, dir)
	require.NoError(b, err)
	return after
}

func fileSize(b *testing.B, dir string) int64 {
	b.Helper()
	info, err := os.Stat(filepath.Join(dir, fileName))
	require.NoError(b, err)
	return info.Size()
}
