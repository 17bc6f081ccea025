package configs_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// definition is what a part of schema.json says of an object.
type definition struct {
	Ref                  string `json:"$ref"`
	Description          string
	Deprecated           bool
	Items                *definition
	Properties           map[string]definition
	AdditionalProperties any
}

func definitions(t *testing.T) map[string]definition {
	t.Helper()
	data, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	var document struct {
		Defs map[string]definition `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(data, &document))
	return document.Defs
}

// places has for each object of the language, by its name in the schema's
// $defs, a file with "@@" among its fields.
func places() map[string]string {
	inService := func(fields string) string { return `{"services": {"s": {` + fields + `}}}` }
	inEndpoint := func(fields string) string { return inService(`"endpoints": [{` + fields + `}]`) }
	inParameter := func(fields string) string { return inEndpoint(`"parameters": [{` + fields + `}]`) }
	list := map[string]string{
		"file":              `{@@}`,
		"service":           inService(`@@`),
		"auth":              inService(`"auth": {@@}`),
		"tokenInvalidation": inService(`"auth": {"tokenInvalidation": {@@}}`),
		"credentialField":   inService(`"auth": {"type": "user_credentials", "config": {"fields": [{@@}]}}`),
		"retry":             inService(`"retry": {@@}`),
		"circuitBreaker":    inService(`"circuitBreaker": {@@}`),
		"connection":        inService(`"connection": {@@}`),
		"endpoint":          inEndpoint(`@@`),
		"hints":             inEndpoint(`"hints": {@@}`),
		"requestBody":       inEndpoint(`"requestBody": {@@}`),
		"response":          inEndpoint(`"response": {@@}`),
		"pagination":        inEndpoint(`"response": {"paginationConfig": {@@}}`),
		"caching":           inEndpoint(`"response": {"caching": {@@}}`),
		"parameter":         inParameter(`@@`),
		"validation":        inParameter(`"validation": {@@}`),
		"transform":         inParameter(`"transform": {@@}`),
	}
	for _, name := range []string{
		"none", "bearer", "api_key", "basic", "oauth2_device", "oauth2_code", "oauth2_client_credentials",
		"oauth2_external", "session_jwt", "user_credentials",
	} {
		list[name] = inService(`"auth": {"type": "` + name + `", "config": {@@}}`)
	}
	return list
}

// TestSchemaAndLoaderKnowTheSameFields asks the loader, which names the allowed
// fields beside an unknown one.
func TestSchemaAndLoaderKnowTheSameFields(t *testing.T) {
	defs, places := definitions(t), places()
	for name, d := range defs {
		if d.AdditionalProperties == false {
			require.Contains(t, places, name, "the object %s is held against nothing", name)
		}
	}
	for name, file := range places {
		require.Contains(t, defs, name)
		require.Equal(t, false, defs[name].AdditionalProperties, name)
		require.ElementsMatch(t, allowedAt(t, file), slices.AppendSeq([]string{}, maps.Keys(defs[name].Properties)), name)
	}
}

// unlike is a field that is near no other.
const unlike = "############"

var allowed = regexp.MustCompile(`unknown field "` + unlike + `"; (?:allowed: (.*)|no field is allowed here)$`)

func allowedAt(t *testing.T, file string) []string {
	t.Helper()
	_, err := config.Parse("f", []byte(strings.Replace(file, "@@", `"`+unlike+`": 1`, 1)))
	var failed *config.Error
	require.True(t, errors.As(err, &failed), file)
	for _, problem := range failed.Problems {
		if found := allowed.FindStringSubmatch(problem.Text); found != nil {
			return strings.FieldsFunc(found[1], func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	require.Fail(t, "the loader did not look at the object", "%s: %v", file, err)
	return nil
}

// TestSchemaDescribesEachField: an editor shows what it finds there.
func TestSchemaDescribesEachField(t *testing.T) {
	defs := definitions(t)
	for name, d := range defs {
		for field, property := range d.Properties {
			if property.Description == "" {
				property = defs[strings.TrimPrefix(property.Ref, "#/$defs/")]
			}
			require.NotEmpty(t, property.Description, "%s.%s", name, field)
		}
	}
}
