package mcpserver

import (
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// serviceState is what the tenant is told of a service.
type serviceState struct {
	Service    string `json:"service"`
	Name       string `json:"name"`
	Auth       string `json:"auth"`
	Connection string `json:"connection"`
}

// serviceInfo is an entry of GET /api.
type serviceInfo struct {
	serviceState
	Endpoints []string `json:"endpoints"`
}

// The states of a tenant's connection to a service.
const (
	stateNotNeeded  = "not_needed"
	stateConnected  = "connected"  // by a credential of the tenant's own
	stateConfigured = "configured" // by the operator, for all tenants
	stateMissing    = "missing"    // a credential is needed, and there is none
)

// listServices answers GET /api: each service of which the caller may see an
// endpoint, with those and the state of the tenant's connection.
func (s *Server) listServices(w http.ResponseWriter, r *http.Request) {
	if !isRead(w, r) {
		return
	}
	v, ok := s.viewOf(w, r)
	if !ok {
		return
	}
	own, ok := s.ownServices(w, r)
	if !ok {
		return
	}
	infos := []serviceInfo{}
	for _, service := range v.catalog.fusion.Services() {
		if endpoints := v.endpoints(service); len(endpoints) > 0 {
			infos = append(infos, serviceInfo{stateOf(service, own), endpoints})
		}
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"services": infos})
}

// ownServices are those that the tenant has a credential of its own for. It
// answers 500 when that cannot be told.
func (s *Server) ownServices(w http.ResponseWriter, r *http.Request) (map[string]bool, bool) {
	tenant := tenantOf(r.Context())
	connections, err := tenant.Connections()
	if err != nil {
		tenant.Enforce() // deleted in this moment, it has nothing to be asked for
		s.fail(w, r, err)
		return nil, false
	}
	own := make(map[string]bool, len(connections))
	for _, c := range connections {
		own[c.Service] = true
	}
	return own, true
}

func stateOf(service *fusion.Service, own map[string]bool) serviceState {
	return serviceState{
		Service: service.Key, Name: service.Name, Auth: service.AuthType,
		Connection: connectionState(service, own[service.Key]),
	}
}

func connectionState(service *fusion.Service, own bool) string {
	switch {
	case service.AuthType == "none":
		return stateNotNeeded
	case own:
		return stateConnected
	case service.Connector == nil || service.Connector.Shared:
		return stateConfigured
	default:
		return stateMissing
	}
}
