package connect

import (
	"errors"
	"net/http"

	"github.com/PivotLLM/MCPFusion/db"
	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// connectable answers for a service that is not connected in the way, and
// reports whether it is.
func (p *Pages) connectable(v *visit, service *fusion.Service, way auth.Way) bool {
	if service.Connector != nil && service.Connector.Way == way {
		return true
	}
	p.refuseVisit(v, http.StatusConflict, service.Name+" is not connected in this way.")
	return false
}

// enter stores values. Those that cannot be used are not sent back either.
func (p *Pages) enter(v *visit, service *fusion.Service) {
	if !p.connectable(v, service, auth.ByValues) {
		return
	}
	values := make(map[string]string)
	for _, field := range service.Connector.Fields {
		values[field.Name] = v.r.PostForm.Get(fieldPrefix + field.Name)
	}
	err := service.Connector.Enter(v.tenant, values)
	if wrong, ok := errors.AsType[*auth.InputError](err); ok {
		p.gateway.Refuse(v.r.Context(), wrong.Error())
		p.showService(v, service, http.StatusUnprocessableEntity, wrong.Fields)
		return
	}
	p.back(v, pathOf(service), err, "Stored. Your next call to "+service.Name+" uses these values.")
}

// fieldPrefix keeps the names of fields apart from what else a page names.
const fieldPrefix = "value-"

// startDevice begins a sign-in by code.
func (p *Pages) startDevice(v *visit, service *fusion.Service) {
	if p.connectable(v, service, auth.ByDevice) {
		_, err := service.Connector.StartDevice(v.r.Context(), v.tenant)
		p.back(v, pathOf(service), err, "")
	}
}

// cancel ends a sign-in by code, unless it was completed before.
func (p *Pages) cancel(v *visit, service *fusion.Service) {
	if !p.connectable(v, service, auth.ByDevice) {
		return
	}
	if service.Connector.CancelDevice(v.tenant) {
		p.back(v, pathOf(service), nil, "") // where it can be undone
		return
	}
	p.back(v, pathOf(service), nil, "The sign-in was cancelled. Whoever enters the code now connects nothing here.")
}

// confirm asks whether to disconnect.
func (p *Pages) confirm(v *visit, service *fusion.Service) {
	if service.Connector == nil {
		p.refuseVisit(v, http.StatusConflict, service.Name+" has nothing of yours to disconnect.")
		return
	}
	view := serviceView{item: p.item(v, service)}
	p.renderFor(v, http.StatusOK, page{Title: "Disconnect " + service.Name + "?", name: "disconnect", Content: view})
}

func (p *Pages) disconnect(v *visit, service *fusion.Service) {
	if service.Connector == nil {
		p.refuseVisit(v, http.StatusConflict, service.Name+" has nothing of yours to disconnect.")
		return
	}
	revoked, err := service.Connector.Disconnect(v.r.Context(), v.tenant)
	done := "Disconnected. " + service.Name + " was told, and has ended the access."
	switch {
	case errors.Is(err, db.ErrNotFound):
		err, done = nil, "There was nothing to disconnect."
	case service.Connector.Way == auth.ByValues:
		done = "Disconnected. The values that were stored for you are deleted."
	case !revoked:
		done = "Disconnected here. " + service.Name + " has not confirmed that it ended the access: you can end it in your account's settings there."
	}
	p.back(v, pathOf(service), err, done)
}
