package fusion

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHTMLLosesTheLineBreaksBetweenTags(t *testing.T) {
	for given, want := range map[string]string{
		"":                          "",
		"a\nb":                      "a\nb",
		"<p>a</p>\n<p>b</p>":        "<p>a</p><p>b</p>",
		"<ol>\r\n\t<li>a\n</li> \n": "<ol><li>a\n</li> \n",
		"<ul>\n\n <li>a</li>\n\t</ul>\n<p>\n</p>":                        "<ul><li>a</li></ul><p></p>",
		"<b>a</b> <i>b</i>":                                              "<b>a</b> <i>b</i>",
		"<p>\n<pre><b>a</b>\n<b>b</b></pre>\n<p>":                        "<p><pre><b>a</b>\n<b>b</b></pre><p>",
		"<PRE class=x>\n<i>\n</PRE >\n<pre>\n<b>\n</pre>\n<b>":           "<PRE class=x>\n<i>\n</PRE ><pre>\n<b>\n</pre><b>",
		"<b>\n<!-- <b>\n<b> -->\n<style>a >\n<b\n</style>":               "<b><!-- <b>\n<b> --><style>a >\n<b\n</style>",
		"<script>\n<b>\n</script>\n<textarea>\n<x>\n</textarea>\n<prex>": "<script>\n<b>\n</script><textarea>\n<x>\n</textarea><prex>",
		"<pre>\n<b>\n": "<pre><b>\n",
	} {
		got := compactHTML(given)
		require.Equal(t, want, got, "%q", given)
		require.Equal(t, got, compactHTML(got))
	}
}

const paragraph = "<p>\n</p>"

func TestTransformsGoThroughValuesInOrder(t *testing.T) {
	for _, c := range []struct{ parameter, given, want string }{
		{`"type":"string","transforms":["html_compact"]`, `"<p>\n</p>"`, `"<p></p>"`},
		{`"type":"array","transforms":["html_compact"]`, `["<p>\n</p>",1,{"a":"<p>\n</p>"}]`, `["<p></p>",1,{"a":"<p>\n</p>"}]`},
		{
			`"type":"array","items":"object","transforms":["html_compact_fields:a,b.c,d","validate_object_fields:a,b.c"]`,
			`[{"a":"<p>\n</p>","b":{"c":["<p>\n</p>"],"x":"<p>\n</p>"},"d":7},{"a":1,"b":{"c":false}}]`,
			`[{"a":"<p></p>","b":{"c":["<p></p>"],"x":"<p>\n</p>"},"d":7},{"a":1,"b":{"c":false}}]`,
		},
		{`"type":"object","transforms":["html_compact_fields:a"]`, `{"a":"<p>\n</p>"}`, `{"a":"<p></p>"}`},
		{`"type":"array","transforms":["validate_object_fields:a"]`, `[]`, `[]`},
		{`"type":"array","transforms":["validate_object_fields:a"]`, `[{"a":[""]}]`, `[{"a":[""]}]`},
		{`"type":"string","transforms":["html_compact"],"transform":{"expression":"length"}`, `"<p>\n</p>"`, `7`},
	} {
		args := parse(t, `{"p":`+c.given+`}`)
		before := string(marshal(args.values))
		got, err := bodyOf(t, c.parameter, c.given)
		require.NoError(t, err, c.parameter)
		require.Equal(t, `{"p":`+c.want+`}`, got, c.parameter)
		require.Equal(t, before, string(marshal(args.values)))
	}
}

func TestTransformsLeaveArgumentsAndDefaultsAsTheyAre(t *testing.T) {
	tool := loadParameters(t, `{"name":"a","type":"array","location":"query","transforms":["html_compact_fields:a"]},
		{"name":"d","type":"object","location":"query","default":{"a":["<p>\n</p>"]},"transforms":["html_compact_fields:a"]}`)
	args := parse(t, fmt.Sprintf(`{"a":[{"a":%q}]}`, paragraph))
	for range 2 {
		v, err := tool.prepare(args, noon)
		require.NoError(t, err)
		require.Equal(t, `[[{"a":"<p></p>"}],{"a":["<p></p>"]}]`, string(marshal(v)))
	}
	require.Equal(t, paragraph, args.values["a"].([]any)[0].(map[string]any)["a"])
	require.Equal(t, paragraph, tool.params[1].Default.(map[string]any)["a"].([]any)[0])
}

func TestObjectsThatLackAFieldAreRefused(t *testing.T) {
	for _, c := range []struct{ kind, given, want string }{
		{"object", `{}`, `has no f._id; it must be there and not be empty`},
		{"object", `{"f":"id"}`, `has no f._id; it must be there and not be empty`},
		{"object", `{"f":{"_id":"","l":"x"}}`, `has no f._id; it must be there and not be empty`},
		{"object", `{"f":{"_id":null,"l":"x"}}`, `has no f._id; it must be there and not be empty`},
		{"object", `{"f":{"_id":{},"l":"x"}}`, `has no f._id; it must be there and not be empty`},
		{"object", `{"f":{"_id":[],"l":"x"}}`, `has no f._id; it must be there and not be empty`},
		{"object", `{"f":{"_id":0}}`, `has no f.l; it must be there and not be empty`},
		{"object", `{"f":[{"_id":1,"l":1},{"_id":2}]}`, `has no f.l; it must be there and not be empty`},
		{"object", `{"f":[]}`, `has no f._id; it must be there and not be empty`},
		{"array", `[{"f":{"_id":"1","l":"x"}},{"f":{"_id":"2"}}]`, `element 2 has no f.l; it must be there and not be empty`},
		{"array", `["x"]`, `element 1 has no f._id; it must be there and not be empty`},
	} {
		_, err := bodyOf(t, fmt.Sprintf(`"type":%q,"transforms":["validate_object_fields:f._id,f.l"]`, c.kind), c.given)
		require.Equal(t, argumentError("p", c.want), err, c.given)
	}
	hidden := loadParameters(t, `{"name":"p","type":"object","location":"query","static":true,"default":{"s":1},"transforms":["validate_object_fields:f"]}`)
	require.Equal(t, []string{"p " + badDefault}, problems(t, hidden, Arguments{}))
}
