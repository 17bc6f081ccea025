package connect

import (
	"errors"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion"
	"github.com/PivotLLM/MCPFusion/fusion/auth"
)

// listView is the page of all services.
type listView struct {
	// Own are those that one can connect, Others the rest.
	Own, Others []item
}

// item is a service with its state.
type item struct {
	Key, Name string
	Path      string
	Connector *auth.Connector // nil: nothing can be connected
	State     auth.State
	// Unreadable is why State is not known; "" when it is.
	Unreadable string
	// NeedsNone tells that the service is used without an account.
	NeedsNone bool
}

func (p *Pages) list(v *visit) {
	var view listView
	for _, service := range v.services {
		entry := p.item(v, service)
		if entry.Connector == nil {
			view.Others = append(view.Others, entry)
		} else {
			view.Own = append(view.Own, entry)
		}
	}
	p.renderFor(v, http.StatusOK, page{Title: "Connections", name: "list", Content: view})
}

// item reads a service's state. What cannot be read of one hides none of the
// others.
func (p *Pages) item(v *visit, service *fusion.Service) item {
	entry := item{
		Key: service.Key, Name: service.Name, Path: pathOf(service),
		Connector: service.Connector, NeedsNone: service.AuthType == "none",
	}
	if entry.Connector == nil {
		return entry
	}
	state, err := entry.Connector.State(v.tenant)
	if e, ok := errors.AsType[*auth.CredentialError](err); ok {
		entry.Unreadable = e.Detail
	} else if err != nil {
		entry.Unreadable = "what is stored for this service cannot be read; the operator of this server finds the cause by the number " +
			p.failed(v.r.Context(), err)
	}
	entry.State = state
	return entry
}

// The tones of a badge.
const (
	toneGood  = "good"
	toneWarn  = "warn"
	tonePlain = "plain"
)

// badge says in two words how a service stands.
type badge struct{ Tone, Text string }

// Badge is the item's.
func (i item) Badge() badge {
	switch {
	case i.Unreadable != "":
		return badge{toneWarn, "Cannot be read"}
	case i.NeedsNone:
		return badge{tonePlain, "No sign-in needed"}
	case i.Connector == nil:
		return badge{tonePlain, "Set up by the operator"}
	}
	switch i.State.Status {
	case auth.Connected:
		return badge{toneGood, "Connected"}
	case auth.Configured:
		return badge{tonePlain, "Shared account"}
	case auth.NeedsSignIn:
		return badge{toneWarn, "Sign in again"}
	default:
		return badge{tonePlain, "Not connected"}
	}
}

// Is reports whether the connection has a status.
func (i item) Is(status string) bool { return string(i.State.Status) == status }

// HasOwn reports whether there is something of the tenant's own.
func (i item) HasOwn() bool {
	return i.Unreadable != "" || i.State.Status == auth.Connected || i.State.Status == auth.NeedsSignIn
}
