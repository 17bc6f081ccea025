package fusion

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/fusion/config"
	"github.com/PivotLLM/MCPFusion/global"
)

// Limits of the connections to the services. The time of a call is limited
// by its context; these catch what would hold a connection up for nothing.
const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 90 * time.Second
	maxIdle          = 256
	maxIdlePerHost   = 64
	maxHeaderBytes   = 1 << 20
	maxRedirects     = 10
)

// transportKind is what makes a tool need a transport of its own.
type transportKind struct{ denyPrivate, single bool }

// senders holds one sender for each kind of transport that a configuration
// needs, so that its tools share their connections.
type senders struct {
	log         global.Logger
	maxUpstream int64
	byKind      map[transportKind]*sender // complete before the first call
}

func newSenders(log global.Logger, maxUpstream int64) *senders {
	return &senders{log: log, maxUpstream: maxUpstream, byKind: make(map[transportKind]*sender)}
}

// get returns the sender for an endpoint. A connection that is not kept, and
// one that is always new, come to the same: used once.
func (s *senders) get(denyPrivate bool, c config.Connection) *sender {
	kind := transportKind{denyPrivate, c.DisableKeepAlive || c.ForceNewConnection}
	if _, ok := s.byKind[kind]; !ok {
		client := &http.Client{Transport: newTransport(kind), CheckRedirect: checkRedirect}
		s.byKind[kind] = &sender{client: client, log: s.log, maxUpstream: s.maxUpstream}
	}
	return s.byKind[kind]
}

// provider returns the client that asks the providers of a service for tokens.
// It shares the connections with the senders and follows no redirect: what it
// sends is for the configured address alone.
func (s *senders) provider(denyPrivate bool) *http.Client {
	return &http.Client{
		Transport:     s.get(denyPrivate, config.Connection{}).client.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *senders) close() {
	for _, sender := range s.byKind {
		sender.client.CloseIdleConnections()
	}
}

// newTransport returns a transport with limits. With denyPrivate it takes no
// proxy: the address that is dialled would be the proxy's.
func newTransport(kind transportKind) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSHandshakeTimeout:    handshakeTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ExpectContinueTimeout:  time.Second,
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      kind.single,
	}
	if kind.denyPrivate {
		t.Proxy = nil
		dialer.Control = refusePrivate
	}
	t.DialContext = dialer.DialContext
	return t
}

// errPrivate is returned when an address is not public.
var errPrivate = errors.New("the address is not public")

// refusePrivate is asked with the address that is about to be dialled, so
// that no name that resolves differently the second time gets past it.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(at.Addr()) {
		return errPrivate
	}
	return nil
}

// reserved are networks that reach no public host although package netip
// calls them global unicast (RFC 6890 and its registries), and those of IPv6
// that carry an IPv4 address which a translator may reach.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by providers (RFC 6598)
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"), // NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("2001::/32"), // Teredo
	netip.MustParsePrefix("fec0::/10"), // site-local, deprecated
}

func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, network := range reserved {
		if network.Contains(a) {
			return false
		}
	}
	return true
}

// redirectError is returned for a redirect that is not followed.
type redirectError struct{ text string }

func (e *redirectError) Error() string { return e.text }

// targetKey is that of a request's target in its context.
type targetKey struct{}

// checkRedirect follows within the origin and below the configured path only:
// the credential, and the arguments, are for what is there. What changes
// something is not taken for done when its place has moved.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	r.Header.Del("Referer") // of which the query may hold a credential
	target, _ := r.Context().Value(targetKey{}).(*target)
	switch {
	case auth.Origin(r.URL) != auth.Origin(first.URL):
		return &redirectError{"it redirects to another origin, " + auth.Origin(r.URL) + ", which is not followed"}
	case target != nil && !target.isAbove(r.URL):
		return &redirectError{"it redirects to a path that is not below the configured one, which is not followed"}
	case r.Method != first.Method && isChange(first.Method) && r.Response.StatusCode != http.StatusSeeOther:
		return &redirectError{"it redirects, which would make a GET of the " + first.Method + "; that was not done"}
	case len(via) > maxRedirects:
		return &redirectError{"it redirects more than 10 times"}
	}
	return nil
}

func isChange(method string) bool { return method != http.MethodGet && method != http.MethodHead }
