package mcpserver

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// doors decides by the Host and Origin headers whether a request may come in
// at all. It protects against web pages that talk to the gateway through their
// visitor's browser, by DNS rebinding or across origins. The zero value admits
// loopback hosts and same-origin pages only.
type doors struct {
	anyHost bool
	hosts   []string
	origins []string
}

func (d doors) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !d.admitsHost(r.Host):
			refuse(w, r, http.StatusForbidden, "Host not allowed")
		case !d.admitsOrigin(r):
			refuse(w, r, http.StatusForbidden, "Origin not allowed")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (d doors) admitsHost(host string) bool {
	if d.anyHost {
		return true
	}
	name := hostname(host)
	if isLoopback(name) {
		return true
	}
	return slices.ContainsFunc(d.hosts, func(allowed string) bool {
		return strings.EqualFold(allowed, host) || strings.EqualFold(allowed, name)
	})
}

// admitsOrigin also looks at Sec-Fetch-Site, because browsers send no Origin
// with a GET for an image or a script of a foreign page.
func (d doors) admitsOrigin(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	switch len(origins) {
	case 0:
		site := r.Header.Get("Sec-Fetch-Site")
		return site == "" || site == "same-origin" || site == "none" || opensPage(r)
	case 1:
		return sameHost(origins[0], r.Host) || d.isAllowed(origins[0])
	default:
		return false
	}
}

// opensPage reports whether a link or a redirect of another site's leads a
// browser to one of our pages: people click on links to them, and providers send
// browsers back. It is no image, frame or script; a GET of a page only shows
// something, or ends the sign-in that this browser's session has begun.
func opensPage(r *http.Request) bool {
	return r.Method == http.MethodGet && isPage(r.URL.Path) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// sameHost compares host and port. The scheme is left out: behind a proxy that
// ends TLS the gateway does not know its own.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	port := defaultPorts[u.Scheme]
	return strings.EqualFold(strings.TrimSuffix(u.Host, port), strings.TrimSuffix(host, port))
}

var defaultPorts = map[string]string{"http": ":80", "https": ":443"}

// hostname returns host without its port and without brackets.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

func isLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && addr.IsLoopback()
}
