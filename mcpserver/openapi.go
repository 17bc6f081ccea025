package mcpserver

import (
	"encoding/json"
	"net/http"

	"github.com/PivotLLM/MCPFusion/global"
)

// openAPI is a document of the OpenAPI Specification 3.1, as far as ours needs
// it. Without "servers" its paths stand below the host that answered it.
type openAPI struct {
	OpenAPI    string                          `json:"openapi"`
	Info       apiInfo                         `json:"info"`
	Security   []map[string][]string           `json:"security"`
	Tags       []apiTag                        `json:"tags"`
	Paths      map[string]map[string]operation `json:"paths"` // by path and method
	Components json.RawMessage                 `json:"components"`
}

type apiInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

// apiTag is a service.
type apiTag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// describeAPI answers GET /api/openapi.json: what the caller's API token may
// call. It is made anew each time, which is seldom, since to keep one for each
// view would cost more memory than all else of the views.
func (s *Server) describeAPI(w http.ResponseWriter, r *http.Request) {
	if !isRead(w, r) {
		return
	}
	if v, ok := s.viewOf(w, r); ok {
		writeJSON(w, http.StatusOK, "application/json", v.openAPI())
	}
}

func (v *view) openAPI() openAPI {
	document := openAPI{
		OpenAPI: "3.1.1",
		Info: apiInfo{
			Title: "mcpfusion", Version: global.Version,
			Description: "The tools that your API token may call, as plain REST.",
		},
		Security: []map[string][]string{{"token": {}}},
		Tags:     []apiTag{}, Paths: map[string]map[string]operation{},
		Components: json.RawMessage(components),
	}
	for _, service := range v.services() {
		document.Tags = append(document.Tags, apiTag{service.Key, service.Name})
		for _, tool := range v.tools(service) {
			document.Paths["/api/"+tool.Service+"/"+tool.Endpoint] = operations(tool)
		}
	}
	return document
}

// components holds what all operations share: the API token, and the problem
// that every refusal is.
const components = `{
	"securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "An API token of the gateway"}},
	"responses": {"problem": {
		"description": "Nothing was sent, or the API behind failed",
		"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}}},
	"schemas": {"problem": {
		"description": "RFC 9457 problem details",
		"type": "object",
		"required": ["title", "status", "detail", "request_id"],
		"properties": {
			"title": {"type": "string"},
			"status": {"type": "integer", "description": "The HTTP status of the answer"},
			"detail": {"type": "string"},
			"request_id": {"type": "string", "description": "Names the request in the gateway's log"},
			"upstream_status": {"type": "integer", "description": "The HTTP status with which the API behind answered"},
			"connect_url": {"type": "string", "description": "The page of the gateway where the service can be connected"},
			"verification_uri": {"type": "string", "description": "The page of the provider where user_code can be entered instead"},
			"user_code": {"type": "string"},
			"errors": {"description": "The arguments that are wrong", "type": "array", "items": {
				"type": "object",
				"required": ["name", "detail"],
				"properties": {"name": {"type": "string"}, "detail": {"type": "string"}}}}}}}
}`
