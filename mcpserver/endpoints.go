package mcpserver

import (
	"encoding/json"
	"net/http"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// serviceDetail is the answer of GET /api/{service}.
type serviceDetail struct {
	serviceState
	Endpoints []endpointInfo `json:"endpoints"`
}

// endpointInfo is what is to be known for a call of /api/{service}/{endpoint}.
type endpointInfo struct {
	Endpoint    string `json:"endpoint"`
	Tool        string `json:"tool"`
	Name        string `json:"name"`
	Description string `json:"description"`
	// Methods are those that /api/{service}/{endpoint} takes.
	Methods     []string        `json:"methods"`
	Destructive bool            `json:"destructive"`
	InputSchema json.RawMessage `json:"input_schema"`
}

// listEndpoints answers GET /api/{service} with the endpoints that the caller
// may see. A service without such does not exist for the caller.
func (s *Server) listEndpoints(w http.ResponseWriter, r *http.Request, key string) {
	if !isRead(w, r) {
		return
	}
	v, ok := s.viewOf(w, r)
	if !ok {
		return
	}
	for _, service := range v.services() {
		if service.Key == key {
			s.writeService(w, r, service, v.tools(service))
			return
		}
	}
	refuse(w, r, http.StatusNotFound, textNoEndpoint)
}

func (s *Server) writeService(w http.ResponseWriter, r *http.Request, service *fusion.Service, tools []*fusion.Tool) {
	state, ok := s.stateOf(w, r, service)
	if !ok {
		return
	}
	detail := serviceDetail{serviceState: state}
	for _, tool := range tools {
		detail.Endpoints = append(detail.Endpoints, endpointInfo{
			Endpoint: tool.Endpoint, Tool: tool.Name, Name: tool.Title, Description: tool.Description,
			Methods: restMethods(tool), Destructive: tool.Hints.Destructive, InputSchema: tool.InputSchema,
		})
	}
	writeJSON(w, http.StatusOK, "application/json", detail)
}
