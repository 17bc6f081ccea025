package mcpserver

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/PivotLLM/MCPFusion/fusion"
)

// operation is an Operation Object: one way to call a tool.
type operation struct {
	ID          string                     `json:"operationId"`
	Tags        []string                   `json:"tags"`
	Summary     string                     `json:"summary"`
	Description string                     `json:"description"`
	Parameters  []apiParameter             `json:"parameters,omitempty"`
	RequestBody *apiBody                   `json:"requestBody,omitempty"`
	Responses   map[string]json.RawMessage `json:"responses"`
}

// apiParameter has either a schema, or content for what a query holds as JSON.
type apiParameter struct {
	Name        string          `json:"name"`
	In          string          `json:"in"`
	Description string          `json:"description,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Schema      json.RawMessage `json:"schema,omitempty"`
	Content     apiContent      `json:"content,omitempty"`
}

type apiBody struct {
	Required bool       `json:"required"`
	Content  apiContent `json:"content"`
}

// apiContent has a schema for each media type.
type apiContent map[string]apiMedia

type apiMedia struct {
	Schema json.RawMessage `json:"schema"`
}

func jsonContent(schema json.RawMessage) apiContent {
	return apiContent{"application/json": {schema}}
}

// operations are the ways to call a tool, by their methods in lower case. The
// first one is named like the tool; the other adds what no tool's name has.
func operations(tool *fusion.Tool) map[string]operation {
	ways, id := map[string]operation{}, tool.Name
	for _, method := range restMethods(tool) {
		o := operation{
			ID: id, Tags: []string{tool.Service}, Summary: tool.Title, Description: tool.Description,
			Responses: responses(tool),
		}
		if method == http.MethodGet {
			o.Parameters = queryParameters(tool)
		} else {
			o.RequestBody = &apiBody{true, jsonContent(tool.InputSchema)}
		}
		way := strings.ToLower(method)
		ways[way], id = o, tool.Name+"."+strings.ToLower(http.MethodPost)
	}
	return ways
}

func queryParameters(tool *fusion.Tool) (list []apiParameter) {
	for _, p := range tool.Properties() {
		parameter := apiParameter{Name: p.Name, In: "query", Description: p.Description, Required: p.Required}
		if p.Structured {
			parameter.Content = jsonContent(p.Schema)
		} else {
			parameter.Schema = p.Schema
		}
		list = append(list, parameter)
	}
	if !tool.Takes(fromParameter) {
		list = append(list, apiParameter{
			Name: fromParameter, In: "query", Schema: json.RawMessage(`{"type":"string"}`),
			Description: "Where to read on in an answer that was cut, as its Link header says",
		})
	}
	return list
}

// responses leaves open what an API answers: no configuration says.
func responses(tool *fusion.Tool) map[string]json.RawMessage {
	media := "application/json"
	if !tool.AnswersJSON() {
		media = "*/*"
	}
	return map[string]json.RawMessage{
		"2XX":     json.RawMessage(`{"description":"What the API answered","content":{"` + media + `":{}}}`),
		"default": json.RawMessage(`{"$ref":"#/components/responses/problem"}`),
	}
}
