package fusion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// everyRule has a parameter for each keyword of the language.
const everyRule = `
	{"name":"s","type":"string","location":"query"},
	{"name":"len","type":"string","location":"query","validation":{"minLength":2,"maxLength":4}},
	{"name":"pat","type":"string","location":"query","validation":{"pattern":"^[a-zé]+(-\\d{2,3})?$"}},
	{"name":"enum","type":"string","location":"query","validation":{"enum":["up","down","é"]}},
	{"name":"date","type":"string","location":"query","validation":{"format":"date"}},
	{"name":"time","type":"string","location":"query","validation":{"format":"date-time"}},
	{"name":"mail","type":"string","location":"query","validation":{"format":"email"}},
	{"name":"uri","type":"string","location":"query","validation":{"format":"uri"}},
	{"name":"uuid","type":"string","location":"query","validation":{"format":"uuid"}},
	{"name":"day","type":"string","location":"query","validation":{"pattern":"^\\d{8}$"}},
	{"name":"n","type":"number","location":"query","validation":{"minimum":-1.5,"maximum":1e3}},
	{"name":"i","type":"integer","location":"query","validation":{"minimum":0}},
	{"name":"ne","type":"number","location":"query","validation":{"enum":[1,2.50,-300]}},
	{"name":"b","type":"boolean","location":"query"},
	{"name":"o","type":"object","location":"body"},
	{"name":"a","type":"array","location":"query"},
	{"name":"as","type":"array","items":"string","location":"query"},
	{"name":"an","type":"array","items":"number","location":"query"},
	{"name":"ai","type":"array","items":"integer","location":"query"},
	{"name":"ab","type":"array","items":"boolean","location":"query"},
	{"name":"ao","type":"array","items":"object","location":"body"},
	{"name":"def","type":"integer","location":"query","default":0,"validation":{"minimum":5}}`

// looseNames are those whose published schema says less than is enforced: the
// day's pattern takes what is reduced, and the validator's formats are looser
// than the RFCs in places (an e-mail address without a local part, a URI with
// spaces). For these, what we take it must take, but not the other way round.
var looseNames = map[string]bool{"day": true, "time": true, "mail": true, "uri": true}

// compileSchema reads a tool's schema with the independent validator.
func compileSchema(t testing.TB, tool *Tool) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(tool.InputSchema))
	require.NoError(t, err)
	require.NoError(t, c.AddResource("tool.json", doc))
	schema, err := c.Compile("tool.json")
	require.NoError(t, err)
	return schema
}

// compareVerdicts holds our verdict on one argument against the validator's
// on the same value, normalised.
func compareVerdicts(t testing.TB, tool *Tool, schema *jsonschema.Schema, name string, value any) {
	t.Helper()
	args := Arguments{values: map[string]any{name: value}}
	p, known := tool.shown[name]
	if known {
		value = p.normalise(value, noon, false)
	}
	theirs := schema.Validate(map[string]any{name: value}) == nil
	ours := problems(t, tool, args) == nil
	if outOfReach(value) || known && p.unsendable(value) != "" {
		require.False(t, ours, "%s %s", name, marshal(value))
		return
	}
	if ours != theirs && (ours || !looseNames[name]) {
		t.Fatalf("%s %s: ours %v, theirs %v", name, marshal(value), problems(t, tool, args), schema.Validate(map[string]any{name: value}))
	}
}

// outOfReach reports what we refuse beyond the schema: numbers that no
// program reads, and time tokens that lead nowhere.
func outOfReach(v any) bool {
	switch v := v.(type) {
	case json.Number:
		_, ok := config.ParseDecimal(v.String())
		return !ok
	case string:
		return hasToken(v)
	case []any:
		for _, element := range v {
			if outOfReach(element) {
				return true
			}
		}
	case map[string]any:
		return outOfReach(slices.Collect(maps.Values(v)))
	}
	return false
}

// samples are values that the keywords tell apart.
var samples = []string{
	`null`, `true`, `false`, `"true"`, `"False"`, `0`, `-0.0`, `1`, `1.0`, `1e3`, `1000.0`, `1000.1`, `-1.5`, `-1.50001`, `2.5`,
	`-3e2`, `"2.50"`, `"12"`, `"é"`, `""`, `"u"`, `"up"`, `"down"`, `"ab"`, `"abcd"`, `"abcde"`, `"😀😀"`, `"é-12"`, `"é-1234"`,
	`"2025-01-31"`, `"2025-02-29"`, `"20250131"`, `"2025-01-31T10:00:00Z"`, `"2025-01-31T10:00:00"`, `"#DAYS-1"`, `"#MINS+5 x"`,
	`"anna@example.com"`, `"anna@"`, `"https://example.com/"`, `"example.com"`, `"123e4567-e89b-12d3-a456-426614174000"`,
	`{}`, `{"a":1}`, `"{\"a\":1}"`, `[]`, `["a"]`, `[1]`, `[1.5]`, `[true]`, `[{}]`, `[null]`, `[[]]`, `["1",2]`, `["x",1]`,
	`"[1,2]"`, `"[\"true\"]"`, `["true"]`, `["{}"]`, `5`, `4`, `"5"`, `1e400`, `"1e400"`, `[1e400]`, `{"a":[1e400]}`, `{"a":"#DAYS-999999"}`, `12345678901234567890`,
}

func TestOurVerdictIsTheValidatorsOnEverySample(t *testing.T) {
	tool := loadParameters(t, everyRule)
	schema := compileSchema(t, tool)
	for name := range tool.shown {
		for _, s := range samples {
			compareVerdicts(t, tool, schema, name, decode(t, []byte(s)))
		}
	}
	compareVerdicts(t, tool, schema, "unknown", "x")
}

func TestOurVerdictIsTheValidatorsOnRandomSchemas(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		parameter := randomParameter(random)
		tool := loadParameters(t, parameter)
		schema := compileSchema(t, tool)
		for _, s := range samples {
			compareVerdicts(t, tool, schema, "p", decode(t, []byte(s)))
		}
		_, err := tool.prepare(Arguments{}, noon)
		theirs := schema.Validate(map[string]any{})
		require.Equal(t, theirs == nil, err == nil, "%s without arguments", parameter)
	}
}

// randomParameter writes one with some of the keywords of its type.
func randomParameter(r *rand.Rand) string {
	pick := func(choices ...string) string { return choices[r.IntN(len(choices))] }
	kind := pick("string", "number", "integer", "boolean", "array", "object")
	fields := []string{`"name":"p"`, `"location":"query"`, fmt.Sprintf(`"type":%q`, kind), `"required":` + pick("true", "false")}
	switch kind {
	case "string":
		fields = append(fields, `"validation":{`+pick(``, `"minLength":2`, `"maxLength":3`, `"pattern":"^[a-z]*$"`, `"format":"date"`,
			`"format":"uuid"`, `"enum":["up","ab"],"minLength":2`, `"pattern":"\\d","maxLength":4`)+`}`)
		fields = append(fields, pick(`"quoted":false`, `"default":"up"`, `"default":"zz9"`))
	case "number", "integer":
		fields = append(fields, `"validation":{`+pick(``, `"minimum":0`, `"maximum":1`, `"minimum":-2,"maximum":2.5`, `"enum":[1,5]`)+`}`)
		fields = append(fields, pick(`"quoted":false`, `"default":1`, `"default":1000`))
	case "array":
		fields = append(fields, pick(`"quoted":false`, `"items":"string"`, `"items":"number"`, `"items":"integer"`, `"items":"boolean"`, `"items":"object"`))
	}
	return `{` + strings.Join(fields, ",") + `}`
}

func FuzzArguments(f *testing.F) {
	for _, s := range samples {
		f.Add([]byte(`{"s":` + s + `,"n":` + s + `,"ai":` + s + `}`))
	}
	f.Add([]byte(`{"day":"2025-01-15","time":"2016-12-31T23:59:60Z","unknown":1,"o":{"deep":["#DAYS-1"]}}`))
	tool := loadParameters(f, everyRule)
	schema := compileSchema(f, tool)
	f.Fuzz(func(t *testing.T, raw []byte) {
		args, err := ParseArguments(raw)
		if err != nil {
			require.IsType(t, &ArgumentError{}, err)
			return
		}
		_, err = tool.prepare(args, noon)
		if err != nil {
			require.Less(t, len(err.Error()), 20_000)
		}
		for name, value := range args.values {
			compareVerdicts(t, tool, schema, name, value)
		}
	})
}
