package connect

import (
	"errors"
	"net/http"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
)

// visit is a request of a browser that is signed in.
type visit struct {
	w        http.ResponseWriter
	r        *http.Request
	session  *session
	tenant   *db.Tenant
	services []*fusion.Service // that the API token's scope lets it see
}

// tell leaves a notice for the next page, and goes there.
func (p *Pages) tell(v *visit, path string, n notice) {
	p.sessions.tell(v.session, n)
	redirect(v.w, v.r, path)
}

// service finds one by its key, nil for none.
func (v *visit) service(key string) *fusion.Service {
	for _, s := range v.services {
		if s.Key == key {
			return s
		}
	}
	return nil
}

// outside answers a browser that is not signed in. refusal is nil, or why its API
// token is not let in any more.
type outside func(w http.ResponseWriter, r *http.Request, had bool, refusal error)

// visit lets a browser in that is signed in, and has ask answer others. With use
// the session lasts on.
func (p *Pages) visit(w http.ResponseWriter, r *http.Request, use bool, next func(*visit), ask outside) {
	found, had := p.sessionOf(r, use)
	token := p.local
	if found != nil {
		token = found.token
	}
	if token.IsEmpty() {
		ask(w, r, had, nil)
		return
	}
	p.gateway.Serve(w, r, token, func(w http.ResponseWriter, r *http.Request) {
		v, err := p.newVisit(w, r, found)
		if err != nil {
			p.fail(w, r, err)
			return
		}
		next(v)
	}, func(w http.ResponseWriter, r *http.Request, err error) {
		if found != nil && hasEnded(err) {
			p.sessions.end(found)
		}
		ask(w, r, had, err)
	})
}

// newVisit also begins a session where none is needed to be let in.
func (p *Pages) newVisit(w http.ResponseWriter, r *http.Request, found *session) (*visit, error) {
	tenant, ok := db.FromContext(r.Context())
	if !ok {
		return nil, errors.New("connect: a request without a tenant")
	}
	services, err := p.gateway.Services(r.Context())
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = p.signedIn(w, tenant, p.local)
	}
	return &visit{w, r, found, tenant, services}, nil
}

// hasEnded reports whether an API token is not let in any more.
func hasEnded(err error) bool { return refusalText(err) != "" }

// refusalText says why an API token is not let in; "" for a failure of ours.
func refusalText(err error) string {
	switch {
	case errors.Is(err, db.ErrInvalidToken):
		return "This API token is not known here. Check that all of it was entered, or ask for another one."
	case errors.Is(err, db.ErrTokenExpired):
		return "This API token has expired. Ask the operator of this server for another one."
	case errors.Is(err, db.ErrTokenDisabled):
		return "This API token is disabled. Ask the operator of this server about it."
	}
	return ""
}
