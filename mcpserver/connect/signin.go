package connect

import (
	"net/http"
	"strings"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/global"
)

// textEnded is for a browser whose session is not known: nobody can tell why.
const textEnded = "Your session here has ended: it does so 15 minutes after you last used it, and when the server is " +
	"restarted. Sign in again. A sign-in to a service that was under way has to be started anew."

// signInView is what the page says that asks for the API token.
type signInView struct {
	// To is where to go then.
	To string
	// Problem is why one is not let in, Ended why one has to sign in again; ""
	// for neither.
	Problem, Ended string
}

// textLost is for a browser that comes back from a provider without a session.
const textLost = "You are not signed in here, so nothing was connected: this is another browser, the session has ended after 15 minutes, or the server was restarted. Sign in, and start anew."

// lostQuery leads to that text.
const lostQuery = "lost"

// askToSignIn shows the page that asks for the API token, in the place of the one
// that was wanted. To get a page without a session is no error.
func (p *Pages) askToSignIn(w http.ResponseWriter, r *http.Request, had bool, refusal error) {
	view := signInView{To: destination(r.URL.Path)}
	switch {
	case refusal != nil:
		p.refuseToken(w, r, view, refusal)
		return
	case r.URL.RawQuery == lostQuery:
		view.Problem = textLost
	case had:
		view.Ended = textEnded
	}
	status := http.StatusOK
	if r.Method == http.MethodPost {
		status = http.StatusUnauthorized
		p.gateway.Refuse(r.Context(), "not signed in")
	}
	p.render(w, r, status, page{Title: "Sign in", name: "signin", Content: view})
}

// refuseToken shows the page that asks for the API token, with why one was not
// let in.
func (p *Pages) refuseToken(w http.ResponseWriter, r *http.Request, view signInView, err error) {
	if !hasEnded(err) {
		p.fail(w, r, err)
		return
	}
	p.gateway.Refuse(r.Context(), err.Error())
	view.Problem = refusalText(err)
	p.render(w, r, http.StatusUnauthorized, page{Title: "Sign in", name: "signin", Content: view})
}

// signIn begins a session for who shows an API token, and ends the browser's
// former one.
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	view := signInView{To: destination(r.PostForm.Get("to"))}
	if problem := p.wrongPlace(r, view.To); problem != "" && p.isLostAt(r) {
		p.gateway.Refuse(r.Context(), problem)
		view.Problem = problem
		p.render(w, r, http.StatusForbidden, page{Title: "Sign in", name: "signin", Content: view})
		return
	}
	token := global.NewSecret(strings.TrimSpace(r.PostForm.Get("token")))
	p.gateway.Serve(w, r, token, func(w http.ResponseWriter, r *http.Request) {
		tenant, _ := db.FromContext(r.Context())
		p.endSession(r)
		p.signedIn(w, tenant, token)
		redirect(w, r, view.To)
	}, func(w http.ResponseWriter, r *http.Request, err error) { p.refuseToken(w, r, view, err) })
}

// signedIn begins a session, and gives the browser its id.
func (p *Pages) signedIn(w http.ResponseWriter, tenant *db.Tenant, token global.Secret) *session {
	began, id := p.sessions.begin(tenant.Hash(), token)
	p.setCookie(w, id)
	return began
}

func (p *Pages) endSession(r *http.Request) {
	if found, _ := p.sessionOf(r, false); found != nil {
		p.sessions.end(found)
	}
}

func (p *Pages) signOut(w http.ResponseWriter, r *http.Request) {
	p.endSession(r)
	p.setCookie(w, "")
	redirect(w, r, listPath)
}
