package fusion

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sent returns what a tool with one parameter "p" would send, as JSON.
func sent(t *testing.T, tool *Tool, args Arguments) string {
	t.Helper()
	v, err := tool.prepare(args, noon)
	require.NoError(t, err)
	if v[0] == absent {
		return ""
	}
	return string(marshal(v[0]))
}

func TestArgumentsBecomeWhatTheTypeSays(t *testing.T) {
	for _, c := range []struct{ parameter, given, want string }{
		{`"type":"number"`, `"1.50"`, `1.50`},
		{`"type":"number"`, `1735689600`, `1735689600`},
		{`"type":"number"`, `12345678901234567890.1`, `12345678901234567890.1`},
		{`"type":"number"`, `-1E+2`, `-1E+2`},
		{`"type":"integer"`, `"7"`, `7`},
		{`"type":"integer"`, `1.0`, `1.0`},
		{`"type":"integer"`, `1e3`, `1e3`},
		{`"type":"boolean"`, `"true"`, `true`},
		{`"type":"boolean"`, `"False"`, `false`},
		{`"type":"boolean"`, `false`, `false`},
		{`"type":"string"`, `"5"`, `"5"`},
		{`"type":"string"`, `""`, `""`},
		{`"type":"array"`, `"[1, \"2\"]"`, `[1,"2"]`},
		{`"type":"array","items":"integer"`, `["1",2,"3"]`, `[1,2,3]`},
		{`"type":"array","items":"integer"`, `"[\"1\",2]"`, `[1,2]`},
		{`"type":"array","items":"boolean"`, `["true",false]`, `[true,false]`},
		{`"type":"array","items":"object"`, `["{\"a\":1.0}",{"b":2}]`, `[{"a":1.0},{"b":2}]`},
		{`"type":"array","items":"string"`, `[]`, `[]`},
		{`"type":"object"`, `" {\"a\": 1.10} "`, `{"a":1.10}`},
		{`"type":"object"`, `{"a":null}`, `{"a":null}`},
	} {
		tool := loadParameters(t, `{"name":"p","location":"query",`+c.parameter+`}`)
		require.Equal(t, c.want, sent(t, tool, parse(t, `{"p":`+c.given+`}`)), "%s %s", c.parameter, c.given)
	}
}

func TestTimeTokensBecomeTimes(t *testing.T) {
	for _, c := range []struct{ parameter, given, want string }{
		{`"type":"string"`, `#DAYS-7`, `2025-01-08T00:00:00Z`},
		{`"type":"string"`, `#DAYS+7`, `2025-01-22T00:00:00Z`},
		{`"type":"string"`, `#HOURS-13`, `2025-01-14T23:30:45Z`},
		{`"type":"string"`, `#MINS+30`, `2025-01-15T13:00:45Z`},
		{`"type":"string"`, `from #DAYS-1 to #DAYS+0.`, `from 2025-01-14T00:00:00Z to 2025-01-15T00:00:00Z.`},
		{`"type":"string"`, `#DAYS7 #days-7 #WEEKS-1 #DAYS-`, `#DAYS7 #days-7 #WEEKS-1 #DAYS-`},
		{`"type":"string","validation":{"format":"date-time"}`, `#HOURS+1`, `2025-01-15T13:30:45Z`},
		{`"type":"string","validation":{"format":"date"}`, `#DAYS-1`, `2025-01-14`},
		{`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `#DAYS-7`, `20250108`},
		{`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `#HOURS+12`, `20250116`},
		{`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `2025-02-03`, `20250203`},
		{`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `2025-02-03T23:59:59-05:00`, `20250203`},
		{`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `20250203`, `20250203`},
	} {
		tool := loadParameters(t, `{"name":"p","location":"query",`+c.parameter+`}`)
		args := Arguments{values: map[string]any{"p": c.given}}
		require.Equal(t, string(marshal(c.want)), sent(t, tool, args), "%s %s", c.parameter, c.given)
	}
}

func TestTimeTokensInsideOtherValuesLeaveTheArgumentAsItWas(t *testing.T) {
	tool := loadParameters(t, `{"name":"p","type":"object","location":"query"}`)
	args := parse(t, `{"p":{"start":{"at":"#DAYS+1"},"list":["#DAYS+2",3]}}`)
	before := string(marshal(args.values))
	require.Equal(t, `{"list":["2025-01-17T00:00:00Z",3],"start":{"at":"2025-01-16T00:00:00Z"}}`, sent(t, tool, args))
	require.Equal(t, before, string(marshal(args.values)))

	list := loadParameters(t, `{"name":"p","type":"array","items":"string","location":"query"}`)
	require.Equal(t, `["2025-01-15T00:00:00Z"]`, sent(t, list, parse(t, `{"p":["#DAYS+0"]}`)))
}

func TestDefaultsAreSentAndTheirTokensCountFromEachCall(t *testing.T) {
	tool := loadParameters(t, `{"name":"p","type":"string","location":"query","default":"since #DAYS-1"}`)
	require.Equal(t, `"since 2025-01-14T00:00:00Z"`, sent(t, tool, Arguments{}))
	v, err := tool.prepare(Arguments{}, noon.Add(48*time.Hour))
	require.NoError(t, err)
	require.Equal(t, "since 2025-01-16T00:00:00Z", v[0])

	date := loadParameters(t, `{"name":"p","type":"string","location":"query","default":"#DAYS-1",
		"validation":{"pattern":"^\\d{8}$"}}`)
	require.Equal(t, `"20250114"`, sent(t, date, Arguments{}))

	outside := loadParameters(t, `{"name":"p","type":"integer","location":"query","default":0,"validation":{"minimum":1}}`)
	require.Equal(t, `0`, sent(t, outside, Arguments{}))
	require.Equal(t, `0`, sent(t, outside, parse(t, `{"p":"0"}`)), "the published schema admits it")

	require.Empty(t, sent(t, loadParameters(t, `{"name":"p","type":"string","location":"query"}`), Arguments{}))
}

func TestQueryArguments(t *testing.T) {
	for _, c := range []struct{ parameter, query, want string }{
		{`"type":"array","items":"integer"`, `p=1&p=2`, `[1,2]`},
		{`"type":"array","items":"integer"`, `p=1`, `[1]`},
		{`"type":"array","items":"string"`, `p=a,b`, `["a,b"]`},
		{`"type":"array","items":"string"`, `p=%5B%22a%22%5D`, `["a"]`},
		{`"type":"array","items":"string"`, `p=%5Bbroken`, `["[broken"]`},
		{`"type":"integer"`, `p=5`, `5`},
		{`"type":"object"`, `p=%7B%22a%22:1%7D`, `{"a":1}`},
		{`"type":"boolean"`, `p=true`, `true`},
	} {
		q, err := url.ParseQuery(c.query)
		require.NoError(t, err)
		tool := loadParameters(t, `{"name":"p","location":"query",`+c.parameter+`}`)
		require.Equal(t, c.want, sent(t, tool, QueryArguments(q)), "%s %s", c.parameter, c.query)
	}
	tool := loadParameters(t, `{"name":"p","location":"query","type":"string"}`)
	_, err := tool.prepare(QueryArguments(url.Values{"p": {"a", "b"}}), noon)
	require.ErrorContains(t, err, `p is ["a","b"]; must be a string`)
}

func TestParseArguments(t *testing.T) {
	for _, none := range []string{"", "null", " {} ", "\n"} {
		args, err := ParseArguments([]byte(none))
		require.NoError(t, err)
		require.Empty(t, args.values)
	}
	args := parse(t, `{"n":1735689600,"f":1.0}`)
	require.Equal(t, map[string]any{"n": json.Number("1735689600"), "f": json.Number("1.0")}, args.values)

	for given, want := range map[string]string{
		`[]`:            "not a JSON object",
		`"x"`:           "not a JSON object",
		`{"a":1,"a":2}`: "a is given twice",
		`{"a":1`:        "not valid JSON",
		`{"a":}`:        "not valid JSON",
		`{} {}`:         "more after the object",
		`{"a":1}x`:      "not valid JSON",
	} {
		_, err := ParseArguments([]byte(given))
		require.ErrorContains(t, err, want, given)
		require.IsType(t, &ArgumentError{}, err)
	}
}
