package fusion

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPropertiesAreThoseOfTheSchema: who publishes arguments one by one
// publishes the same.
func TestPropertiesAreThoseOfTheSchema(t *testing.T) {
	tool := loadServices(t, `{"s":{"name":"S","baseURL":"http://h","endpoints":[{"id":"e","name":"E","method":"POST","path":"/{id}","parameters":[
		{"name":"z","type":"array","items":"string","location":"query","description":"Words"},
		{"name":"id","type":"integer","location":"path"},
		{"name":"hidden","type":"string","location":"query","static":true,"default":"x"},
		{"name":"unused","type":"string","location":"path"},
		{"name":"$top","alias":"top","type":"integer","location":"query","required":true,"default":5},
		{"name":"o","type":"object","location":"body","required":true},
		{"name":"any","type":"array","location":"body"},
		{"name":"rows","type":"array","items":"object","location":"body"}]}]}}`).tool("s_e")
	names, required, structured, schemas := []string{}, []string{}, []string{}, map[string]json.RawMessage{}
	for _, p := range tool.Properties() {
		names = append(names, p.Name)
		schemas[p.Name] = p.Schema
		if p.Required {
			required = append(required, p.Name)
		}
		if p.Structured {
			structured = append(structured, p.Name)
		}
	}
	require.Equal(t, []string{"z", "id", "top", "o", "any", "rows"}, names)
	require.Equal(t, []string{"o", "any", "rows"}, structured)
	require.Equal(t, "Words", tool.Properties()[0].Description)
	var schema struct {
		Properties map[string]json.RawMessage
		Required   []string
	}
	require.NoError(t, json.Unmarshal(tool.InputSchema, &schema))
	require.Equal(t, schema.Required, required)
	require.Equal(t, schema.Properties, schemas)
}
