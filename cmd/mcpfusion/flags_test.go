package main

import (
	"net"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/cmd/internal/environ"
)

func TestWhereTheConfigurationIs(t *testing.T) {
	for _, c := range []struct {
		environment, args, want []string
	}{
		{[]string{"MCP_FUSION_CONFIG=one.json"}, nil, []string{"one.json"}},
		{[]string{"MCP_FUSION_CONFIG=one.json", "MCP_FUSION_CONFIGS=a.json, b.json"}, nil, []string{"a.json", "b.json"}},
		{[]string{"MCP_FUSION_CONFIGS=a.json"}, []string{"-config", "c.json,d.json", "-config", "e"}, []string{"c.json", "d.json", "e"}},
	} {
		env, err := environ.LoadFrom(t.TempDir(), hermetic(t, c.environment...))
		require.NoError(t, err)
		o, err := program{env: env}.parseFlags(c.args)
		require.NoError(t, err)
		require.Equal(t, c.want, o.configs)
	}
}

func TestWhatIsTrue(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "TRUE": true, "yes": true, "1": true, "": false, "no": false, "0": false, "on": false} {
		require.Equal(t, want, isTrue(value), value)
	}
}

// TestOriginsAreWrittenAsBrowsersDo, with which they are compared: another
// spelling would shut everybody out.
func TestOriginsAreWrittenAsBrowsersDo(t *testing.T) {
	for given, want := range map[string]string{
		"https://gw.example:443": "https://gw.example", "http://gw.example:80/": "http://gw.example", "https://gw.example:": "https://gw.example",
		"HTTPS://GW.Example": "https://gw.example", "https://gw.example:80": "https://gw.example:80", "http://gw.example:443": "http://gw.example:443",
		"https://[2001:DB8::1]:443": "https://[2001:db8::1]", "https://[2001:db8::443]": "https://[2001:db8::443]", "https://gw.example:8443": "https://gw.example:8443",
		"https://gw.example?": "", "https://gw.example/?": "", "https://:443": "", "https://u@gw.example": "", "https://gw.example//": "", "ftp://gw.example": "",
	} {
		o, err := program{env: &environ.Env{}}.parseFlags([]string{"-config", "x", "-public-url", given, "-allowed-origins", "http://a.example," + given})
		if want == "" {
			require.ErrorContains(t, err, "-public-url", given)
			require.Error(t, parseDoors(options{allowedOrigins: []string{given}}), given)
			continue
		}
		require.NoError(t, err, given)
		require.Equal(t, want, o.publicURL.String())
		require.Equal(t, []string{"http://a.example", want}, o.allowedOrigins)
	}
}

func TestAnyHostCanBeAllowed(t *testing.T) {
	for _, host := range []string{"gw.example", "GW.example:80", "gw.example:443", "[::1]:8888"} {
		require.NoError(t, parseDoors(options{allowedHosts: []string{host}}), host)
	}
	for _, host := range []string{"http://gw.example", "gw.example/", "u@gw.example", "gw.example?", "gw example"} {
		require.Error(t, parseDoors(options{allowedHosts: []string{host}}), host)
	}
}

func TestOnlyAnAddressThatIsKnownToPeopleIsLinkedTo(t *testing.T) {
	public := &url.URL{Scheme: "https", Host: "gw.example.com"}
	for _, c := range []struct {
		public *url.URL
		listen string
		want   string
	}{
		{nil, "127.0.0.1:8888", "http://127.0.0.1:8888"},
		{nil, "[::1]:8888", "http://[::1]:8888"},
		{nil, "127.0.0.1:80", "http://127.0.0.1"},
		{nil, "0.0.0.0:8888", ""},
		{nil, "192.0.2.1:8888", ""},
		{public, "127.0.0.1:8888", "https://gw.example.com"},
		{public, "0.0.0.0:8888", "https://gw.example.com"},
	} {
		got := baseURL(options{publicURL: c.public}, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.listen)))
		if c.want == "" {
			require.Nil(t, got)
			continue
		}
		require.Equal(t, c.want, got.String())
	}
}
