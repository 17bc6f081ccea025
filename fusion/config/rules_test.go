package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

func TestFormats(t *testing.T) {
	for name, c := range map[string]struct{ right, wrong []string }{
		"date": {[]string{"2024-02-29"}, []string{"2025-02-29", "2025-1-1", "20250101", ""}},
		"date-time": {
			[]string{"2025-01-31T10:30:00Z", "2025-01-31t10:30:00.123456+02:00", "2016-12-31T23:59:60Z", "2016-12-31T15:59:60-08:00"},
			[]string{"2025-01-31", "2025-01-31T10:30:00", "2025-01-31T24:00:00Z", "2025-13-31T10:30:00Z", "2025-01-31T10:30:60Z", "2025-01-31T10:30:00,5Z"},
		},
		"email": {
			[]string{"anna@example.com", "a.b+c@x.y-z.org", "o'neil@example.ie"},
			[]string{"anna", "@example.com", "a@", "a..b@example.com", "a b@example.com", "a@-x.com", "a@b@c", strings.Repeat("a", 65) + "@x.com"},
		},
		"uri": {
			[]string{"https://example.com/a?b=c#d", "urn:isbn:123", "mailto:a@b.c"},
			[]string{"example.com", "/a", "https://example.com/a b", "http://[::1", "https://exämple.com", ":x", "http://x/%zz"},
		},
		"uuid": {[]string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123e4567e89b12d3a456426614174000", "x"}},
	} {
		rules := config.Validation{Format: name}
		for _, s := range c.right {
			require.Empty(t, rules.Broken(s), "%s %s", name, s)
		}
		for _, s := range c.wrong {
			require.Equal(t, "format", rules.Broken(s), "%s %s", name, s)
		}
	}
}

func TestDecimalsCompareByValue(t *testing.T) {
	order := []string{"-1e308", "-10", "-9.5", "-0.1", "0", "1e-308", "0.099", "0.1", "1", "1.0000000000000000000001", "9", "10", "1e2", "101", "1e308"}
	for i, a := range order {
		for j, b := range order {
			x, ok := config.ParseDecimal(a)
			require.True(t, ok, a)
			y, _ := config.ParseDecimal(b)
			require.Equal(t, min(1, max(-1, i-j)), x.Compare(y), "%s %s", a, b)
		}
	}
	for _, s := range []string{"", "-", "+1", "01", "1.", ".5", "1e", "1e+-2", "1e++2", "0x1", "1_0", "NaN", "1e309", "1e-309", "١"} {
		_, ok := config.ParseDecimal(s)
		require.False(t, ok, s)
	}
	zero, _ := config.ParseDecimal("-0.00e5")
	require.Zero(t, zero.Compare(config.Decimal{}))
}
