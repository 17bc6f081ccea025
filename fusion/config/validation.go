package config

import (
	"encoding/json"
	"errors"
	"regexp"
	"regexp/syntax"
)

// keyword reads one keyword of "validation".
type keyword struct {
	name string
	fits func(Type) bool
	read func(*Validation, cursor)
}

func isText(t Type) bool    { return t == String }
func isNumeric(t Type) bool { return t == Number || t == Integer }

var keywords = []keyword{
	{"pattern", isText, (*Validation).readPattern},
	{"minLength", isText, func(v *Validation, c cursor) { v.MinLength = c.length() }},
	{"maxLength", isText, func(v *Validation, c cursor) { v.MaxLength = c.length() }},
	{"format", isText, func(v *Validation, c cursor) { v.Format = c.oneOf("", formatNames) }},
	{"minimum", isNumeric, func(v *Validation, c cursor) { v.Minimum = c.limit() }},
	{"maximum", isNumeric, func(v *Validation, c cursor) { v.Maximum = c.limit() }},
}

// readValidation reads the keywords. Enum comes with the other values.
func (p *parameter) readValidation(o *object) {
	for _, k := range keywords {
		c, found := o.find(k.name)
		if !found {
			continue
		}
		if p.Type != "" && !k.fits(p.Type) {
			c.warn("has no effect on the type %s; it is neither enforced nor published", p.Type)
			continue
		}
		k.read(&p.Validation, c)
	}
	p.Validation.checkRanges(o)
}

func (v *Validation) readPattern(c cursor) {
	if !c.is(kindString) {
		return
	}
	pattern, err := regexp.Compile(c.node.text)
	if err != nil {
		c.problem("%s is no RE2 pattern%s", c.quoted(), c.because(patternError(err)))
		return
	}
	v.Pattern = pattern
}

func patternError(err error) string {
	var wrong *syntax.Error
	if errors.As(err, &wrong) && wrong.Expr != "" {
		return wrong.Code.String() + ": " + clip(wrong.Expr)
	}
	return "it is too large"
}

func (c cursor) length() *int {
	const most = 1 << 30
	if n := c.whole(-1, 0, most); n >= 0 {
		return &n
	}
	return nil
}

func (c cursor) limit() json.Number {
	if !c.is(kindNumber) {
		return ""
	}
	return json.Number(c.node.text)
}

// checkRanges reports limits that no value can meet.
func (v *Validation) checkRanges(o *object) {
	if v.MinLength != nil && v.MaxLength != nil && *v.MinLength > *v.MaxLength {
		o.problem("minLength is %d and maxLength %d, so no value is allowed", *v.MinLength, *v.MaxLength)
	}
	if v.Minimum != "" && v.Maximum != "" && compareNumbers(v.Minimum, v.Maximum) > 0 {
		o.problem("minimum is %s and maximum %s, so no value is allowed", v.Minimum, v.Maximum)
	}
}
