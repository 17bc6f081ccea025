package connect

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

const textNoAddress = "This service cannot be connected yet: its provider has to send your browser back here, and this " +
	"server does not know its own address. Its operator names that with -public-url."

// leaveView is the page that leads to a provider.
type leaveView struct{ Service, Host, Address, Back string }

// start begins a sign-in in this browser. It answers with a page that leads to
// the provider: browsers hold a redirect after a form to the form-action of the
// content security policy, which is for the gateway alone.
func (p *Pages) start(v *visit, service *fusion.Service) {
	if !p.connectable(v, service, auth.ByCode) {
		return
	}
	if problem := p.wrongPlace(v.r, service); problem != "" {
		p.Gateway.Refuse(v.r.Context(), problem)
		p.tell(v, listPath+"/"+service.Key, notice{problem, true})
		return
	}
	address, err := service.Connector.StartCode(v.tenant, p.Base.JoinPath(CallbackPath).String(), v.session.name())
	if err != nil {
		p.back(v, service, err, "")
		return
	}
	to, err := url.Parse(address)
	if err != nil || to.Host == "" || to.Scheme != "https" && to.Scheme != "http" {
		p.fail(v.w, v.r, errors.New("connect: the provider's address is no web page's")) // what it is may hold a secret
		return
	}
	v.w.Header().Set("Refresh", "0; url="+to.String())
	view := leaveView{service.Name, to.Host, to.String(), listPath + "/" + service.Key}
	p.renderFor(v, http.StatusOK, page{Title: "Continue to " + to.Host, name: "leave", Content: view})
}

// wrongPlace says why a provider could not send the browser back to its session,
// "" when it can. The Host header does not tell where the browser is: a proxy may
// have written it anew.
func (p *Pages) wrongPlace(r *http.Request, service *fusion.Service) string {
	if p.Base == nil {
		return textNoAddress
	}
	own := originOf(p.Base)
	if at := r.Header.Get("Origin"); at != "" && at != "null" && at != own {
		return "You are at " + at + ", but the provider sends you back to " + own + ". Open " + own + listPath + "/" + service.Key +
			" instead, and connect there."
	}
	return ""
}

// calledBack ends a sign-in that a provider sent the browser back from. Whatever
// comes of it, the browser goes on to another page, so that the code is not left
// in its address bar.
func (p *Pages) calledBack(w http.ResponseWriter, r *http.Request) {
	p.visit(w, r, true, p.callback, func(w http.ResponseWriter, r *http.Request, _ bool, refusal error) {
		if refusal != nil && !hasEnded(refusal) {
			p.Gateway.Fail(r.Context(), refusal)
		}
		p.Gateway.Refuse(r.Context(), "not signed in")
		redirect(w, r, listPath+"?"+lostQuery)
	})
}

func (p *Pages) callback(v *visit) {
	if p.Connections == nil {
		p.tell(v, listPath, notice{"This server connects no service in a browser.", true})
		return
	}
	key, err := p.Connections.Finish(v.r.Context(), v.tenant, v.session.name(), v.r.URL.Query())
	service, path := v.service(key), listPath
	if service != nil {
		path += "/" + key
	}
	if e, ok := errors.AsType[*auth.SignInError](err); ok {
		p.Gateway.Refuse(v.r.Context(), e.Detail)
		p.tell(v, path, notice{sentence(e.Detail), true})
		return
	}
	if err != nil {
		if isOver(v.r.Context()) {
			return
		}
		p.Gateway.Refuse(v.r.Context(), "failed")
		p.tell(v, path, notice{failureText(p.Gateway.Fail(v.r.Context(), err)), true})
		return
	}
	p.tell(v, path, notice{Text: p.connectedText(v, service)})
}

// connectedText says as whom one is connected now.
func (p *Pages) connectedText(v *visit, service *fusion.Service) string {
	if service == nil {
		return "Connected."
	}
	if entry := p.item(v, service); entry.State.Account != "" {
		return service.Name + " is connected as " + entry.State.Account + "."
	}
	return service.Name + " is connected."
}
