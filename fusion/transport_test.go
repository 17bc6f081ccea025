package fusion

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

func TestWhichAddressesArePublic(t *testing.T) {
	for _, a := range []string{"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		require.True(t, isPublic(netip.MustParseAddr(a)), a)
	}
	for _, a := range []string{
		"127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3",
		"100.64.0.1", "100.127.255.255", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "fec0::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1",
	} {
		require.False(t, isPublic(netip.MustParseAddr(a)), a)
	}
}

func TestDenyPrivateRefusesWhatIsDialled(t *testing.T) {
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(server.Close)
	require.Nil(t, newTransport(transportKind{denyPrivate: true}).Proxy, "the proxy would be what is dialled")
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		f := loadServices(t, `{"s":{"name":"S","baseURL":"http://`+host+port+`","denyPrivate":true,"endpoints":[`+endpoint("GET", "/", ``)+`]}}`)
		_, err := f.call("s_e", ``)
		requireUpstream(t, &UpstreamError{Detail: host + port + " has a private address, which this service is not allowed to reach"}, err)
	}
	require.False(t, reached)
}

func TestRedirectsWithinTheOriginKeepTheCredential(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusPermanentRedirect)
			return
		}
		_, _ = w.Write(marshal(map[string]any{"path": r.URL.Path, "length": len(r.Header.Get("Authorization")), "method": r.Method}))
	}))
	t.Cleanup(server.Close)
	f := loadServices(t, `{"s":{"name":"S","baseURL":"`+server.URL+`","auth":{"type":"bearer","config":{"token":"token-123"}},
		"endpoints":[`+endpoint("POST", "/old", `{"name":"x","type":"string","location":"body"}`)+`]}}`)
	result, err := f.call("s_e", `{"x":"1"}`)
	require.NoError(t, err)
	require.JSONEq(t, `{"path":"/new","length":16,"method":"POST"}`, string(result.Content))
}

func TestOriginsAreComparedWithTheirPorts(t *testing.T) {
	for _, c := range []struct{ a, b string }{
		{"https://h/x", "https://H:443/y"},
		{"http://h:80/", "http://h/"},
		{"http://[::1]:80", "http://[::1]"},
	} {
		require.Equal(t, auth.Origin(parseURL(t, c.a)), auth.Origin(parseURL(t, c.b)))
	}
	for _, c := range []struct{ a, b string }{{"https://h", "http://h"}, {"http://h", "http://h:8080"}, {"http://h", "http://h.x"}} {
		require.NotEqual(t, auth.Origin(parseURL(t, c.a)), auth.Origin(parseURL(t, c.b)))
	}
}
