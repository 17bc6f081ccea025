package fusion

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/PivotLLM/MCPFusion/fusion/config"
)

// checkRules holds a value of the right type against the parameter's
// validation.
func (p *param) checkRules(v any) string {
	rule := p.Validation.Broken(v)
	switch rule {
	case "":
		return ""
	case "minLength", "maxLength":
		text, _ := v.(string)
		return fmt.Sprintf("has %d characters; must have %s", utf8.RuneCountInString(text), p.ruleText(rule))
	}
	return fmt.Sprintf("is %s; must %s", echo(v), p.ruleText(rule))
}

// ruleText says what a keyword allows.
func (p *param) ruleText(rule string) string {
	rules := &p.Validation
	switch rule {
	case "enum":
		return "be one of " + echoList(rules.Enum)
	case "minimum", "maximum":
		return "be " + between(rules.Minimum.String(), rules.Maximum.String())
	case "minLength", "maxLength":
		return between(count(rules.MinLength), count(rules.MaxLength))
	case "format":
		return "be " + formatTexts[rules.Format]
	}
	return "match " + p.patternText()
}

var formatTexts = map[string]string{
	"date":      "a date such as 2025-01-31",
	"date-time": "a time such as 2025-01-31T10:30:00Z (RFC 3339)",
	"email":     "an e-mail address such as anna@example.com",
	"uri":       "a URI such as https://example.com/page",
	"uuid":      "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
}

// patternText says what a pattern asks for.
func (p *param) patternText() string {
	if p.reduce {
		return config.CompactDate + ", such as 20250131; a date, a time or a time token such as #DAYS-7 may be given too"
	}
	return clip(p.Validation.Pattern.String(), maxEcho)
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
