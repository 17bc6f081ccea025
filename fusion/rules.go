package fusion

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

func (p *param) checkEnum(v any) string {
	if p.Validation.Enum == nil {
		return ""
	}
	for _, allowed := range p.Validation.Enum {
		if equal(v, allowed) {
			return ""
		}
	}
	return fmt.Sprintf("is %s; must be one of %s", echo(v), echoList(p.Validation.Enum))
}

func (p *param) checkRange(n json.Number) string {
	if p.minimum == nil && p.maximum == nil {
		return ""
	}
	d, _ := parseDecimal(string(n))
	if (p.minimum == nil || d.compare(*p.minimum) >= 0) && (p.maximum == nil || d.compare(*p.maximum) <= 0) {
		return ""
	}
	rules := &p.Validation
	return fmt.Sprintf("is %s; must be %s", echo(n), between(rules.Minimum.String(), rules.Maximum.String()))
}

func (p *param) checkString(s string) string {
	if wrong := checkReach(s); wrong != "" {
		return wrong
	}
	if wrong := p.checkLength(s); wrong != "" {
		return wrong
	}
	rules := &p.Validation
	if rules.Pattern != nil && !rules.Pattern.MatchString(s) {
		return fmt.Sprintf("is %s; must match %s", echo(s), p.patternText())
	}
	if f, ok := formats[rules.Format]; ok && !f.check(s) {
		return fmt.Sprintf("is %s; must be %s", echo(s), f.text)
	}
	return ""
}

// patternText says what a pattern asks for.
func (p *param) patternText() string {
	if p.reduce {
		return datePattern + ", such as 20250131; a date, a time or a time token such as #DAYS-7 may be given too"
	}
	return clip(p.Validation.Pattern.String(), maxEcho)
}

func (p *param) checkLength(s string) string {
	rules := &p.Validation
	if rules.MinLength == nil && rules.MaxLength == nil {
		return ""
	}
	n := utf8.RuneCountInString(s)
	if (rules.MinLength == nil || n >= *rules.MinLength) && (rules.MaxLength == nil || n <= *rules.MaxLength) {
		return ""
	}
	return fmt.Sprintf("has %d characters; must have %s", n, between(count(rules.MinLength), count(rules.MaxLength)))
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
