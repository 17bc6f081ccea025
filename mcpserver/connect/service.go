package connect

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// action answers a request that is about one service.
type action func(*visit, *fusion.Service)

// liveQuery marks the requests by which a page without script looks anew. They
// do not keep the session.
const liveQuery = "live"

// ofService finds the service that a path names.
func (p *Pages) ofService(do action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		use := r.URL.RawQuery != liveQuery
		p.visit(w, r, use, func(v *visit) {
			key := v.r.PathValue("service")
			service := v.service(key)
			switch {
			case service != nil:
				do(v, service)
			case key == "session" || key == "signout": // of no service: the page of a form is loaded anew
				redirect(v.w, v.r, listPath)
			default:
				p.refuseVisit(v, http.StatusNotFound, textNoService)
			}
		}, p.askToSignIn)
	}
}

// refuseVisit is refuse for who is signed in.
func (p *Pages) refuseVisit(v *visit, status int, text string) {
	p.gateway.Refuse(v.r.Context(), text)
	p.renderFor(v, status, page{Title: "That did not work", name: "message", Content: messageView{text}})
}

// serviceView is the page of one service.
type serviceView struct {
	item
	// Device is the sign-in by code that is under way, or was the last; nil for
	// none.
	Device *auth.Device
	// Problems are what is wrong with the values that were entered, by field.
	Problems map[string]string
	// NoAddress is why a provider could not send browsers back; "" when it can.
	NoAddress string
}

func (p *Pages) show(v *visit, service *fusion.Service) {
	p.showService(v, service, http.StatusOK, nil)
}

func (p *Pages) showService(v *visit, service *fusion.Service, status int, problems map[string]string) {
	view := serviceView{item: p.item(v, service), Problems: problems}
	content := page{Title: view.Name, name: "service"}
	if c := service.Connector; c != nil {
		view.NoAddress = p.noAddress(service)
		if device, ok := c.Device(v.tenant); ok && c.Way == auth.ByDevice {
			view.Device = &device
		}
	}
	if view.Pending() {
		content.Reload = view.Path + "?" + liveQuery
	}
	if view.Done() {
		content.Title = view.Name + " is connected"
	}
	if len(problems) > 0 {
		content.Title = "Not stored: " + view.Name
	}
	content.Content = view
	p.renderFor(v, status, content)
}

// Pending reports whether a code waits to be entered.
func (s serviceView) Pending() bool { return s.Device != nil && s.Device.Status == auth.DevicePending }

// Done reports whether a code was entered, and the connection is still there.
func (s serviceView) Done() bool {
	return s.Device != nil && s.Device.Status == auth.DeviceDone && s.State.Status == auth.Connected
}

// Said is what is to be said of a sign-in by code, "" for nothing.
func (s serviceView) Said() string {
	if s.Device == nil || s.Device.Status == auth.DeviceDone && !s.Done() {
		return ""
	}
	return deviceText(*s.Device, s.Name, s.State)
}

// Reachable is where the code is entered with the least effort.
func (s serviceView) Reachable() string { return cmp.Or(s.Device.CompleteURL, s.Device.URL) }

// Place is the address of where the code is entered, for people to read.
func (s serviceView) Place() string { return placeOf(s.Device.URL) }

// By reports whether the service is connected in a way.
func (s serviceView) By(way string) bool { return s.Connector != nil && string(s.Connector.Way) == way }

// Secret reports whether what a field holds is not to be seen by who stands
// behind. Only a user name is no secret.
func (s serviceView) Secret(field auth.Field) bool { return field.Name != "username" }

func placeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	if u.Path == "/" {
		return u.Host
	}
	return u.Host + u.Path
}
