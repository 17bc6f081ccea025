package db

import (
	"bytes"
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

var testToken = hash{1, 2, 3}

// Files that people have depend on these bytes.
func TestFormats(t *testing.T) {
	value, err := testRecord.encode(testToken)
	require.NoError(t, err)
	zeros := hex.EncodeToString(make([]byte, 30))
	require.Equal(t, "01"+"10902592"+"aa"+zeros+"bb"+"cc"+zeros+"dd", hex.EncodeToString(value[:69]))
	require.Equal(t, `{"prefix":"1a2b3c4d","created_at":"2025-01-15T10:30:00.000000005Z","description":"say \"hi\""}`,
		string(value[69:]))
	decoded, err := decodeToken(testToken, value)
	require.NoError(t, err)
	require.Equal(t, testRecord, decoded)

	limited := testRecord
	limited.limits = limits{expires: 0x102, disabled: true, rekey: true, ending: true, scope: `{"read_only":true}`}
	value, err = limited.encode(testToken)
	require.NoError(t, err)
	require.Equal(t, "02"+"a1e6e9f8", hex.EncodeToString(value[:headSize]))
	require.Equal(t, "00000000000001020700127b22726561645f6f6e6c79223a747275657d", hex.EncodeToString(value[69:98]))
	decoded, err = decodeToken(testToken, value)
	require.NoError(t, err)
	require.Equal(t, limited, decoded)

	value, err = tenantRecord{CreatedAt: testRecord.CreatedAt}.encode(testToken)
	require.NoError(t, err)
	require.Equal(t, "\x01\x65\x2f\x47\x78"+`{"created_at":"2025-01-15T10:30:00.000000005Z"}`, string(value))
	value, err = tenantRecord{Key: bytes.Repeat([]byte{7}, 32), CreatedAt: testRecord.CreatedAt}.encode(testToken)
	require.NoError(t, err)
	require.Equal(t, `{"created_at":"2025-01-15T10:30:00.000000005Z","public_key":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}`, string(value[headSize:]))
	require.Equal(t, "01f36aa8ea0000000000000102", hex.EncodeToString(encodeTime(testToken, 258)))

	token, tenant := hash{'t'}, hash{'T'}
	pad := string(make([]byte, 31))
	require.Equal(t, "T"+pad+"/metadata", string(metadataKey(tenant)))
	require.Equal(t, "T"+pad+"/keys/t"+pad, string(memberKey(tenant, token)))
	require.Equal(t, "by_hash/t"+pad, string(byHashKey(token)))
	require.Equal(t, "by_prefix/1a2b3c4d/t"+pad, string(byPrefixKey("1a2b3c4d", token)))
	require.Equal(t, "last_used/t"+pad, string(lastUsedKey(token)))
	require.Equal(t, "ending/\x00\x00\x00\x00\x00\x00\x01\x02t"+pad, string(endingKey(0x102, token)))
	require.Equal(t, "T"+pad+"/keys/temporary", string(temporarySlot(tenant)))
	require.Equal(t, "stats/T"+pad, string(statsKey(tenant)))
}

func TestDecodersRefuse(t *testing.T) {
	good, err := testRecord.encode(testToken)
	require.NoError(t, err)
	fixed := good[headSize : headSize+tokenSize : headSize+tokenSize]
	for name, value := range map[string][]byte{
		"nothing":       nil,
		"head only":     good[:headSize],
		"short head":    good[:headSize-1],
		"cut off":       good[:len(good)-1],
		"other version": append([]byte{2}, good[1:]...),
		"too short":     withHead(testToken, fixed[1:]),
		"no text":       withHead(testToken, fixed),
		"bad prefix":    withHead(testToken, append(fixed, `{"prefix":"1A2B3C4D","created_at":"2025-01-15T10:30:00Z"}`...)),
		"no time":       withHead(testToken, append(fixed, `{"prefix":"1a2b3c4d"}`...)),
	} {
		_, err := decodeToken(testToken, value)
		require.ErrorIs(t, err, errFormat, name)
		require.ErrorIs(t, err, ErrCorrupt, name)
	}
	for _, text := range []string{"", "{}", `{"created_at":""}`} {
		_, err := decodeTenant(testToken, withHead(testToken, []byte(text)))
		require.ErrorIs(t, err, errFormat, "%q", text)
	}
	for _, size := range []int{0, 7, 9} {
		_, err := decodeTime(testToken, withHead(testToken, make([]byte, size)))
		require.ErrorIs(t, err, errFormat)
	}
}

// A byte that has become another one is not read as if nothing had happened,
// nor is the value of another token.
func TestWrongBytesAreNoticed(t *testing.T) {
	record, err := testRecord.encode(testToken)
	require.NoError(t, err)
	tenant, err := tenantRecord{CreatedAt: testRecord.CreatedAt}.encode(testToken)
	require.NoError(t, err)
	for _, good := range [][]byte{record, tenant, encodeTime(testToken, 1)} {
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 0x10
			_, err := withoutHead(testToken, bad)
			require.ErrorIs(t, err, errFormat)
		}
		_, err := withoutHead(hash{9}, good)
		require.ErrorIs(t, err, errFormat)
	}
}

// Whatever a decoder takes, it takes again after encoding, and is the same.
func FuzzDecoders(f *testing.F) {
	good, err := testRecord.encode(testToken)
	require.NoError(f, err)
	tenant, err := tenantRecord{CreatedAt: testRecord.CreatedAt}.encode(testToken)
	require.NoError(f, err)
	for _, seed := range [][]byte{nil, good[headSize:], tenant[headSize:], encodeTime(testToken, -1)[headSize:]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		value := withHead(testToken, content)
		if record, err := decodeToken(testToken, value); err == nil {
			encoded, err := record.encode(testToken)
			require.NoError(t, err)
			again, err := decodeToken(testToken, encoded)
			require.NoError(t, err)
			require.True(t, record.CreatedAt.Equal(again.CreatedAt))
			record.CreatedAt = again.CreatedAt
			require.Equal(t, record, again)
		}
		if record, err := decodeTenant(testToken, value); err == nil {
			encoded, err := record.encode(testToken)
			require.NoError(t, err)
			again, err := decodeTenant(testToken, encoded)
			require.NoError(t, err)
			require.True(t, record.CreatedAt.Equal(again.CreatedAt))
			require.Equal(t, record.Key, again.Key)
		}
		if h, sealed, err := decodeRecord(testToken, value); err == nil {
			encoded, err := encodeRecord(testToken, h, sealed)
			require.NoError(t, err)
			again, same, err := decodeRecord(testToken, encoded)
			require.NoError(t, err)
			require.True(t, h.CreatedAt.Equal(again.CreatedAt))
			require.Equal(t, sealed, same)
		}
		if at, err := decodeTime(testToken, value); err == nil {
			require.Equal(t, value, encodeTime(testToken, at.UnixNano()))
		}
	})
}
