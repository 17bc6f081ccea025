package fusion

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSchemaIsPublishedWithItsRulesAndItsOrder(t *testing.T) {
	tool := loadParameters(t, `
		{"name":"z","type":"integer","location":"query","required":true,"description":"the <first>",
		 "validation":{"minimum":1,"maximum":1e2}},
		{"name":"a","type":"string","location":"query","required":true,"default":"x","examples":["x","y"],
		 "validation":{"minLength":1,"maxLength":5,"enum":["x","y"]}},
		{"name":"$m","alias":"m","type":"array","items":"number","location":"query"},
		{"name":"hidden","type":"string","location":"query","static":true,"default":"h"},
		{"name":"o","type":"object","location":"query"},
		{"name":"any","type":"array","location":"query"}`)
	require.Equal(t, `{"type":"object","properties":{`+
		`"z":{"description":"the <first>","type":"integer","minimum":1,"maximum":1e2},`+
		`"a":{"type":"string","enum":["x","y"],"minLength":1,"maxLength":5,"default":"x","examples":["x","y"]},`+
		`"m":{"type":"array","items":{"type":"number"}},`+
		`"o":{"type":"object"},`+
		`"any":{"type":"array","items":{}}},`+
		`"required":["z"],"additionalProperties":false}`, string(tool.InputSchema))
}

func TestSchemaOfAToolWithoutParameters(t *testing.T) {
	require.Equal(t, `{"type":"object","properties":{},"additionalProperties":false}`,
		string(loadParameters(t, ``).InputSchema))
}

func TestSchemaAdmitsADefaultOutsideItsRules(t *testing.T) {
	tool := loadParameters(t, `{"name":"n","type":"integer","location":"query","default":0,"validation":{"minimum":1}}`)
	require.Contains(t, string(tool.InputSchema),
		`"n":{"anyOf":[{"type":"integer","minimum":1},{"const":0}],"default":0}`)
}

func TestSchemaSaysWhatADatePatternTakes(t *testing.T) {
	tool := loadParameters(t, `{"name":"d","type":"string","location":"query","required":true,
		"validation":{"pattern":"^\\d{8}$","maxLength":8}}`)
	properties := decode(t, tool.InputSchema).(map[string]any)["properties"].(map[string]any)
	published := properties["d"].(map[string]any)
	require.NotContains(t, published, "maxLength", "it would refuse what may be given")
	pattern := regexp.MustCompile(published["pattern"].(string))
	require.True(t, isECMA(pattern))
	for _, given := range []string{"20250115", "2025-01-15", "2025-01-15T10:00:00Z", "2025-01-15 10:00", "#DAYS-7", "#HOURS+2"} {
		require.True(t, pattern.MatchString(given), given)
	}
	for _, given := range []string{"", "2025", "15.01.2025", "#WEEKS-1", "2025-01-15x"} {
		require.False(t, pattern.MatchString(given), given)
	}
}

func TestOnlyPatternsThatMeanTheSameInECMAArePublished(t *testing.T) {
	publish := []string{
		``, `abc`, `^a.b$`, `^\d{8}$`, `[a-z]+`, `[^a-z0-9_-]`, `[-a]`, `[\w.-]*`, `a{2}`, `a{2,}`, `a{2,3}?`, `(a|b)*`,
		`(?:ab)+?`, `(?<name>a)`, `\.\/\$`, `[\]\-\\]`, `\x41`, `é+`, `\bword\b`, `#-,'"@`,
		`^-?\d+(\.\d+)?,-?\d+(\.\d+)?$`, `[.*+?]`, `[a-z-]`,
	}
	for _, p := range publish {
		require.True(t, isECMA(regexp.MustCompile(p)), p)
	}
	keep := []string{
		`(?i)a`, `(?s:a.b)`, `\Aa\z`, `(?P<name>a)`, `\pN`, `\p{Greek}`, `\PL`, `[[:alpha:]]`, `\Qa.b\E`, `\x{1F600}`,
		`\-`, `\@`, `a{,5}`, `{`, `}`, `]`, `[]a]`, `[^]a]`, `^*`, `\b+`, `$?`, `[\p{L}]`, `\a`, `\141`, `[[a]`, `[\pN]`,
		`(?U)a+`,
	}
	for _, p := range keep {
		require.False(t, isECMA(regexp.MustCompile(p)), p)
	}
}
