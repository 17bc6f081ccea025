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
	infos := []serviceInfo{}
	for _, service := range v.services() {
		state, ok := s.stateOf(w, r, service)
		if !ok {
			return
		}
		infos = append(infos, serviceInfo{state, v.endpoints(service)})
	}
	writeJSON(w, http.StatusOK, "application/json", map[string]any{"services": infos})
}

// stateOf returns what the tenant is told of a service. It answers 500 when that
// cannot be told.
func (s *Server) stateOf(w http.ResponseWriter, r *http.Request, service *fusion.Service) (serviceState, bool) {
	c, err := linker(s.connectURL).connection(r.Context(), s.logger, service)
	if err != nil {
		s.failConnections(w, r, err)
		return serviceState{}, false
	}
	return serviceState{Service: c.Service, Name: c.Name, Auth: c.Auth, Connection: c.State}, true
}

// failConnections answers 500, unless the tenant was deleted in this moment: it
// has nothing to be asked for.
func (s *Server) failConnections(w http.ResponseWriter, r *http.Request, err error) {
	tenantOf(r.Context()).Enforce()
	s.fail(w, r, err)
}
