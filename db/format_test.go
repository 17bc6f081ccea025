package db

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var testRecord = tokenRecord{
	tenant:    hash{0: 0xaa, 31: 0xbb},
	publicKey: [32]byte{0: 0xcc, 31: 0xdd},
	tokenText: tokenText{
		Prefix:      "1a2b3c4d",
		CreatedAt:   time.Date(2025, 1, 15, 10, 30, 0, 5, time.UTC),
		Description: `say "hi"`,
	},
}

// Files that people have depend on these bytes.
func TestFormats(t *testing.T) {
	value, err := testRecord.encode()
	require.NoError(t, err)
	zeros := hex.EncodeToString(make([]byte, 30))
	require.Equal(t, "01"+"aa"+zeros+"bb"+"cc"+zeros+"dd", hex.EncodeToString(value[:65]))
	require.Equal(t, `{"prefix":"1a2b3c4d","created_at":"2025-01-15T10:30:00.000000005Z","description":"say \"hi\""}`,
		string(value[65:]))
	decoded, err := decodeToken(value)
	require.NoError(t, err)
	require.Equal(t, testRecord, decoded)

	value, err = tenantRecord{testRecord.CreatedAt}.encode()
	require.NoError(t, err)
	require.Equal(t, "\x01"+`{"created_at":"2025-01-15T10:30:00.000000005Z"}`, string(value))
	require.Equal(t, []byte{0, 0, 0, 0, 0, 0, 1, 2}, encodeTime(258))

	token, tenant := hash{'t'}, hash{'T'}
	pad := string(make([]byte, 31))
	require.Equal(t, "T"+pad+"/metadata", string(metadataKey(tenant)))
	require.Equal(t, "T"+pad+"/keys/t"+pad, string(memberKey(tenant, token)))
	require.Equal(t, "by_hash/t"+pad, string(byHashKey(token)))
	require.Equal(t, "by_prefix/1a2b3c4d/t"+pad, string(byPrefixKey("1a2b3c4d", token)))
	require.Equal(t, "last_used/t"+pad, string(lastUsedKey(token)))
}

func TestDecodersRefuse(t *testing.T) {
	good, err := testRecord.encode()
	require.NoError(t, err)
	for name, value := range map[string][]byte{
		"nothing":       nil,
		"head only":     good[:headSize],
		"short head":    good[:headSize-1],
		"cut off":       good[:len(good)-1],
		"other version": append([]byte{2}, good[1:]...),
		"bad prefix":    append(good[:headSize:headSize], `{"prefix":"1A2B3C4D","created_at":"2025-01-15T10:30:00Z"}`...),
		"no time":       append(good[:headSize:headSize], `{"prefix":"1a2b3c4d"}`...),
	} {
		_, err := decodeToken(value)
		require.ErrorIs(t, err, errFormat, name)
	}
	for _, value := range []string{"", "\x01", "\x01{}", "\x02" + `{"created_at":"2025-01-15T10:30:00Z"}`} {
		_, err := decodeTenant([]byte(value))
		require.ErrorIs(t, err, errFormat, "%q", value)
	}
	for _, size := range []int{0, 7, 9} {
		_, err := decodeTime(make([]byte, size))
		require.ErrorIs(t, err, errFormat)
	}
}

// Whatever a decoder takes, it takes again after encoding, and is the same.
func FuzzDecoders(f *testing.F) {
	good, err := testRecord.encode()
	require.NoError(f, err)
	tenant, err := tenantRecord{testRecord.CreatedAt}.encode()
	require.NoError(f, err)
	for _, seed := range [][]byte{nil, good, good[:headSize], tenant, encodeTime(-1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if record, err := decodeToken(value); err == nil {
			head, err := tokenTenant(value)
			require.NoError(t, err)
			require.Equal(t, record.tenant, head)
			encoded, err := record.encode()
			require.NoError(t, err)
			again, err := decodeToken(encoded)
			require.NoError(t, err)
			require.True(t, record.CreatedAt.Equal(again.CreatedAt))
			record.CreatedAt = again.CreatedAt
			require.Equal(t, record, again)
		}
		if record, err := decodeTenant(value); err == nil {
			encoded, err := record.encode()
			require.NoError(t, err)
			again, err := decodeTenant(encoded)
			require.NoError(t, err)
			require.True(t, record.CreatedAt.Equal(again.CreatedAt))
		}
		if at, err := decodeTime(value); err == nil {
			require.Equal(t, value, encodeTime(at.UnixNano()))
		}
	})
}
