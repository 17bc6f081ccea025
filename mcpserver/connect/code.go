package connect

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// leaveView is the page that leads to a provider.
type leaveView struct{ Service, Host, Address, Back string }

// start begins a sign-in in this browser. It answers with a page that leads to
// the provider: browsers hold a redirect after a form to the form-action of the
// content security policy, which is for the gateway alone.
func (p *Pages) start(v *visit, service *fusion.Service) {
	if !p.connectable(v, service, auth.ByCode) {
		return
	}
	if problem := cmp.Or(p.noAddress(service), p.wrongPlace(v.r, pathOf(service))); problem != "" {
		p.gateway.Refuse(v.r.Context(), problem)
		p.tell(v, pathOf(service), notice{problem, true})
		return
	}
	address, err := service.Connector.StartCode(v.tenant, p.base.JoinPath(CallbackPath).String(), v.session.name())
	if err != nil {
		p.back(v, pathOf(service), err, "")
		return
	}
	to, err := url.Parse(address)
	if err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" {
		p.fail(v.w, v.r, errors.New("connect: the provider's address is no web page's")) // what it is may hold a secret
		return
	}
	v.w.Header().Set("Refresh", "0; url="+to.String())
	view := leaveView{service.Name, to.Host, to.String(), pathOf(service)}
	p.renderFor(v, http.StatusOK, page{Title: "Continue to " + to.Host, name: "leave", Content: view})
}

// noAddress says why a service cannot be connected where nobody knows the
// gateway's address; "" when it can.
func (p *Pages) noAddress(service *fusion.Service) string {
	if p.base != nil || service.Connector.Way != auth.ByCode {
		return ""
	}
	return service.Name + " cannot be connected yet: its provider has to send your browser back here, and this server does not " +
		"know its own address. Its operator names that with -public-url."
}

// wrongPlace says that a form was sent to another origin than the base, to which
// alone a session comes back; "" when it was not. The Host header does not tell
// where the browser is: a proxy may have written it anew.
func (p *Pages) wrongPlace(r *http.Request, path string) string {
	at := r.Header.Get("Origin")
	if p.base == nil || at == "" || at == originOf(p.base) {
		return ""
	}
	own := originOf(p.base)
	return "You are at " + at + ", but your browser is signed in and sent back at " + own + ". Open " + own + path + " instead."
}

// calledBack ends a sign-in that a provider sent the browser back from. Whatever
// comes of it, the browser goes on to another page, so that the code is not left
// in its address bar.
func (p *Pages) calledBack(w http.ResponseWriter, r *http.Request) {
	p.visit(w, r, true, p.callback, func(w http.ResponseWriter, r *http.Request, _ bool, refusal error) {
		if refusal != nil && !hasEnded(refusal) {
			p.failed(r.Context(), refusal)
		}
		p.gateway.Refuse(r.Context(), "not signed in")
		redirect(w, r, listPath+"?"+lostQuery)
	})
}

func (p *Pages) callback(v *visit) {
	if p.connections == nil {
		p.back(v, listPath, &auth.SignInError{Detail: "this server connects no service in a browser"}, "")
		return
	}
	key, err := p.connections.Finish(v.r.Context(), v.tenant, v.session.name(), v.r.URL.Query(),
		func(service string) bool { return v.service(service) != nil })
	path, done := listPath, "Connected."
	if service := v.service(key); service != nil {
		path = pathOf(service)
		if err == nil {
			done = p.connectedText(v, service)
		}
	}
	p.back(v, path, err, done)
}

// connectedText says as whom one is connected now.
func (p *Pages) connectedText(v *visit, service *fusion.Service) string {
	if entry := p.item(v, service); entry.State.Account != "" {
		return service.Name + " is connected as " + entry.State.Account + "."
	}
	return service.Name + " is connected."
}
