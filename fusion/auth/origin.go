package auth

import (
	"net"
	"net/url"
	"strings"
)

// Origin returns scheme://host:port of an address of HTTP (RFC 6454, section 4),
// with the scheme's own port where it has none: as connections keep where they may
// be used.
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// originAt is that of an address of the configuration, which has been checked; ""
// for none.
func originAt(address string) string {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	return Origin(u)
}
