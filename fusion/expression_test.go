package fusion

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bodyOf is what a tool with one body parameter "p" sends for a value.
func bodyOf(t testing.TB, parameter, given string) (string, error) {
	t.Helper()
	tool := loadEndpoints(t, "http://h", endpoint("POST", "/", `{"name":"p","location":"body",`+parameter+`}`)).tool("s_e")
	r, err := build(t, tool, parse(t, `{"p":`+given+`}`))
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(body), nil
}

func TestExpressions(t *testing.T) {
	for _, c := range []struct{ kind, expression, given, want string }{
		{"string", `.`, `" a "`, `" a "`},
		{"string", `uppercase`, `"añ €"`, `"AÑ €"`},
		{"string", `toUpperCase`, `"a"`, `"A"`},
		{"string", `lowercase`, `"AÑ"`, `"añ"`},
		{"string", ` toLowerCase `, `"A"`, `"a"`},
		{"array", `uppercase`, `["a",["b"],1]`, `["A",["B"],"1"]`},
		{"number", `uppercase`, `1e5`, `"1E5"`},
		{"string", `trim`, `"\t a b \n"`, `"a b"`},
		{"number", `toString`, `1735689600.10`, `"1735689600.10"`},
		{"boolean", `toString`, `true`, `"true"`},
		{"object", `toString`, `{"a":[1,"<ü>"]}`, `"{\"a\":[1,\"<ü>\"]}"`},
		{"string", `toString`, `"x"`, `"x"`},
		{"string", `toInt`, `" +007 "`, `7`},
		{"string", `toInt`, `"-0012.9"`, `-12`},
		{"string", `toInt`, `"0.5"`, `0`},
		{"string", `toInt`, `"12345678901234567890"`, `12345678901234567890`},
		{"number", `toInt`, `1.5e3`, `1500`},
		{"array", `toInt`, `["1",2.7]`, `[1,2]`},
		{"string", `toFloat`, `"-.50"`, `-0.50`},
		{"number", `toFloat`, `1735689600`, `1735689600`},
		{"string", `slice(1,3)`, `"äöü€"`, `"öü"`},
		{"string", `slice( -2 , 99)`, `"äöü€"`, `"ü€"`},
		{"string", `slice(3,1)`, `"abcd"`, `""`},
		{"array", `slice(0,-1)`, `[1,2,3]`, `[1,2]`},
		{"number", `slice(0,4)`, `20250131`, `"2025"`},
		{"string", `concat(slice(0,4), '-', slice(4,6), '-', slice(6,8), 'T00:00:00Z')`, `"20250131"`, `"2025-01-31T00:00:00Z"`},
		{"string", `concat(., "'", trim,'" ', toUpperCase)`, `"a "`, `"a 'a\" A "`},
		{"string", `split(",") | map(tonumber) | add`, `"1,2,3.5"`, `6.5`},
		{"number", `.`, `1.50`, `1.50`},
		{"number", `[.]`, `1735689600.10`, `[1735689600.10]`},
		{"string", `empty`, `"x"`, `null`},
		{"string", `(., length)`, `"xy"`, `["xy",2]`},
		{"object", `{key: .a.b, n: 12345678901234567890}`, `{"a":{"b":"v"}}`, `{"key":"v","n":12345678901234567890}`},
	} {
		got, err := bodyOf(t, fmt.Sprintf(`"type":%q,"transform":{"expression":%q}`, c.kind, c.expression), c.given)
		require.NoError(t, err, c.expression)
		require.Equal(t, `{"p":`+c.want+`}`, got, c.expression)
	}
}

func TestExpressionsThatDoNotFitSendNothing(t *testing.T) {
	for _, c := range []struct{ kind, expression, given, want string }{
		{"string", `toInt`, `"seven"`, `is "seven"; it must be a number`},
		{"string", `toInt`, `"0x10"`, `is "0x10"; it must be a number`},
		{"string", `toInt`, `""`, `is ""; it must be a number`},
		{"string", `toFloat`, `"1,5"`, `is "1,5"; it must be a number`},
		{"string", `toFloat`, `"1e999"`, `is "1e999"; it must be a number`},
		{"boolean", `toInt`, `true`, `is true; it must be a number`},
		{"object", `trim`, `{"a":1}`, `is {"a":1}; trim cannot be used on an object`},
		{"string", `concat('x', toInt)`, `"y"`, `is "y"; it must be a number`},
		{"string", `.a`, `"y"`, `does not fit this tool's expression: expected an object but got: string ("y")`},
		{"string", `[limit(3; repeat(.))] | error("\n" + (tojson * 1000))`, `"y"`, `does not fit this tool's expression: error: `},
		{"string", `"x" * 2000000`, `"y"`, `makes this tool's expression give more than 1 MiB`},
		{"string", `repeat("x" * 1000)`, `"y"`, `makes this tool's expression give more than 1 MiB`},
	} {
		_, err := bodyOf(t, fmt.Sprintf(`"type":%q,"transform":{"expression":%q}`, c.kind, c.expression), c.given)
		wrong, ok := err.(*ArgumentError)
		require.True(t, ok, "%s: %v", c.expression, err)
		require.Len(t, wrong.Problems, 1)
		require.Equal(t, "p", wrong.Problems[0].Name)
		require.Contains(t, wrong.Problems[0].Detail, c.want)
		require.Less(t, len(err.Error()), 300)
	}
}

func TestExpressionsHaveASecond(t *testing.T) {
	tool := loadParameters(t, `{"name":"p","type":"string","location":"query","transform":{"expression":"def f: f; f"}}`)
	const late = "takes this tool's expression longer than a second"
	require.Equal(t, time.Second, expressionTime)
	v, err := tool.prepare(parse(t, `{"p":"x"}`), noon)
	require.NoError(t, err)
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	_, err = tool.request(ctx, v)
	require.ErrorContains(t, err, late, "the call's time may be up before")

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = tool.request(ctx, v)
	require.ErrorIs(t, err, context.Canceled)
}

func TestWhatAnExpressionGivesIsHeldAgainstItsPlace(t *testing.T) {
	tool := loadEndpoints(t, "http://h", endpoint("GET", "/x/{a}", `
		{"name":"a","type":"string","location":"path","required":true,"transform":{"expression":"trim"}},
		{"name":"X-H","type":"string","location":"header","transform":{"expression":"concat(., '')"}},
		{"name":"X-J","type":"string","location":"header","transform":{"expression":"if . == \"a\" then \"a\\r\\nX-Evil: 1\" else empty end"}},
		{"name":"q","type":"string","location":"query","transform":{"targetName":"Q","expression":"select(. != \"\")"}},
		{"name":"s","type":"string","location":"query","static":true,"default":"canary","transform":{"expression":"if . == \"canary\" then \"v1\" else . end"}}`)).tool("s_e")
	r, err := build(t, tool, parse(t, `{"a":" b/c ","X-H":"h","X-J":"b\n","q":""}`))
	require.NoError(t, err)
	require.Equal(t, "/x/b%2Fc?s=v1", r.URL.RequestURI())
	require.Equal(t, []string{"h"}, r.Header["X-H"])
	require.Empty(t, r.Header["X-J"])

	for _, c := range []struct{ given, want string }{
		{`{"a":" .. "}`, `a is ".."; it is part of the path, in which "." and ".." are refused`},
		{`{"a":" "}`, `a is empty; it is part of the path and must have a value`},
		{`{"a":"x","X-H":"a\r\nX-Evil: 1"}`, `X-H is "a\r\nX-Evil: 1"; it is sent in a header and must not have control characters`},
		{`{"a":"x","X-J":"a"}`, `X-J is "a\r\nX-Evil: 1"; it is sent in a header and must not have control characters`},
	} {
		_, err := build(t, tool, parse(t, c.given))
		require.IsType(t, &ArgumentError{}, err, c.given)
		require.ErrorContains(t, err, c.want)
	}
	_, err = build(t, tool, parse(t, `{"a":".","X-H":"\n"}`))
	require.Len(t, err.(*ArgumentError).Problems, 2, "all are named together")
}

func TestHiddenDefaultsAreNotShownWhenTheyDoNotFit(t *testing.T) {
	tool := loadParameters(t, `{"name":"s","type":"string","location":"query","static":true,"default":"canary","transform":{"expression":"toInt"}}`)
	_, err := build(t, tool, Arguments{})
	require.ErrorContains(t, err, "s "+badDefault)
	require.NotContains(t, err.Error(), "canary")
}

func TestExpressionsLeaveArgumentsAsTheyAre(t *testing.T) {
	tool := loadParameters(t, `
		{"name":"a","type":"array","location":"query","transform":{"expression":"uppercase"}},
		{"name":"o","type":"object","location":"query","transform":{"expression":".k |= 2 | del(.l)"}},
		{"name":"l","type":"array","location":"query","transform":{"expression":"slice(0,1)"}}`)
	const given = `{"a":["x"],"l":[1,2],"o":{"k":1,"l":2}}`
	args := parse(t, given)
	for range 2 {
		r, err := build(t, tool, args)
		require.NoError(t, err)
		require.Equal(t, "a=X&o=%7B%22k%22%3A2%7D&l=1", r.URL.RawQuery)
		require.Equal(t, given, string(marshal(args.values)))
	}
}

func TestExpressionsArriveAtARealServer(t *testing.T) {
	f := loadEndpoints(t, startBin(t)+"/anything", `{"id":"e","name":"E","method":"POST","path":"/v","parameters":[
		{"name":"start","type":"string","location":"query","validation":{"pattern":"^\\d{8}$"},"default":"#DAYS-7","transform":{
			"targetName":"startDateTime","expression":"concat(slice(0,4), '-', slice(4,6), '-', slice(6,8), 'T00:00:00Z')"}},
		{"name":"to","type":"string","location":"body","transform":{"targetName":"message.to","expression":"split(\",\") | map({address: .})"}},
		{"name":"X-N","type":"string","location":"header","transform":{"expression":"toUpperCase"}}]}`)
	got := f.echo("s_e", `{"to":"a@b,c@d","X-N":"n"}`)
	require.Equal(t, map[string][]string{"startDateTime": {"2025-01-08T00:00:00Z"}}, got.Args)
	require.JSONEq(t, `{"message":{"to":[{"address":"a@b"},{"address":"c@d"}]}}`, string(marshal(got.JSON)))
	require.Equal(t, "N", got.Headers.Get("X-N"))
	got = f.echo("s_e", `{"start":"2025-01-31T10:00:00+02:00","to":"a@b"}`)
	require.Equal(t, []string{"2025-01-31T00:00:00Z"}, got.Args["startDateTime"])
	require.False(t, strings.Contains(got.URL, "start="))
}
