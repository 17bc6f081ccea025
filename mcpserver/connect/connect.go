// Package connect serves the pages on which people connect their accounts:
// those under /connect, and /oauth/callback.
//
// A page is opened by the API token and nothing else. The browser keeps a random
// id for it, the server the rest, in memory and for 15 minutes after the last
// use; each request is admitted anew, so that a token that has ended opens no
// page. What a page does is bound to this session: a sign-in that another
// browser began connects nothing. No secret is in an address, and none that was
// entered comes back to a page. Without TLS another server on the same host can
// read the id or plant one of its own, so each page names the tenant whose it is.
package connect

import (
	"context"
	"net/http"
	"net/url"
	"path"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
	"github.com/PivotLLM/MCPFusion/global"
)

// CallbackPath is where providers send browsers back to.
const CallbackPath = "/oauth/callback"

// Gateway is the server around the pages.
type Gateway interface {
	// Serve lets next answer as the tenant of the API token, which the request's
	// context has then, for as long as the token is let in. When it is not, or
	// not any more before anything was written, refused answers with the error of
	// db.Admit.
	Serve(w http.ResponseWriter, r *http.Request, token global.Secret, next http.HandlerFunc, refused Refused)
	// Services are those that the caller may see, of a request that Serve let in.
	Services(ctx context.Context) ([]*fusion.Service, error)
	// Refuse notes why a request is refused.
	Refuse(ctx context.Context, reason string)
	// Fail logs what went wrong here, and returns by which id to find it.
	Fail(ctx context.Context, err error) (id string)
}

// Refused answers for an API token that is not let in.
type Refused func(w http.ResponseWriter, r *http.Request, err error)

// Options are what the pages are made with.
type Options struct {
	Gateway Gateway
	// Base is the gateway's address as browsers know and write it; nil when
	// nobody knows.
	Base *url.URL
	// Local opens the pages without signing in; empty for none.
	Local global.Secret
	// Connections end the sign-ins that come back; nil when there are none.
	Connections *auth.Connections
}

// Pages answers all of the requests. It is safe for concurrent use.
type Pages struct {
	gateway     Gateway
	base        *url.URL
	local       global.Secret
	connections *auth.Connections
	sessions    *sessions
	csrf        *http.CrossOriginProtection
	mux         *http.ServeMux
}

// New returns the pages.
func New(o Options) *Pages {
	p := &Pages{
		gateway: o.Gateway, base: o.Base, local: o.Local, connections: o.Connections,
		sessions: newSessions(), csrf: http.NewCrossOriginProtection(), mux: http.NewServeMux(),
	}
	if o.Base != nil {
		// The scheme and host that it is made of were an origin before.
		_ = p.csrf.AddTrustedOrigin(originOf(o.Base))
	}
	p.route()
	return p
}

// actions are what is done to a service, by POST.
func (p *Pages) actions() map[string]action {
	return map[string]action{
		"values": p.enter, "start": p.start, "device": p.startDevice, "cancel": p.cancel, "disconnect": p.disconnect,
	}
}

func (p *Pages) route() {
	for _, a := range assets {
		p.mux.Handle("GET "+a.path, a)
	}
	p.mux.HandleFunc("GET /connect", func(w http.ResponseWriter, r *http.Request) { p.visit(w, r, true, p.list, p.askToSignIn) })
	p.mux.HandleFunc("GET /connect/{$}", func(w http.ResponseWriter, r *http.Request) { redirect(w, r, listPath) })
	p.mux.HandleFunc("POST /connect/session", p.posted(p.signIn))
	p.mux.HandleFunc("POST /connect/signout", p.posted(p.signOut))
	p.mux.HandleFunc("GET /connect/{service}", p.ofService(p.show))
	p.mux.HandleFunc("GET /connect/{service}/state", p.state)
	p.mux.HandleFunc("GET /connect/{service}/disconnect", p.ofService(p.confirm))
	p.mux.HandleFunc("GET "+CallbackPath, p.calledBack)
	for name, do := range p.actions() {
		p.mux.HandleFunc("POST /connect/{service}/"+name, p.posted(p.ofService(do)))
		if name != "disconnect" { // where a page that a form has led to is loaded anew
			p.mux.HandleFunc("GET /connect/{service}/"+name, func(w http.ResponseWriter, r *http.Request) {
				redirect(w, r, destination(r.URL.Path))
			})
		}
	}
}

// ServeHTTP implements http.Handler.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header())
	if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path { // the router would redirect
		p.refuse(w, r, http.StatusNotFound, textNoPage)
		return
	}
	handler, pattern := p.mux.Handler(r)
	if pattern == "" {
		p.noRoute(w, r, handler)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// noRoute says in a page what the router says in a line.
func (p *Pages) noRoute(w http.ResponseWriter, r *http.Request, router http.Handler) {
	said := &probe{header: http.Header{}}
	router.ServeHTTP(said, r)
	if said.status == http.StatusMethodNotAllowed {
		w.Header()["Allow"] = said.header["Allow"]
		p.refuse(w, r, http.StatusMethodNotAllowed, "This address does not take requests of this kind.")
		return
	}
	p.refuse(w, r, http.StatusNotFound, textNoPage)
}

// probe takes an answer's status and header only.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
func (p *probe) WriteHeader(status int)      { p.status = status }
