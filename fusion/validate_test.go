package fusion

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// problems returns what is wrong with arguments, one "name detail" each.
func problems(t testing.TB, tool *Tool, args Arguments) []string {
	t.Helper()
	_, err := tool.prepare(args, noon)
	if err == nil {
		return nil
	}
	wrong, ok := errors.AsType[*ArgumentError](err)
	require.True(t, ok, err)
	var out []string
	for _, p := range wrong.Problems {
		out = append(out, p.Name+" "+p.Detail)
	}
	return out
}

func TestWrongArgumentsAreNamedWithWhatIsAllowed(t *testing.T) {
	for _, c := range []struct{ parameter, given, want string }{
		{`"type":"integer"`, `"abc"`, `p is "abc"; must be an integer`},
		{`"type":"integer"`, `1.5`, `p is 1.5; must be an integer`},
		{`"type":"integer"`, `""`, `p is ""; must be an integer`},
		{`"type":"integer"`, `"0x10"`, `p is "0x10"; must be an integer`},
		{`"type":"number"`, `true`, `p is true; must be a number`},
		{`"type":"number"`, `1e309`, `p is 1e309; its power of ten must be between -308 and 308`},
		{`"type":"number"`, `1e999999999999`, `p is 1e999999999999; its power of ten must be between -308 and 308`},
		{`"type":"number"`, `null`, `p is null; leave it out instead`},
		{`"type":"string"`, `5`, `p is 5; must be a string`},
		{`"type":"boolean"`, `"yes"`, `p is "yes"; must be true or false`},
		{`"type":"boolean"`, `1`, `p is 1; must be true or false`},
		{`"type":"array"`, `"a"`, `p is "a"; must be an array`},
		{`"type":"array","items":"integer"`, `[1,"x"]`, `p element 2 is "x"; must be an integer`},
		{`"type":"array","items":"string"`, `[null]`, `p element 1 is null; must be a string`},
		{`"type":"object"`, `"{broken"`, `p is "{broken"; must be an object`},
		{`"type":"object"`, `[]`, `p is []; must be an object`},
		{`"type":"integer","validation":{"minimum":1,"maximum":10}`, `11`, `p is 11; must be between 1 and 10`},
		{`"type":"integer","validation":{"minimum":1}`, `"0"`, `p is 0; must be at least 1`},
		{`"type":"number","validation":{"maximum":0.1}`, `0.10000000000000000001`, `p is 0.10000000000000000001; must be at most 0.1`},
		{`"type":"string","validation":{"minLength":3}`, `"äö"`, `p has 2 characters; must have at least 3`},
		{`"type":"string","validation":{"minLength":1,"maxLength":2}`, `"äöü"`, `p has 3 characters; must have between 1 and 2`},
		{`"type":"string","validation":{"pattern":"^[a-z]+$"}`, `"A"`, `p is "A"; must match ^[a-z]+$`},
		{`"type":"string","validation":{"enum":["a","b"]}`, `"c"`, `p is "c"; must be one of "a", "b"`},
		{`"type":"number","validation":{"enum":[1,2.50]}`, `2.51`, `p is 2.51; must be one of 1, 2.50`},
		{
			`"type":"string","validation":{"format":"date"}`, `"2025-02-30"`,
			`p is "2025-02-30"; must be a date such as 2025-01-31`,
		},
		{
			`"type":"string","validation":{"pattern":"^\\d{8}$"}`, `"2025-02-30"`,
			`p is "2025-02-30"; must match ^\d{8}$, such as 20250131; a date, a time or a time token such as #DAYS-7 may be given too`,
		},
		{`"type":"string"`, `"#DAYS-99999999999999999999"`, `p is "#DAYS-99999999999999999999"; a time token must stay within 100 years`},
		{`"type":"string"`, `"#MINS+52596001"`, `p is "#MINS+52596001"; a time token must stay within 100 years`},
	} {
		tool := loadParameters(t, `{"name":"p","location":"query",`+c.parameter+`}`)
		require.Equal(t, []string{c.want}, problems(t, tool, parse(t, `{"p":`+c.given+`}`)), "%s %s", c.parameter, c.given)
	}
}

func TestValuesOnTheEdgeAreRight(t *testing.T) {
	for _, c := range []struct{ parameter, given string }{
		{`"type":"number","validation":{"minimum":-1e2,"maximum":100}`, `-100.0`},
		{`"type":"number","validation":{"enum":[100]}`, `1.00e2`},
		{`"type":"integer"`, `-0`},
		{`"type":"number"`, `1e308`},
		{`"type":"string","validation":{"minLength":2,"maxLength":2}`, `"😀😀"`},
		{`"type":"string","validation":{"pattern":"(?i)^ABC$"}`, `"abc"`},
		{`"type":"string","validation":{"format":"uuid"}`, `"123E4567-e89b-12d3-a456-426614174000"`},
	} {
		tool := loadParameters(t, `{"name":"p","location":"query",`+c.parameter+`}`)
		require.Empty(t, problems(t, tool, parse(t, `{"p":`+c.given+`}`)), "%s %s", c.parameter, c.given)
	}
}

func TestAllWrongArgumentsAreReportedTogether(t *testing.T) {
	tool := loadParameters(t, `
		{"name":"limit","type":"integer","location":"query","required":true},
		{"name":"secret","type":"string","location":"query","static":true,"default":"s"},
		{"name":"sort","type":"string","location":"query","validation":{"enum":["up"]}}`)
	require.Equal(t, []string{
		"limti is unknown; did you mean limit?",
		"secret is unknown; known are limit, sort",
		"limit is missing; it is required",
		`sort is "down"; must be one of "up"`,
	}, problems(t, tool, parse(t, `{"sort":"down","limti":3,"secret":"x"}`)))
}

func TestErrorsRepeatLittleOfWhatWasGiven(t *testing.T) {
	tool := loadParameters(t, `{"name":"p","type":"integer","location":"query"}`)
	long := strings.Repeat("ä", 50_000)
	_, err := tool.prepare(Arguments{values: map[string]any{"p": long, long: 1}}, noon)
	require.Less(t, len(err.Error()), 600)

	many := map[string]any{}
	for i := range 1000 {
		many[fmt.Sprintf("unknown%d", i)] = 1
	}
	found := problems(t, tool, Arguments{values: many})
	require.Len(t, found, maxProblems+1)
	require.Equal(t, " and 980 more", found[maxProblems])
}
