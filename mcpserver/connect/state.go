package connect

import (
	"encoding/json"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// liveState is what a page asks for while a code is being entered.
type liveState struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// signedOut is the state that a page gets whose session is over.
var signedOut = liveState{"signed_out", "Your session here has ended. Load this page again to sign in."}

// state answers with how a service stands, in JSON. It is asked for by the page
// alone, and so does not keep the session.
func (p *Pages) state(w http.ResponseWriter, r *http.Request) {
	p.visit(w, r, false, func(v *visit) {
		service := v.service(v.r.PathValue("service"))
		if service == nil || service.Connector == nil {
			p.gateway.Refuse(v.r.Context(), textNoService)
			writeState(v.w, http.StatusNotFound, liveState{"unknown", textNoService})
			return
		}
		entry := p.item(v, service)
		device, ok := service.Connector.Device(v.tenant)
		if !ok {
			writeState(v.w, http.StatusOK, liveState{string(entry.State.Status), "No sign-in is under way any more."})
			return
		}
		writeState(v.w, http.StatusOK, liveState{string(device.Status), deviceText(device, service.Name, entry.State)})
	}, p.stateOutside)
}

func (p *Pages) stateOutside(w http.ResponseWriter, r *http.Request, _ bool, refusal error) {
	if refusal != nil && !hasEnded(refusal) {
		p.failed(r.Context(), refusal)
		writeState(w, http.StatusInternalServerError, liveState{"unknown", "Something went wrong on this server."})
		return
	}
	p.gateway.Refuse(r.Context(), "not signed in")
	writeState(w, http.StatusUnauthorized, signedOut)
}

func writeState(w http.ResponseWriter, status int, s liveState) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(s) // a failure is the client's
}

// deviceText says how a sign-in by code stands.
func deviceText(device auth.Device, service string, state auth.State) string {
	switch device.Status {
	case auth.DevicePending:
		return "Waiting for you to enter the code at " + placeOf(device.URL) + "."
	case auth.DeviceDone:
		if state.Account != "" {
			return service + " is connected as " + state.Account + "."
		}
		return service + " is connected. It did not say to which account."
	case auth.DeviceDenied:
		return "The sign-in was declined at " + placeOf(device.URL) + ". Nothing was connected."
	case auth.DeviceExpired:
		return "The code was not entered in time. Nothing was connected."
	default:
		return sentence("the sign-in has failed: " + device.Problem)
	}
}
