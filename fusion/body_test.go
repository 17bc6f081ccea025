package fusion

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBodiesNestAndKeepTheOrderOfTheParameters(t *testing.T) {
	tool := loadEndpoints(t, "http://h", endpoint("POST", "/", `
		{"name":"z","type":"string","location":"body"},
		{"name":"start.time","type":"string","location":"body"},
		{"name":"a","type":"number","location":"body"},
		{"name":"zone","type":"string","location":"body","transform":{"targetName":"start.zone"}},
		{"name":"l","type":"array","location":"body"},
		{"name":"o","type":"object","location":"body"},
		{"name":"b","type":"boolean","location":"body","default":false},
		{"name":"q","type":"string","location":"body","quoted":true},
		{"name":"deep","type":"integer","location":"body","transform":{"targetName":"x.y.z"}}`)).tool("s_e")
	for _, c := range []struct{ given, want string }{
		{`{}`, `{"b":false}`},
		{`{"zone":"UTC","z":"<&>"}`, `{"z":"<&>","start":{"zone":"UTC"},"b":false}`},
		{
			`{"deep":1,"zone":"UTC","start.time":"now","a":1735689600.10,"l":[1.0,"x",null],"o":{"k":{"n":1e5}},"q":"s","b":"true"}`,
			`{"start":{"time":"now","zone":"UTC"},"a":1735689600.10,"l":[1.0,"x",null],"o":{"k":{"n":1e5}},"b":true,"q":"\"s\"","x":{"y":{"z":1}}}`,
		},
	} {
		r, err := build(t, tool, parse(t, c.given))
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, c.want, string(body))
		require.Equal(t, "application/json", r.Header.Get("Content-Type"))
		require.Equal(t, int64(len(body)), r.ContentLength)
	}
}

func TestBodyParametersThatWantTheSamePlace(t *testing.T) {
	tool := loadEndpoints(t, "http://h", endpoint("POST", "/", `
		{"name":"o","type":"object","location":"body"},
		{"name":"o.k","type":"string","location":"body"},
		{"name":"s","type":"string","location":"body"},
		{"name":"other","type":"string","location":"body","transform":{"targetName":"s"}}`)).tool("s_e")
	for _, c := range []struct{ given, want string }{
		{`{"o":{"a":1,"k":"old"},"o.k":"new"}`, `{"o":{"a":1,"k":"new"}}`},
		{`{"s":"first","other":"second"}`, `{"s":"second"}`},
	} {
		r, err := build(t, tool, parse(t, c.given))
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, c.want, string(body))
	}
}

func TestWhenABodyIsSent(t *testing.T) {
	const parameter = `{"name":"x","type":"string","location":"body"}`
	for _, c := range []struct{ method, parameters, given, want string }{
		{"POST", parameter, `{}`, `{}`},
		{"PUT", parameter, `{}`, `{}`},
		{"PATCH", parameter, `{}`, `{}`},
		{"POST", ``, `{}`, ``},
		{"DELETE", parameter, `{}`, ``},
		{"DELETE", parameter, `{"x":"1"}`, `{"x":"1"}`},
		{"GET", parameter, `{"x":"1"}`, `{"x":"1"}`},
	} {
		tool := loadEndpoints(t, "http://h", endpoint(c.method, "/", c.parameters)).tool("s_e")
		r, err := build(t, tool, parse(t, c.given))
		require.NoError(t, err)
		if c.want == "" {
			require.Nil(t, r.Body)
			require.Empty(t, r.Header.Get("Content-Type"))
			continue
		}
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, c.want, string(body))
	}
}
