package connect

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// A browser keeps a cookie with the prefix for this host alone, and only when it
// came over TLS (RFC 6265bis §4.1.3). Without, it sends one to all ports of a host
// (§8.5), whose servers must at least not take each other's for their own.
const (
	cookieName       = "mcpfusion"
	secureCookieName = "__Host-mcpfusion"
)

func (p *Pages) isSecure() bool { return p.base != nil && p.base.Scheme == "https" }

func (p *Pages) cookieName() string {
	switch {
	case p.isSecure():
		return secureCookieName
	case p.base == nil || p.base.Port() == "":
		return cookieName
	}
	return cookieName + "-" + p.base.Port()
}

// isLostAt reports whether a browser would not keep the cookie where it has sent
// a form from.
func (p *Pages) isLostAt(r *http.Request) bool {
	return p.isSecure() && !strings.HasPrefix(r.Header.Get("Origin"), "https://")
}

// setCookie gives the browser a session's id; "" takes it away.
func (p *Pages) setCookie(w http.ResponseWriter, id string) {
	age := 0 // as long as the browser runs
	if id == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: p.cookieName(), Value: id, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: p.isSecure(), SameSite: http.SameSiteLaxMode,
	})
}

// sessionOf returns the browser's session, nil for none. had tells that it has
// had one, of which nobody knows any more.
func (p *Pages) sessionOf(r *http.Request, use bool) (found *session, had bool) {
	cookie, err := r.Cookie(p.cookieName())
	if err != nil {
		return nil, false
	}
	found = p.sessions.find(cookie.Value, use)
	return found, found == nil
}

const listPath = "/connect"

func pathOf(service *fusion.Service) string { return listPath + "/" + service.Key }

// pagePath is the path of a page that one may want to go on to.
var pagePath = regexp.MustCompile(`^/connect/[a-z0-9][a-z0-9_-]{0,127}$`)

// destination is where one wanted to go with a path, if that is a page of ours;
// or else the list. The page of an action is the service's.
func destination(path string) string {
	if rest, ok := strings.CutPrefix(path, listPath+"/"); ok {
		service, _, _ := strings.Cut(rest, "/")
		if to := listPath + "/" + service; pagePath.MatchString(to) {
			return to
		}
	}
	return listPath
}
